/** What is used of a plain WebAssembly decoder: its memory, and its own allocator. */
export interface PlainDecoder {
  readonly memory: WebAssembly.Memory;
  malloc(size: number): number;
}

/**
 * A new instance of a decoder, whose memory WebAssembly guarantees to be zero. Every picture gets one of its own: no decoder can
 * show what it has not written, since nothing of an earlier picture, perhaps another caller's, is left in what it works on. The
 * module is compiled once; an instance costs about 0.2 ms.
 */
export function freshInstance<Exports>(module: WebAssembly.Module, imports: WebAssembly.Imports): Exports {
  return new WebAssembly.Instance(module, imports).exports as unknown as Exports;
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

/** What is used of jSquash's modules of Emscripten; the packages' own types name a global that they do not ship. */
export interface EmscriptenDecoder {
  decode(
    file: Uint8Array,
    bitDepth?: number,
  ): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null;
}

/**
 * `freshInstance` for a module of Emscripten, by its own glue.
 * @param create the glue's default export
 * @param maxBytes of memory: what needs more fails as if the machine had none left
 */
export function freshEmscripten(
  create: unknown,
  module: WebAssembly.Module,
  maxBytes = Infinity,
): Promise<EmscriptenDecoder> {
  return (create as (options: object) => Promise<EmscriptenDecoder>)({
    noInitialRun: true,
    // Emscripten's glue would fetch the file by URL; the compiled module is here already.
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      for (const value of Object.values(instance.exports)) {
        if (value instanceof WebAssembly.Memory) limitGrowth(value, maxBytes);
      }
      done(instance);
      return instance.exports;
    },
    // A damaged file is reported by the error that is thrown; the console stays quiet.
    print: () => undefined,
    printErr: () => undefined,
  });
}

const PAGE_BYTES = 65_536;

/** Emscripten's modules grow their memory through JavaScript, which takes a failure as "out of memory". */
function limitGrowth(memory: WebAssembly.Memory, maxBytes: number): void {
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * PAGE_BYTES > maxBytes) {
      throw new RangeError(`The decoder may take ${maxBytes} bytes of memory at most`);
    }
    return grow(pages);
  };
}
