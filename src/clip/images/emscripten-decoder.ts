import { CleanInstances, type Lease } from './clean-instances.ts';

/** What is used of jSquash's modules of Emscripten; the packages' own types name a global that they do not ship. */
export interface EmscriptenDecoder {
  decode(
    file: Uint8Array,
    ...options: readonly number[]
  ): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null;
}

interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGBA, a copy. */
  readonly data: Uint8Array;
}

/**
 * A decoder that Emscripten built, started by its own glue.
 * @param create the glue's default export
 * @param load the compiled module
 * @param options what `decode` takes beside the file
 * @returns a function that decodes into a copy; null where the decoder refuses the file. `maxBytes`: of memory; a picture that needs
 *   more fails as if the machine had none left
 */
export function createEmscriptenDecoder(
  create: unknown,
  load: () => Promise<WebAssembly.Module>,
  options: readonly number[] = [],
): (file: Uint8Array, maxBytes?: number) => Promise<Picture | null> {
  const instances = new CleanInstances<EmscriptenDecoder>();
  return async (file, maxBytes = Infinity) => {
    const lease = instances.takeIdle() ?? instances.take(await start(create, await load()));
    limitGrowth(lease.memory, maxBytes);
    const image = lease.exports.decode(file, ...options);
    if (image === null) return null;
    const { buffer, byteOffset, byteLength } = image.data;
    lease.release();
    return { width: image.width, height: image.height, data: new Uint8Array(buffer, byteOffset, byteLength) };
  };
}

async function start(
  create: unknown,
  module: WebAssembly.Module,
): Promise<Omit<Lease<EmscriptenDecoder>, 'release'>> {
  let memory: WebAssembly.Memory | undefined;
  const exports = await (create as (options: object) => Promise<EmscriptenDecoder>)({
    noInitialRun: true,
    // Emscripten's glue would fetch the file by URL; the compiled module is here already.
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
      done(instance);
      return instance.exports;
    },
    // A damaged file is reported by the error that is thrown; the console stays quiet.
    print: () => undefined,
    printErr: () => undefined,
  });
  if (memory === undefined) throw new Error('The decoder exports no memory');
  return { exports, memory };
}

const PAGE_BYTES = 65_536;

/** Emscripten's modules grow their memory through JavaScript, which takes a failure as "out of memory". */
function limitGrowth(memory: WebAssembly.Memory, maxBytes: number): void {
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * PAGE_BYTES > maxBytes) {
      throw new RangeError(`The decoder may take ${maxBytes} bytes of memory at most`);
    }
    return WebAssembly.Memory.prototype.grow.call(memory, pages);
  };
}
