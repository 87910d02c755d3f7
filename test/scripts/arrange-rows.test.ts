import { describe, expect, it } from 'vitest';
import { arrangeRows } from '../../src/packing/arrange-rows.ts';
import { plainCoding } from '../../src/core/search/vector-coding.ts';
import { pickRows, rowVector } from '../../src/packing/corpus-rows.ts';
import { toCorpusRows } from '../../scripts/corpus/fresh-vectors.ts';
import { chunkCapacity } from '../../src/format/corpus-manifest.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { madeItems, unitRows } from '../search/made-corpus.ts';

const DIM = 1016; // chunks of 64
const { model } = buildSelection(2, { projection: 'mask', fusion: 'identity', dim: DIM, k: 8 });
const rows = toCorpusRows(madeItems(300), plainCoding(DIM), unitRows(300, DIM, 1));

describe('arrangeRows', () => {
  it('moves whole rows about and loses none', () => {
    const arranged = arrangeRows(rows, 0, model, 'image');
    const placeOf = new Map(rows.items.map(({ id }, i) => [id, i]));
    const places = arranged.items.map(({ id }) => placeOf.get(id) ?? -1);
    expect(places.toSorted((a, b) => a - b)).toEqual(rows.items.map((_, i) => i));
    expect(places).not.toEqual(rows.items.map((_, i) => i));
    expect(arranged).toEqual(pickRows(rows, places));
  });

  it('leaves stored rows where they are', () => {
    const arranged = arrangeRows(rows, 100, model, 'image');
    expect(arranged.items.slice(0, 100)).toEqual(rows.items.slice(0, 100));
    expect(arranged.items.slice(100)).not.toEqual(rows.items.slice(100));
  });

  it('lays near rows into one chunk', () => {
    // Five directions, sixty-four rows close to each, dealt out in turn.
    const centres = unitRows(5, DIM, 2);
    const noise = unitRows(320, DIM, 3);
    const embeddings = Float32Array.from(noise, (value, at) => {
      const row = Math.floor(at / DIM);
      return centres[(row % 5) * DIM + (at % DIM)] + value / 100;
    });
    const near = toCorpusRows(madeItems(320), plainCoding(DIM), embeddings);
    const arranged = arrangeRows(near, 0, model, 'image');
    expect(chunkCapacity(DIM)).toBe(64);
    const placeOf = new Map(near.items.map(({ id }, i) => [id, i]));
    for (let chunk = 0; chunk < 5; chunk++) {
      const kinds = arranged.items
        .slice(64 * chunk, 64 * (chunk + 1))
        .map(({ id }) => (placeOf.get(id) ?? 0) % 5);
      expect(new Set(kinds).size).toBe(1);
    }
    expect(rowVector(arranged, 0).length).toBe(DIM);
  });
});
