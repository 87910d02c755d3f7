import { afterEach, beforeEach } from 'vitest';

const OriginalInstance = WebAssembly.Instance;

/** The memories of all decoder instances that a test has made so far. Call it once a file; every test begins with none. */
export function watchDecoderMemories(): () => readonly WebAssembly.Memory[] {
  let memories: WebAssembly.Memory[] = [];
  beforeEach(() => {
    memories = [];
    WebAssembly.Instance = class extends OriginalInstance {
      constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
        super(module, imports);
        for (const value of Object.values(this.exports)) {
          if (value instanceof WebAssembly.Memory) memories.push(value);
        }
      }
    };
  });
  afterEach(() => {
    WebAssembly.Instance = OriginalInstance;
  });
  return () => memories;
}
