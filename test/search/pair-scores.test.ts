import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { projectEmbedding, scoreProjected } from '../../src/core/scoring/scoring.ts';
import { cosineSimilarity } from '../../src/core/vector.ts';
import { searchCorpus } from '../../src/search/search-corpus.ts';
import { rowVector } from '../../src/packing/corpus-rows.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';
import { openIsolate, searchOf } from './isolate.ts';
import { makeCorpus, unitRows } from './made-corpus.ts';

let local: LocalKv;
beforeAll(async () => {
  local = await openMemoryKv();
});
beforeEach(() => local.clear());
afterAll(() => local.dispose());

describe.each(['full', 'compact'] as const)('every selection under plan %s', (plan) => {
  const projections = ['full', 'mask', 'map'] as const;
  const fusions = ['identity', 'weighted', 'attention'] as const;
  const shapes = [
    [24, 9],
    [24, 1],
    [5, 5],
    [2, 1],
  ] as const;
  const cases = projections.flatMap((projection) =>
    fusions.flatMap((fusion) => shapes.map(([dim, k]) => ({ projection, fusion, dim, k }))),
  );

  it.each(cases)('scores as a pair is scored: $projection, $fusion, $k of $dim', async (shape) => {
    const { dim } = shape;
    const record = buildSelection(6, { ...shape, k: shape.projection === 'full' ? dim : shape.k });
    const embedding = unitRows(1, dim, 98);
    for (const modality of ['image', 'text'] as const) {
      const asked = modality === 'image' ? 'text' : 'image';
      const made = await makeCorpus(local.kv, { plan, record, count: 40, modality, segmentSize: 16 });
      const search = searchOf(made, record.model, embedding, { modality: asked, depth: 40, rerank: 40 });
      const { hits } = await searchCorpus(search, openIsolate(local.kv));
      expect(hits.length).toBe(40);
      const query = projectEmbedding(record.model, asked, embedding);
      hits.forEach((hit, i) => {
        const vector = rowVector(made.rows, hit.position);
        const item = projectEmbedding(record.model, modality, vector);
        const pair = modality === 'image' ? ([item, query] as const) : ([query, item] as const);
        const expected = scoreProjected(record.model, ...pair);
        // float32 factors and an int16 query, against a float32 projection; weights and a bias reach beyond 1.
        expect(Math.abs(hit.score - expected)).toBeLessThan(1e-3 * Math.max(1, Math.abs(expected)));
        expect(hit.cosine).toBeCloseTo(cosineSimilarity(vector, embedding), 4);
        const value = ({ cosine, score }: typeof hit) =>
          shape.fusion === 'identity' ? (cosine ?? NaN) : score;
        if (i > 0) expect(value(hit)).toBeLessThanOrEqual(value(hits[i - 1]));
      });
    }
  });
});
