import { LRUCache } from 'lru-cache';

/** What an entry takes beside its numbers: the key, the vector's object and buffer, the cache's slot: 350 to 430 bytes, measured in V8. */
const ENTRY_BYTES = 400;

/** Embeddings of one isolate by key, within a budget of bytes; the longest unused leave first. */
export class IsolateEmbeddings {
  readonly #embeddings: LRUCache<string, Float32Array>;

  constructor(maxBytes: number) {
    this.#embeddings = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ byteLength }) => byteLength + ENTRY_BYTES,
    });
  }

  /** The very array that was put, which nobody may write to; null when there is none. */
  get(key: string): Float32Array | null {
    return this.#embeddings.get(key) ?? null;
  }

  /** Keeps the array itself. One that is larger than the whole budget is not kept. */
  put(key: string, embedding: Float32Array): void {
    this.#embeddings.set(key, embedding);
  }

  get byteLength(): number {
    return this.#embeddings.calculatedSize;
  }
}
