import type { CleanInstances, Lease } from './clean-instances.ts';

/** What is used of a plain WebAssembly decoder: its memory, and its own allocator. */
export interface PlainDecoder {
  readonly memory: WebAssembly.Memory;
  malloc(size: number): number;
  free(address: number): void;
}

/**
 * Room in a decoder's memory.
 * @throws RangeError when the decoder has no memory left
 */
export function allocate(decoder: PlainDecoder, size: number): number {
  // Addresses above 2 GiB come out negative.
  const address = decoder.malloc(size) >>> 0;
  if (address === 0) throw new RangeError(`The decoder has no room for ${size} bytes`);
  return address;
}

/** A copy of `bytes` in a decoder's memory. */
export function copyIn(decoder: PlainDecoder, bytes: Uint8Array): number {
  const address = allocate(decoder, bytes.length);
  new Uint8Array(decoder.memory.buffer, address, bytes.length).set(bytes);
  return address;
}

/** The system calls that wasi-libc links for printing and getenv: a decoder has no files and no environment. */
export function noSystem(memory: () => WebAssembly.Memory): WebAssembly.ModuleImports {
  const failed = 8; // EBADF
  return {
    environ_sizes_get(count: number, size: number): number {
      const view = new DataView(memory().buffer);
      view.setUint32(count, 0, true);
      view.setUint32(size, 0, true);
      return 0;
    },
    environ_get: () => 0,
    fd_close: () => failed,
    fd_seek: () => failed,
    fd_write: () => failed,
    proc_exit(code: number): never {
      throw new Error(`The decoder ended with code ${code}`);
    },
  };
}

/**
 * A clean instance with room for a picture. The room is made before its start is noted down: wasi-libc's allocator, set back, would
 * grow the memory again for every picture, since it does not know what was grown after its start.
 * @param room bytes that the picture takes, about
 */
export function takeWithRoom<Exports extends PlainDecoder>(
  instances: CleanInstances<Exports>,
  instantiate: () => Exports,
  room: number,
): Lease<Exports> {
  const idle = instances.takeIdle(room);
  if (idle !== null) return idle;
  const exports = instantiate();
  exports.free(allocate(exports, room));
  return instances.take({ exports, memory: exports.memory }, room);
}
