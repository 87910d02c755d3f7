/** What an entry takes beside its numbers: the key, the vector's object and buffer, the map's slot: 350 to 430 bytes, measured in V8. */
const ENTRY_BYTES = 400;

/** Embeddings of one isolate by key, within a budget of bytes; the longest unused leave first. */
export class IsolateEmbeddings {
  readonly #maxBytes: number;
  readonly #embeddings = new Map<string, Float32Array>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The very array that was put, which nobody may write to; null when there is none. */
  get(key: string): Float32Array | null {
    const embedding = this.#embeddings.get(key);
    if (embedding === undefined) return null;
    // Last in the map's order, which is the order of use.
    this.#embeddings.delete(key);
    this.#embeddings.set(key, embedding);
    return embedding;
  }

  /** Keeps the array itself. One that is larger than the whole budget is not kept. */
  put(key: string, embedding: Float32Array): void {
    this.#remove(key);
    this.#embeddings.set(key, embedding);
    this.#bytes += sizeOf(embedding);
    for (const oldest of this.#embeddings.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#remove(oldest);
    }
  }

  get byteLength(): number {
    return this.#bytes;
  }

  #remove(key: string): void {
    const embedding = this.#embeddings.get(key);
    if (embedding === undefined) return;
    this.#embeddings.delete(key);
    this.#bytes -= sizeOf(embedding);
  }
}

function sizeOf(embedding: Float32Array): number {
  return embedding.byteLength + ENTRY_BYTES;
}
