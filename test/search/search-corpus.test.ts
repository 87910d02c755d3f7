import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { probability } from '../../src/core/calibration/calibration.ts';
import { projectEmbedding, scoreProjected } from '../../src/core/scoring/scoring.ts';
import type { SelectionModel } from '../../src/core/scoring/selection-model.ts';
import { cosineSimilarity, normalizeRows } from '../../src/core/vector.ts';
import { segmentKey } from '../../src/format/kv-keys.ts';
import type { CorpusSearch } from '../../src/search/corpus-search.ts';
import { searchCorpus } from '../../src/search/search-corpus.ts';
import { type CorpusRows, rowVector } from '../../src/packing/corpus-rows.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { storageError } from '../format/storage-error.ts';
import { type FaultyKv, type LocalKv, openMemoryKv, withFaults } from '../storage/local-kv.ts';
import { openIsolate, searchOf as searchFor } from './isolate.ts';
import { type MadeCorpus, makeCorpus, unitRows } from './made-corpus.ts';

const DIM = 24;
const COUNT = 300;
const query = unitRows(1, DIM, 99);

let local: LocalKv;
let kv: FaultyKv;
beforeAll(async () => {
  local = await openMemoryKv();
});
beforeEach(async () => {
  await local.clear();
  kv = withFaults(local.kv);
});
afterAll(() => local.dispose());

const isolate = (slotCount?: number) => openIsolate(kv, slotCount);
const searchOf = (made: MadeCorpus, model: SelectionModel, changes: Partial<CorpusSearch> = {}) =>
  searchFor(made, model, query, changes);

interface Expected {
  readonly position: number;
  readonly cosine: number;
  readonly score: number;
}

/** Every vector as the API scores a pair, from the stored full rows: slow and obvious. */
function reference(
  model: SelectionModel,
  rows: CorpusRows,
  modality: 'image' | 'text' = 'image',
): Expected[] {
  const other = modality === 'image' ? 'text' : 'image';
  const projected = projectEmbedding(model, other, query);
  return rows.items.map((_, position) => {
    const vector = rowVector(rows, position);
    const item = projectEmbedding(model, modality, vector);
    const score =
      other === 'text' ? scoreProjected(model, item, projected) : scoreProjected(model, projected, item);
    return { position, cosine: cosineSimilarity(vector, query), score };
  });
}

function best(all: readonly Expected[], by: 'cosine' | 'score', count: number): Expected[] {
  return all.toSorted((a, b) => b[by] - a[by] || a.position - b.position).slice(0, count);
}

const identity = buildSelection(2, { projection: 'mask', fusion: 'identity', dim: DIM, k: 9 });
// int16 queries and float32 factors: 1e-4 of a cosine, with room.
const DIGITS = 4;

describe('plan full', () => {
  it.each(['full', 'mask', 'map'] as const)(
    'ranks by cosine of all coordinates under %s and identity',
    async (projection) => {
      const record = buildSelection(2, { projection, fusion: 'identity', dim: DIM, k: 9 });
      const made = await makeCorpus(kv, { plan: 'full', record, count: COUNT, segmentSize: 128 });
      const { hits, isComplete, scanned, reranked } = await searchCorpus(
        searchOf(made, record.model),
        isolate(),
      );
      const expected = best(reference(record.model, made.rows), 'cosine', 10);
      expect(hits.map(({ position }) => position)).toEqual(expected.map(({ position }) => position));
      hits.forEach((hit, i) => {
        expect(hit.cosine).toBeCloseTo(expected[i].cosine, DIGITS);
        expect(hit.score).toBeCloseTo(expected[i].score, DIGITS);
        expect(hit.probability).toBe(probability(record.model.calibrator, hit.score));
      });
      expect({ isComplete, scanned, reranked }).toEqual({ isComplete: true, scanned: COUNT, reranked: 0 });
    },
  );

  it.each(['weighted', 'attention'] as const)('ranks by the score of a %s fusion', async (fusion) => {
    for (const modality of ['image', 'text'] as const) {
      const record = buildSelection(2, { projection: 'mask', fusion, dim: DIM, k: 9 });
      const made = await makeCorpus(kv, { plan: 'full', record, count: COUNT, modality });
      const asked = modality === 'image' ? 'text' : 'image';
      const { hits } = await searchCorpus(searchOf(made, record.model, { modality: asked }), isolate());
      const expected = best(reference(record.model, made.rows, modality), 'score', 10);
      expect(hits.map(({ position }) => position)).toEqual(expected.map(({ position }) => position));
      hits.forEach((hit, i) => {
        expect(hit.score).toBeCloseTo(expected[i].score, DIGITS - 1);
        expect(hit.cosine).toBeCloseTo(expected[i].cosine, DIGITS);
      });
    }
  });

  it('tells what decides the order for an average vector: the mean over all of them', async () => {
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const made = await makeCorpus(kv, { plan: 'full', record: identity, count: COUNT, segmentSize: 128 });
    const byCosine = await searchCorpus(searchOf(made, identity.model), isolate());
    const cosines = reference(identity.model, made.rows).map(({ cosine }) => cosine);
    // The mean is of the vectors as they came, not as int8 rows: some thousandths a vector, less on the average.
    expect(byCosine.average).toBeCloseTo(mean(cosines), 3);
    const weighted = buildSelection(2, { projection: 'mask', fusion: 'weighted', dim: DIM, k: 9 });
    const byWeights = await makeCorpus(kv, { plan: 'full', record: weighted, count: COUNT });
    const byScore = await searchCorpus(searchOf(byWeights, weighted.model), isolate());
    const scores = reference(weighted.model, byWeights.rows).map(({ score }) => score);
    expect(byScore.average).toBeCloseTo(mean(scores), 2);
    const attention = buildSelection(2, { projection: 'mask', fusion: 'attention', dim: DIM, k: 9 });
    const attended = await makeCorpus(kv, { plan: 'full', record: attention, count: COUNT });
    expect((await searchCorpus(searchOf(attended, attention.model), isolate())).average).toBeNull();
  });

  it('gives the same in plain TypeScript', async () => {
    const made = await makeCorpus(kv, { plan: 'full', record: identity, count: COUNT });
    const search = searchOf(made, identity.model);
    const plain = openIsolate(kv, 1, null);
    expect(await searchCorpus(search, plain)).toEqual(await searchCorpus(search, isolate()));
  });
});

