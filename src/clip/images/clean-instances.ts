import type { Raster } from './raster.ts';

/** A picture in a decoder's memory. */
export interface Decoded {
  readonly raster: Raster;
  /** Give the memory back: the raster is not valid afterwards. Where it is not called, as after a failure, the instance is let go. */
  readonly release: () => void;
}

/** A decoder's instance, for one picture. */
export interface Lease<Exports> {
  readonly exports: Exports;
  readonly memory: WebAssembly.Memory;
  readonly release: () => void;
}

/**
 * A decoder whose memory grew past this is let go after use: WebAssembly memory never shrinks. Below it, it is kept: workerd frees the
 * memory of instances late, so that a new one for every picture of two megapixels would fill an isolate's 128 MB with the fifth, and 16
 * pictures of 16 megapixels took 1.8 GB. Where memory is short the limit on pixels keeps it far below this.
 */
export const KEEP_BYTES = 256 * 1024 * 1024;

/** Of larger memories one is kept at most, that of the kind of file which came last. */
const LARGE_BYTES = 20 * 1024 * 1024;

let letLargeGo: (() => void) | null = null;

type Made<Exports> = Omit<Lease<Exports>, 'release'>;

/** What an instance is set back to. */
interface Start {
  readonly room: number;
  readonly pages: ReadonlyMap<number, Uint8Array>;
}

/**
 * The instances of one decoder: each serves one picture at a time, as if it were newly made. Before it serves again, its memory is set
 * back to what it held before its first picture, the allocator's own state included. So no decoder can show what it has not written:
 * nothing of an earlier picture, perhaps another caller's, is left in what it works on. An instance in which anything went wrong is
 * never used again: a trap leaves more than memory in an unknown state.
 */
export class CleanInstances<Exports> {
  #idle: (Made<Exports> & Start) | null = null;
  readonly #letGo = (): void => {
    this.#idle = null;
  };

  /**
   * The idle instance, or null when there is none, or none with that room.
   * @param room bytes that its allocator can give out without growing the memory
   */
  takeIdle(room = 0): Lease<Exports> | null {
    const idle = this.#idle;
    if (idle === null || idle.room < room) return null;
    this.#idle = null;
    return this.#lease(idle, idle);
  }

  /** @param made an instance that has seen no picture yet, whose allocator has `room` */
  take(made: Made<Exports>, room = 0): Lease<Exports> {
    return this.#lease(made, { room, pages: contentOf(made.memory) });
  }

  #lease({ exports, memory }: Made<Exports>, start: Start): Lease<Exports> {
    const release = (): void => {
      const bytes = memory.buffer.byteLength;
      if (bytes > KEEP_BYTES) return;
      restore(memory, start.pages);
      this.#idle = { exports, memory, ...start };
      if (bytes <= LARGE_BYTES) return;
      if (letLargeGo !== this.#letGo) letLargeGo?.();
      letLargeGo = this.#letGo;
    };
    return { exports, memory, release };
  }
}

const PAGE_BYTES = 65_536;

/** The pages that are not all zero, by number. */
function contentOf(memory: WebAssembly.Memory): Start['pages'] {
  const words = new Uint32Array(memory.buffer);
  const pages = new Map<number, Uint8Array>();
  for (let page = 0; page * PAGE_BYTES < words.byteLength; page++) {
    const from = (page * PAGE_BYTES) / 4;
    const to = from + PAGE_BYTES / 4;
    let at = from;
    while (at < to && words[at] === 0) at++;
    if (at < to) pages.set(page, new Uint8Array(memory.buffer, page * PAGE_BYTES, PAGE_BYTES).slice());
  }
  return pages;
}

function restore(memory: WebAssembly.Memory, pages: Start['pages']): void {
  const all = new Uint8Array(memory.buffer);
  all.fill(0);
  for (const [page, content] of pages) all.set(content, page * PAGE_BYTES);
}
