import { describe, expect, it } from 'vitest';
import {
  coordinateWords,
  vocabularyOf,
  vocabularyOfWords,
} from '../../../src/core/fitting/coordinate-words.ts';
import { normalizeRows } from '../../../src/core/vector.ts';
import { buildSelection } from '../../format/selection-builder.ts';

const DIM = 4;
/** Captions of two things each; a thing adds to a coordinate of its own, up or down. */
const THINGS = {
  dog: [1, 0, 0, 0],
  cat: [-1, 0, 0, 0],
  red: [0, 1, 0, 0],
  blue: [0, -1, 0, 0],
  round: [0, 0, 1, 0],
};
const names = Object.keys(THINGS) as (keyof typeof THINGS)[];
const pairs = names.flatMap((a) => names.filter((b) => b > a).map((b) => [a, b] as const));
const captions = [...pairs, ...pairs].map(([a, b]) => `The ${a} and a ${b}`);
const embeddings = new Float32Array(
  [...pairs, ...pairs].flatMap(([a, b]) =>
    THINGS[a].map((value, i) => value + THINGS[b][i] + (i === 3 ? 2 : 0)),
  ),
);
normalizeRows(embeddings, DIM);

describe('vocabularyOf', () => {
  it('has the words that say something, each where its captions lie', () => {
    const { words, vectors } = vocabularyOf(captions, embeddings, DIM);
    expect([...words].sort()).toEqual([...names].sort());
    const dog = vectors.subarray(words.indexOf('dog') * DIM, (words.indexOf('dog') + 1) * DIM);
    expect(Math.hypot(...dog)).toBeCloseTo(1, 6);
    expect(dog[0]).toBe(Math.max(...dog));
  });

  it('has words of one character where a script writes them so, and signs and hyphens with their word', () => {
    const written = ['猫 on a T-shirt', '猫 with C++', 'b on C#', 'C# x, 犬 7'];
    const random = Float32Array.from({ length: 4 * DIM }, (_, i) => Math.sin(3 * i * i + 1));
    normalizeRows(random, DIM);
    expect([...vocabularyOf(written, random, DIM).words].sort()).toEqual([
      'c#',
      'c++',
      't-shirt',
      '犬',
      '猫',
    ]);
  });

  it('passes over what has no caption', () => {
    expect(
      vocabularyOf(
        captions.map(() => null),
        embeddings,
        DIM,
      ).words,
    ).toEqual([]);
  });
});

describe('vocabularyOfWords', () => {
  it('has the words that were chosen, each where it lies beside the others, but for one that says what all say', () => {
    const chosen = ['dog', 'cat', 'red', 'blue', 'thing'];
    const rows = [
      [1, 0, 0, 2],
      [-1, 0, 0, 2],
      [0, 1, 0, 2],
      [0, -1, 0, 2],
      [0, 0, 0, 2],
    ];
    const { words, vectors } = vocabularyOfWords(chosen, Float32Array.from(rows.flat()), DIM);
    expect(words).toEqual(['dog', 'cat', 'red', 'blue']);
    expect([...vectors]).toEqual([1, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, -1, 0, 0]);
    const { model } = buildSelection(1, { dim: DIM, projection: 'full', fusion: 'identity' });
    const told = coordinateWords(model, { words, vectors });
    expect(told.slice(0, 3)).toEqual([
      { high: ['dog'], low: ['cat'] },
      { high: ['red'], low: ['blue'] },
      { high: [], low: [] },
    ]);
  });
});

describe('coordinateWords', () => {
  it('names both ends of every coordinate, the strongest word first', () => {
    const { model } = buildSelection(1, { dim: DIM, projection: 'full', fusion: 'identity' });
    const [first, second] = coordinateWords(model, vocabularyOf(captions, embeddings, DIM));
    expect([first.high[0], first.low[0]]).toEqual(['dog', 'cat']);
    expect([second.high[0], second.low[0]]).toEqual(['red', 'blue']);
  });

  it('reads the direction of an axis from the map of texts', () => {
    const { model } = buildSelection(1, { dim: DIM, k: 1, projection: 'maps', fusion: 'identity' });
    const text = Float32Array.of(0, -3, 0, 0);
    const turned = {
      ...model,
      projection: { kind: 'maps' as const, image: Float32Array.of(1, 0, 0, 0), text },
    };
    const [axis] = coordinateWords(turned, vocabularyOf(captions, embeddings, DIM));
    expect([axis.high[0], axis.low[0]]).toEqual(['blue', 'red']);
  });
});
