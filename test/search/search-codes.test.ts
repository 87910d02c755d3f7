import { afterAll, beforeAll, expect, it } from 'vitest';
import { probability } from '../../src/core/calibration/calibration.ts';
import { projectEmbedding, scoreProjected } from '../../src/core/scoring/scoring.ts';
import type { SelectionModel } from '../../src/core/scoring/selection-model.ts';
import { cosineSimilarity } from '../../src/core/vector.ts';
import { searchCorpus } from '../../src/search/search-corpus.ts';
import { type CorpusRows, rowVector } from '../../src/packing/corpus-rows.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';
import { openIsolate, searchOf } from './isolate.ts';
import { makeCorpus, unitRows } from './made-corpus.ts';

const DIM = 24;
const COUNT = 300;
const query = unitRows(1, DIM, 99);

let local: LocalKv;
beforeAll(async () => {
  local = await openMemoryKv();
});
afterAll(() => local.dispose());

/** Every picture as the API scores a pair, from the stored full rows. */
function reference(model: SelectionModel, rows: CorpusRows): { cosine: number; score: number }[] {
  const text = projectEmbedding(model, 'text', query);
  return rows.items.map((_, position) => {
    const vector = rowVector(rows, position);
    const score = scoreProjected(model, projectEmbedding(model, 'image', vector), text);
    return { cosine: cosineSimilarity(vector, query), score };
  });
}

it.each([
  ['identity', 4, 0.25],
  ['weighted', 4, 0.25],
  ['attention', 4, 0.25],
  ['identity', 1, 0.75],
] as const)('ranks rows of codes under %s, %i bits', async (fusion, bits, most) => {
  const record = buildSelection(2, { projection: 'mask', fusion, dim: DIM, k: 9 });
  const options = { plan: 'compact', count: COUNT, segmentSize: 100, record, bits } as const;
  const made = await makeCorpus(local.kv, options);
  const asked = searchOf(made, record.model, query, { rerank: 0, depth: COUNT });
  const { hits, scanned } = await searchCorpus(asked, openIsolate(local.kv));
  const expected = reference(record.model, made.rows);
  const scores = expected.map(({ score }) => score);
  // Of Gaussian coordinates around 0 int4 loses 1.2 % of the variance, 0.11 of the length, and signs 36 %, 0.6; these are not quite.
  const meanSquare = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value * value, 0) / values.length;
  const errors = hits.map((hit) => hit.score - scores[hit.position]);
  expect(Math.sqrt(meanSquare(errors) / meanSquare(scores))).toBeLessThan(most);
  expect(scanned).toBe(COUNT);
  hits.forEach((hit, i) => {
    if (i > 0) expect(hit.score).toBeLessThanOrEqual(hits[i - 1].score);
    expect(hit.probability).toBe(probability(record.model.calibrator, hit.score));
  });
  // Plain TypeScript gives the same numbers.
  const plain = await searchCorpus(asked, openIsolate(local.kv, 4, null));
  expect(plain.hits).toEqual(hits);
  // And re-ranking of everything is as exact as over int8.
  const exact = await searchCorpus({ ...asked, rerank: COUNT, depth: 10 }, openIsolate(local.kv));
  const by = fusion === 'identity' ? 'cosine' : 'score';
  const best = expected
    .map((truth, position) => ({ position, value: truth[by] }))
    .toSorted((a, b) => b.value - a.value || a.position - b.position)
    .slice(0, 10);
  expect(exact.hits.map(({ position }) => position)).toEqual(best.map(({ position }) => position));
});
