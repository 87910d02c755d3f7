import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DecodedPicture } from './compare-pixels.ts';

interface PillowHeader {
  readonly width?: number;
  readonly height?: number;
  readonly error?: string;
}

/** A Pillow that stays running. `decode` gives upright RGB, or why Pillow refuses the file; one call at a time. */
export interface Pillow {
  readonly decode: (path: string) => Promise<DecodedPicture | string>;
  readonly stop: () => void;
}

/**
 * Start Pillow in `PYTHON` (default: python3). What goes wrong in Python itself rejects the next `decode`.
 * @param maxPixels width x height above which a file is refused
 */
export function startPillow(maxPixels: number): Pillow {
  const script = fileURLToPath(new URL('pillow-pixels.py', import.meta.url));
  const command = process.env.PYTHON ?? 'python3';
  const python = spawn(command, [script, String(maxPixels)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const output = new ByteQueue(python.stdout);
  return {
    async decode(path) {
      python.stdin.write(`${path}\n`);
      const { width = 0, height = 0, error } = JSON.parse(await output.takeLine()) as PillowHeader;
      return error ?? { width, height, data: await output.take(width * height * 3) };
    },
    stop: () => void python.stdin.end(),
  };
}

/** Lines and runs of bytes out of one stream. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async takeLine(): Promise<string> {
    const parts: Buffer[] = [];
    while (!this.#held.includes(10)) {
      parts.push(this.#held);
      this.#held = await this.#next();
    }
    parts.push(await this.take(this.#held.indexOf(10) + 1));
    return Buffer.concat(parts).toString();
  }

  async take(length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length;) {
      if (this.#held.length === 0) this.#held = await this.#next();
      const count = this.#held.copy(bytes, at);
      this.#held = this.#held.subarray(count);
      at += count;
    }
    return bytes;
  }

  async #next(): Promise<Buffer> {
    const { done, value } = await this.#chunks.next();
    if (done === true) throw new Error('Python ended: is Pillow installed? PYTHON names another interpreter');
    return value;
  }
}