describe('plan compact', () => {
  const compact = { plan: 'compact', record: identity, count: COUNT, segmentSize: 100 } as const;

  it('ranks by the score of the kept coordinates without re-ranking', async () => {
    const made = await makeCorpus(kv, compact);
    const { hits, reranked } = await searchCorpus(
      searchOf(made, identity.model, { rerank: 0, depth: 20 }),
      isolate(),
    );
    const scores = reference(identity.model, made.rows).map(({ score }) => score);
    hits.forEach((hit, i) => {
      // Two roundings to int8 of nine coordinates: half a 127th of the largest each, some hundredths together.
      expect(Math.abs(hit.score - scores[hit.position])).toBeLessThan(0.02);
      expect(hit.cosine).toBeNull();
      if (i > 0) expect(hit.score).toBeLessThanOrEqual(hits[i - 1].score);
    });
    expect(reranked).toBe(0);
  });

  it('is exact when everything is re-ranked', async () => {
    const made = await makeCorpus(kv, compact);
    const { hits, reranked } = await searchCorpus(
      searchOf(made, identity.model, { rerank: COUNT }),
      isolate(),
    );
    const expected = best(reference(identity.model, made.rows), 'cosine', 10);
    expect(hits.map(({ position }) => position)).toEqual(expected.map(({ position }) => position));
    hits.forEach((hit, i) => {
      expect(hit.cosine).toBeCloseTo(expected[i].cosine, 6);
      expect(hit.score).toBeCloseTo(expected[i].score, 5);
    });
    expect(reranked).toBe(COUNT);
  });

  it('puts what was not re-ranked behind, by score', async () => {
    const made = await makeCorpus(kv, compact);
    const { hits } = await searchCorpus(searchOf(made, identity.model, { rerank: 5, depth: 12 }), isolate());
    expect(hits.map(({ cosine }) => cosine !== null)).toEqual([
      ...Array<boolean>(5).fill(true),
      ...Array<boolean>(7).fill(false),
    ]);
    expect(hits.slice(0, 5).map(({ cosine }) => cosine ?? 0)).toEqual(
      hits
        .slice(0, 5)
        .map(({ cosine }) => cosine ?? 0)
        .toSorted((a, b) => b - a),
    );
    expect(new Set(hits.map(({ position }) => position)).size).toBe(12);
  });

  it('reads each chunk of full vectors once', async () => {
    const made = await makeCorpus(kv, compact);
    kv.calls.length = 0;
    await searchCorpus(searchOf(made, identity.model, { rerank: 50 }), isolate());
    const reads = kv.calls.filter((call) => call.includes(':full:'));
    expect(new Set(reads).size).toBe(reads.length);
    expect(reads.length).toBeLessThanOrEqual(made.manifest.segments.length);
  });
});

