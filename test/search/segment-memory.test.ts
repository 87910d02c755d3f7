import { describe, expect, it } from 'vitest';
import { createScanMemory } from '../../src/core/search/scan-memory.ts';
import type { CorpusManifest, CorpusSegment } from '../../src/format/corpus-manifest.ts';
import { SegmentMemory } from '../../src/search/segment-memory.ts';
import type { CorpusStore } from '../../src/storage/corpus-store.ts';

const segments: CorpusSegment[] = ['a', 'b', 'c'].map((letter) => ({ id: letter.repeat(64), count: 1 }));
const manifest = { plan: 'compact', dim: 4, k: 4, segments } as unknown as CorpusManifest;
/** More than a load may take. */
const LATER_MS = 20_000;

/** A memory of two slots whose loads are those of `load`, at a time that the test sets. */
function memoryOf(load: (id: string) => Promise<void>) {
  const clock = { ms: 0 };
  const loads: string[] = [];
  const vectors: CorpusStore['vectors'] = async (_manifest, { id }, onPayload) => {
    loads.push(id[0]);
    await load(id[0]);
    onPayload(new Uint8Array(8), 0);
  };
  const memory = createScanMemory({ slotBytes: 8, slotCount: 2 }, null);
  const place = new SegmentMemory(memory, { vectors } as CorpusStore, () => clock.ms);
  return { place, clock, loads };
}

describe('the memory of an isolate', () => {
  it('takes the slot of a load that died before it lets a segment go', async () => {
    const { place, clock, loads } = memoryOf((id) =>
      id === 'b' ? new Promise(() => undefined) : Promise.resolve(),
    );
    const [a, b, c] = segments;
    await place.use(manifest, a, () => null);
    void place.use(manifest, b, () => null).catch(() => undefined); // its request is gone: it never settles
    clock.ms += LATER_MS;
    await place.use(manifest, c, () => null);
    expect([a, c].map((segment) => place.holds(segment))).toEqual([true, true]);
    expect(loads).toEqual(['a', 'b', 'c']);
  });
});
