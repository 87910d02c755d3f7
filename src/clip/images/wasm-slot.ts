/** A decoder whose memory grew past this is let go after use: WebAssembly memory never shrinks. */
const KEEP_BYTES = 16 * 1024 * 1024;

interface WithMemory {
  readonly memory: WebAssembly.Memory;
}

/**
 * Holds one instance of a decoder, made when first needed. An instance in which anything went wrong is never used again: a trap
 * leaves its heap in an unknown state.
 */
export class WasmSlot<Exports extends WithMemory> {
  #instance: Exports | null = null;
  readonly #instantiate: () => Exports;

  constructor(instantiate: () => Exports) {
    this.#instantiate = instantiate;
  }

  /** Run `use` on the instance; whatever `use` reads from its memory must be consumed before it returns. */
  with<Result>(use: (exports: Exports) => Result): Result {
    const exports = (this.#instance ??= this.#instantiate());
    this.#instance = null;
    const result = use(exports);
    if (exports.memory.buffer.byteLength <= KEEP_BYTES) this.#instance = exports;
    return result;
  }
}
