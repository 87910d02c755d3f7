import { expect, it } from 'vitest';
import { findMeanings } from '../../scripts/precompute/find-meanings.ts';
import type { PairedEmbeddings } from '../../src/dataset/paired-embeddings.ts';
import { keepCoordinates } from '../../src/core/scoring/scoring.ts';
import { buildSelection, seededRandom } from '../format/selection-builder.ts';

const DIM = 6;
const COUNT = 20;

/** Image 7 is image 3 again, and caption 5 is not known. */
function somePairs(): PairedEmbeddings {
  const random = seededRandom(5);
  const floats = (): Float32Array => Float32Array.from({ length: COUNT * DIM }, () => random() * 2 - 1);
  const imageEmbeddings = floats();
  imageEmbeddings.copyWithin(7 * DIM, 3 * DIM, 4 * DIM);
  const rows = Uint32Array.from({ length: COUNT }, (_, i) => i);
  return {
    dim: DIM,
    imageEmbeddings,
    textEmbeddings: floats(),
    imageRows: rows,
    textRows: rows,
    groups: Int32Array.from(rows),
    groupCount: COUNT,
    mismatches: { imageRows: new Uint32Array(0), textRows: new Uint32Array(0), groups: new Int32Array(0) },
    kinds: null,
    duplicates: 0,
    skipped: [],
    sampleKeys: new Float64Array(COUNT),
    origins: {
      pictures: Array.from(rows, () => null),
      captions: Array.from(rows, (i) => (i === 5 ? null : `thing${i}`)),
      where: Array.from(rows, String),
    },
  };
}

it('shows the pictures that lie farthest out at either end, ties in their order', () => {
  const { model } = buildSelection(3, { dim: DIM, k: 4, projection: 'map', fusion: 'identity' });
  const pairs = somePairs();
  const kept = Array.from({ length: COUNT }, (_, row) =>
    keepCoordinates(model, 'image', pairs.imageEmbeddings.subarray(row * DIM, (row + 1) * DIM)),
  );
  const told = [...kept.keys()].filter((row) => row !== 5);
  const meanings = findMeanings(model, pairs, null);
  expect(meanings?.coordinates).toHaveLength(4);
  meanings?.coordinates.forEach(({ high, low }, i) => {
    const rising = told.toSorted((a, b) => kept[a][i] - kept[b][i]).slice(0, 3);
    const falling = told.toSorted((a, b) => kept[b][i] - kept[a][i]).slice(0, 3);
    expect(high.examples.map(({ caption }) => caption)).toEqual(falling.map((row) => `thing${row}`));
    expect(low.examples.map(({ caption }) => caption)).toEqual(rising.map((row) => `thing${row}`));
  });
});

it('has nothing to tell of embeddings without captions', () => {
  const { model } = buildSelection(3, { dim: DIM, k: 4, projection: 'map', fusion: 'identity' });
  const pairs = somePairs();
  const origins = { ...pairs.origins, captions: pairs.origins.captions.map(() => null) };
  expect(findMeanings(model, { ...pairs, origins }, null)).toBeNull();
});