describe('a least probability', () => {
  it.each(['identity', 'weighted'] as const)(
    'lets through what was told to have it, under %s',
    async (fusion) => {
      const record = buildSelection(2, { projection: 'mask', fusion, dim: DIM, k: 9 });
      const made = await makeCorpus(kv, { plan: 'full', record, count: COUNT });
      const place = isolate();
      const { hits } = await searchCorpus(searchOf(made, record.model, { depth: COUNT }), place);
      for (const { probability: minProbability } of hits.slice(0, 40)) {
        const changes = { depth: COUNT, minProbability };
        const some = await searchCorpus(searchOf(made, record.model, changes), place);
        expect(some.hits).toEqual(hits.filter((hit) => hit.probability >= minProbability));
      }
    },
  );

  it('fills a page although re-ranked candidates turn out to be less probable', async () => {
    // So many that compact scores, rounded to int8, come in another order than full ones.
    const made = await makeCorpus(kv, { plan: 'compact', record: identity, count: 10 * COUNT });
    const place = isolate();
    const search = (changes: Partial<CorpusSearch>) =>
      searchCorpus(searchOf(made, identity.model, { rerank: 150, depth: 10 * COUNT, ...changes }), place);
    const { hits } = await search({});
    const probabilities = hits.map((hit) => hit.probability).toSorted((a, b) => b - a);
    for (const minProbability of probabilities.slice(150, 160)) {
      const whole = await search({ minProbability });
      const page = await search({ minProbability, depth: 150 });
      expect(page.hits).toEqual(whole.hits.slice(0, 150));
    }
  });
});

