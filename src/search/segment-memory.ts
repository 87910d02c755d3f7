import { LRUCache } from 'lru-cache';
import type { ScanMemory } from '../core/search/scan-memory.ts';
import type { CorpusManifest, CorpusSegment } from '../format/corpus-manifest.ts';
import type { CorpusStore } from '../storage/corpus-store.ts';
import { SharedLoads, type WaitUntil } from '../storage/shared-loads.ts';

const DEADLINE_MS = 10_000;

/** Segments of one isolate, loaded once and kept in the slots of its scan memory; the longest unused leave first. */
export class SegmentMemory {
  readonly memory: ScanMemory;
  readonly #store: CorpusStore;
  readonly #slots: LRUCache<string, number>;
  readonly #free: number[];
  readonly #loads: SharedLoads<Uint8Array>;

  constructor(memory: ScanMemory, store: CorpusStore, now: () => number = Date.now) {
    this.memory = memory;
    this.#store = store;
    this.#free = Array.from({ length: memory.slotCount }, (_, i) => memory.slotCount - 1 - i);
    this.#slots = new LRUCache({ max: memory.slotCount, dispose: (slot) => this.#free.push(slot) });
    this.#loads = new SharedLoads({ deadlineMs: DEADLINE_MS, now });
  }

  /** Whether `use` would run without waiting. */
  holds({ id }: CorpusSegment): boolean {
    return this.#slots.has(id);
  }

  /**
   * Runs `work` on the slot of the segment, loading it first where need be. `work` must not wait: the slot is its own only
   * until the next event.
   * @throws AppError STORAGE_FAILED when the segment cannot be loaded
   */
  async use<T>(
    manifest: CorpusManifest,
    segment: CorpusSegment,
    work: (slot: number) => T,
    waitUntil?: WaitUntil,
  ): Promise<T> {
    let slot = this.#slots.get(segment.id);
    if (slot === undefined) {
      const load = (): Promise<Uint8Array> => this.#store.vectors(manifest, segment);
      const payload = await this.#loads.join(segment.id, load, () => undefined, waitUntil);
      // Another request that shared the load may have been here first, or its slot may have been taken again since.
      slot = this.#slots.get(segment.id) ?? this.#write(segment.id, payload);
    }
    return work(slot);
  }

  #write(id: string, payload: Uint8Array): number {
    if (this.#free.length === 0) this.#slots.pop();
    const slot = this.#free.pop();
    if (slot === undefined) throw new Error('a segment left the memory without leaving its slot');
    this.memory.write(slot, payload);
    this.#slots.set(id, slot);
    return slot;
  }
}
