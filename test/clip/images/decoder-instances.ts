import { afterEach, beforeEach } from 'vitest';

const OriginalInstance = WebAssembly.Instance;

/** The decoder instances that a test has made so far. Call it once a file; every test begins with none. */
export function watchDecoderInstances(): () => readonly WebAssembly.Instance[] {
  let instances: WebAssembly.Instance[] = [];
  beforeEach(() => {
    instances = [];
    WebAssembly.Instance = class extends OriginalInstance {
      constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
        super(module, imports);
        instances.push(this);
      }
    };
  });
  afterEach(() => {
    WebAssembly.Instance = OriginalInstance;
  });
  return () => instances;
}

/** Emscripten gives its memory a short name of its own. */
export function memoryOf(instance: WebAssembly.Instance): WebAssembly.Memory {
  const memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
  if (memory === undefined) throw new Error('the instance exports no memory');
  return memory;
}
