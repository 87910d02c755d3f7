import { describe, expect, it, vi } from 'vitest';
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

  it('lets every search that waits have a segment before others take its slot', async () => {
    const { place } = memoryOf(() => Promise.resolve());
    const wanted = Array.from({ length: 60 }, (_, i) => segments[i % 3]);
    const used = await Promise.all(
      wanted.map(async (segment, i) => {
        await place.use(manifest, segment, () => null);
        return place.use(manifest, segments[(i + 1) % 3], () => i);
      }),
    );
    expect(used).toEqual(wanted.map((_, i) => i));
  });

  it('runs the work of a search once, also when a late load comes in beside its own', async () => {
    const finish: (() => void)[] = [];
    const { place, clock } = memoryOf(() => new Promise((resolve) => finish.push(resolve)));
    const [a] = segments;
    const runs = ['first', 'second'].map((name) => ({ name, count: 0 }));
    const first = place.use(manifest, a, () => runs[0].count++);
    await vi.waitFor(() => expect(finish.length).toBe(1), 60_000);
    clock.ms += LATER_MS;
    const second = place.use(manifest, a, () => runs[1].count++);
    await vi.waitFor(() => expect(finish.length).toBe(2), 60_000);
    finish.forEach((done) => done());
    await Promise.all([first, second]);
    expect(runs.map(({ count }) => count)).toEqual([1, 1]);
  });

  it('gives the error of a load to all that wait for it, and tries again', async () => {
    let isDown = true;
    const { place, loads } = memoryOf(async () => {
      await Promise.resolve();
      if (isDown) throw new Error('outage');
    });
    const [a] = segments;
    const waiting = [1, 2].map((value) => place.use(manifest, a, () => value));
    for (const outcome of await Promise.allSettled(waiting)) expect(outcome.status).toBe('rejected');
    isDown = false;
    expect(await place.use(manifest, a, () => 3)).toBe(3);
    expect(loads).toEqual(['a', 'a']);
  });
});