describe.each(['full', 'compact'] as const)('under plan %s', (plan) => {
  const options = { plan, record: identity, count: COUNT, segmentSize: 100 } as const;

  it('gives pages that continue one another', async () => {
    const made = await makeCorpus(kv, options);
    const place = isolate();
    const whole = await searchCorpus(searchOf(made, identity.model, { depth: 40 }), place);
    const start = await searchCorpus(searchOf(made, identity.model, { depth: 15 }), place);
    expect(start.hits).toEqual(whole.hits.slice(0, 15));
  });

  it('keeps out what filters leave out before it scores', async () => {
    const made = await makeCorpus(kv, options);
    const filters = [
      { field: 'colour', eq: 'red' },
      { field: 'price', min: 100, max: 200 },
    ];
    const { hits, scanned } = await searchCorpus(
      searchOf(made, identity.model, { filters, depth: 300 }),
      isolate(),
    );
    const allowed = made.rows.items.flatMap(({ metadata }, position) => {
      const { colour, price } = JSON.parse(metadata ?? '{}') as { colour?: string; price?: number };
      return colour === 'red' && price !== undefined && price >= 100 && price <= 200 ? [position] : [];
    });
    expect(hits.map(({ position }) => position).toSorted((a, b) => a - b)).toEqual(allowed);
    expect(scanned).toBe(allowed.length);
  });

  it('does not load segments that filters leave out whole', async () => {
    const made = await makeCorpus(kv, options);
    kv.calls.length = 0;
    const filters = [{ field: 'price', min: 100, max: 150 }];
    const { scanned, isComplete } = await searchCorpus(
      searchOf(made, identity.model, { filters }),
      isolate(),
    );
    expect({ scanned, isComplete }).toEqual({ scanned: 34, isComplete: true });
    const [, second] = made.manifest.segments;
    expect(kv.calls.filter((call) => call.endsWith(':vectors'))).toEqual([
      `get ${segmentKey(second.id, 'vectors')}`,
    ]);
  });

  it('keeps out what is too improbable', async () => {
    const made = await makeCorpus(kv, options);
    const all = await searchCorpus(searchOf(made, identity.model, { depth: 300 }), isolate());
    const sorted = all.hits.map((hit) => hit.probability).toSorted((a, b) => b - a);
    const minProbability = (sorted[20] + sorted[21]) / 2;
    const some = await searchCorpus(
      searchOf(made, identity.model, { depth: 300, minProbability }),
      isolate(),
    );
    expect(some.hits.every((hit) => hit.probability >= minProbability)).toBe(true);
    if (plan === 'full') expect(some.hits.length).toBe(21);
    // Compact scores near the bar may be on its other side by int8 rounding.
    else expect(Math.abs(some.hits.length - 21)).toBeLessThanOrEqual(2);
  });

  it('answers from memory the second time', async () => {
    const made = await makeCorpus(kv, options);
    const place = isolate();
    const first = await searchCorpus(searchOf(made, identity.model), place);
    kv.calls.length = 0;
    expect(await searchCorpus(searchOf(made, identity.model), place)).toEqual(first);
    expect(kv.calls).toEqual([]);
  });

  it('scans more segments than it has room for, and lets the longest unused go', async () => {
    const made = await makeCorpus(kv, options);
    const roomy = await searchCorpus(searchOf(made, identity.model), isolate(4));
    const place = isolate(1);
    expect(await searchCorpus(searchOf(made, identity.model), place)).toEqual(roomy);
    expect(
      made.manifest.segments.map((segment) => place.segments.holds(segment)).filter(Boolean),
    ).toHaveLength(1);
  });

  it('says when a segment is missing, and answers from the others', async () => {
    const made = await makeCorpus(kv, options);
    const error = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const [, lost] = made.manifest.segments;
    await local.kv.deleteMany([segmentKey(lost.id, 'vectors')]);
    const { hits, isComplete, scanned } = await searchCorpus(
      searchOf(made, identity.model, { depth: 300 }),
      isolate(),
    );
    expect({ isComplete, scanned }).toEqual({ isComplete: false, scanned: 200 });
    expect(hits.every(({ segment }) => segment.id !== lost.id)).toBe(true);
    expect(error).toHaveBeenCalledOnce();
    error.mockRestore();
  });

  it('fails when no segment can be read, and works again afterwards', async () => {
    const made = await makeCorpus(kv, options);
    const place = isolate();
    kv.fault = () => {
      throw new Error('outage');
    };
    await expect(searchCorpus(searchOf(made, identity.model), place)).rejects.toThrow(
      storageError(/did not read/),
    );
    kv.fault = null;
    expect((await searchCorpus(searchOf(made, identity.model), place)).isComplete).toBe(true);
  });

  it('refuses damaged vectors, and takes them once they are whole', async () => {
    const made = await makeCorpus(kv, { ...options, segmentSize: COUNT });
    const key = segmentKey(made.manifest.segments[0].id, 'vectors');
    const whole = new Uint8Array((await kv.get(key, { type: 'arrayBuffer' })) ?? new ArrayBuffer(0));
    const damaged = whole.slice();
    damaged[damaged.length - 1] ^= 1;
    await local.kv.putMany([{ key, value: damaged }]);
    const place = isolate(1);
    await expect(searchCorpus(searchOf(made, identity.model), place)).rejects.toThrow(
      storageError(/checksum/),
    );
    await local.kv.putMany([{ key, value: whole.subarray(0, 2000) }]);
    await expect(searchCorpus(searchOf(made, identity.model), place)).rejects.toThrow(
      storageError(/bytes, expected/),
    );
    await local.kv.putMany([{ key, value: whole }]);
    expect((await searchCorpus(searchOf(made, identity.model), place)).isComplete).toBe(true);
  });

  it('lets searches of different corpora share too small a memory', async () => {
    const first = await makeCorpus(kv, options);
    const second = await makeCorpus(kv, { ...options, name: 'second', seed: 8 });
    const place = isolate(1);
    const corpora = [first, second, first, second];
    const found = await Promise.all(
      corpora.map((made) => searchCorpus(searchOf(made, identity.model), place)),
    );
    const roomy = await Promise.all(
      corpora.map((made) => searchCorpus(searchOf(made, identity.model), isolate(8))),
    );
    expect(found).toEqual(roomy);
  });

  it('shares one load between searches at the same moment', async () => {
    const made = await makeCorpus(kv, options);
    const place = isolate();
    kv.calls.length = 0;
    await Promise.all(Array.from({ length: 5 }, () => searchCorpus(searchOf(made, identity.model), place)));
    const reads = kv.calls.filter((call) => call.endsWith(':vectors'));
    expect(reads.length).toBe(made.manifest.segments.length);
  });

  it('finds nothing in an empty corpus', async () => {
    const made = await makeCorpus(kv, { ...options, count: 0 });
    const { hits, isComplete } = await searchCorpus(searchOf(made, identity.model), isolate());
    expect({ hits, isComplete }).toEqual({ hits: [], isComplete: true });
  });
});

describe('equal vectors', () => {
  it('come in the order of the corpus', async () => {
    const record = buildSelection(2, { projection: 'full', fusion: 'identity', means: false, dim: DIM });
    const made = await makeCorpus(kv, { plan: 'full', record, count: 1 });
    const twice = { ...made.manifest, segments: [...made.manifest.segments, ...made.manifest.segments] };
    const { hits } = await searchCorpus(searchOf({ ...made, manifest: twice }, record.model), isolate());
    expect(hits.map(({ position }) => position)).toEqual([0, 1]);
  });

  it('of the query itself have a cosine of 1 to the precision of int8', async () => {
    const record = buildSelection(2, { projection: 'full', fusion: 'identity', means: false, dim: DIM });
    const made = await makeCorpus(kv, { plan: 'full', record, count: 5 });
    const embedding = rowVector(made.rows, 3);
    normalizeRows(embedding, DIM);
    const { hits } = await searchCorpus(
      searchOf(made, record.model, { embedding, modality: 'image' }),
      isolate(),
    );
    expect(hits[0].position).toBe(3);
    expect(hits[0].cosine).toBeCloseTo(1, DIGITS);
  });
});
