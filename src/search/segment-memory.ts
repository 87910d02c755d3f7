import { LRUCache } from 'lru-cache';
import type { ScanMemory } from '../core/search/scan-memory.ts';
import { AppError } from '../errors.ts';
import type { CorpusManifest, CorpusSegment } from '../format/corpus-manifest.ts';
import type { CorpusStore } from '../storage/corpus-store.ts';
import { SharedLoads, type WaitUntil } from '../storage/shared-loads.ts';

/** How long a load may take: a load can die with its request, and then its promise may never settle. */
const DEADLINE_MS = 10_000;
/** How often a search that finds every slot being loaded into looks again. */
const POLL_MS = 5;
/** A load that died or was overtaken leaves its searches to load anew; more often than this, something is wrong. */
const MAX_ATTEMPTS = 5;

/** A load under way: what it writes to, until somebody else takes the slot over. */
interface SlotLoad {
  readonly slot: number;
  readonly startedAt: number;
}

/**
 * Segments of one isolate, loaded once and kept in the slots of its scan memory; the longest unused leave first. A segment comes in
 * straight into its slot, so that a load makes no garbage of its size.
 */
export class SegmentMemory {
  readonly memory: ScanMemory;
  readonly #store: CorpusStore;
  readonly #now: () => number;
  readonly #slots: LRUCache<string, number>;
  readonly #free: number[];
  readonly #loading = new Set<SlotLoad>();
  readonly #loads: SharedLoads<null>;
  /** What searches that wait for a segment do with its slot. */
  readonly #waiting = new Map<string, Set<(slot: number) => void>>();

  constructor(memory: ScanMemory, store: CorpusStore, now: () => number = Date.now) {
    this.memory = memory;
    this.#store = store;
    this.#now = now;
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
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const slot = this.#slots.get(segment.id);
      if (slot !== undefined) return work(slot);
      const outcome = await this.#whenLoaded(manifest, segment, work, waitUntil);
      if (outcome !== null) return outcome.value;
    }
    throw new AppError('STORAGE_FAILED', 'Too many searches share the memory for corpora; try again');
  }

  /**
   * The outcome of `work`, run by the load itself: before a search that waited has its turn, others may have taken the slot.
   * @returns null when the load was overtaken
   */
  async #whenLoaded<T>(
    manifest: CorpusManifest,
    segment: CorpusSegment,
    work: (slot: number) => T,
    waitUntil?: WaitUntil,
  ): Promise<{ readonly value: T } | null> {
    const { id } = segment;
    const { promise, resolve, reject } = Promise.withResolvers<{ readonly value: T } | null>();
    promise.catch(() => undefined); // it may be rejected before anybody waits for it
    const run = (slot: number): void => {
      try {
        resolve({ value: work(slot) });
      } catch (error) {
        reject(error);
      }
    };
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(run));
    try {
      const load = (): Promise<null> => this.#load(manifest, segment);
      await this.#loads.join(id, load, () => undefined, waitUntil);
    } catch (error) {
      reject(error);
    } finally {
      waiting.delete(run);
      if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id);
    }
    resolve(null); // unless it has run
    return promise;
  }

  async #load(manifest: CorpusManifest, segment: CorpusSegment): Promise<null> {
    const load = await this.#takeSlot();
    try {
      await this.#store.vectors(manifest, segment, (part, offset) => {
        if (!this.#loading.has(load)) throw new Error('the slot was taken over after the deadline');
        this.memory.write(load.slot, part, offset);
      });
    } catch (error) {
      if (this.#loading.delete(load)) this.#free.push(load.slot);
      throw error;
    }
    if (this.#loading.delete(load)) {
      this.#slots.set(segment.id, load.slot);
      const waiting = this.#waiting.get(segment.id) ?? [];
      this.#waiting.delete(segment.id); // a late load may come in beside a newer one: nothing runs twice
      for (const run of waiting) run(load.slot);
    }
    return null;
  }

  /** A free slot, or one whose load has passed the deadline, or that of the longest unused segment. */
  async #takeSlot(): Promise<SlotLoad> {
    for (;;) {
      const slot = this.#freeSlot();
      if (slot !== undefined) {
        const load = { slot, startedAt: this.#now() };
        this.#loading.add(load);
        return load;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Loads that died with their request would hold their slots for good. */
  #freeLateLoads(): void {
    for (const load of this.#loading) {
      if (this.#now() - load.startedAt < DEADLINE_MS) continue;
      this.#loading.delete(load);
      this.#free.push(load.slot);
    }
  }

  #freeSlot(): number | undefined {
    if (this.#free.length === 0) this.#freeLateLoads();
    if (this.#free.length === 0) this.#slots.pop(); // its slot is disposed of as free
    return this.#free.pop();
  }
}
