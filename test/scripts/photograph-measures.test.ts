import { describe, expect, it } from 'vitest';
import { differences, replaceBetween } from '../../scripts/train-tiny-clip/photographs/committed-metrics.ts';
import {
  type Measure,
  measureNames,
  measurePreference,
  measureRetrieval,
} from '../../scripts/train-tiny-clip/photographs/measure.ts';
import { asCaption, speaksOf } from '../../scripts/train-tiny-clip/photographs/names.ts';
import { ranksOf } from '../../scripts/train-tiny-clip/photographs/ranking.ts';

const TITLE = { split: 'all', task: 'names' };

/** A query that scores the choices as written: choice c is the c-th axis. */
function scoring(...scores: readonly number[]): Float32Array {
  return Float32Array.from(scores);
}

function axes(count: number): Float32Array[] {
  return Array.from({ length: count }, (_, c) =>
    Float32Array.from({ length: count }, (_, i) => (i === c ? 1 : 0)),
  );
}

describe('measures of photographs', () => {
  it('count wrong choices that score at least as high: a tie counts against', () => {
    const queries = [scoring(3, 2, 1), scoring(3, 2, 2), scoring(1, 1, 1)];
    expect(ranksOf(queries, axes(3), (_, c) => c === 0)).toEqual([0, 0, 2]);
    expect(ranksOf(queries, axes(3), (_, c) => c > 0)).toEqual([1, 1, 1]);
    expect(() => ranksOf(queries, axes(3), () => false)).toThrow('query 0 has no right choice');
  });

  it('give the share over pictures and the mean over concepts', () => {
    // Three cats, two of them first; one dog, third of six; one fox, last.
    const pictures = [
      { name: 'cat', embedding: scoring(9, 1, 1, 0, 0, 0) },
      { name: 'cat', embedding: scoring(9, 1, 1, 0, 0, 0) },
      { name: 'cat', embedding: scoring(1, 9, 0, 0, 0, 0) },
      { name: 'dog', embedding: scoring(9, 1, 8, 0, 0, 0) },
      { name: 'fox', embedding: scoring(9, 8, 0, 7, 6, 5) },
    ];
    const names = ['cat', 'dog', 'fox', 'owl', 'ant', 'bee'].map((name, i) => ({
      name,
      embedding: axes(6)[i],
    }));
    expect(measureNames(TITLE, pictures, names)).toEqual({
      ...TITLE,
      queries: 5,
      choices: 6,
      concepts: 3,
      top: { '1': 0.4, '5': 0.8 },
      // (2/3 + 0 + 0) / 3 and (1 + 1 + 0) / 3
      overConcepts: { '1': 0.2222, '5': 0.6667 },
      chance: { '1': 0.1667, '5': 0.8333 },
    });
  });

  it('leave out of a retrieval what has no right choice, and know the chance of several', () => {
    const measure = measureRetrieval(
      TITLE,
      [scoring(1, 2, 3, 4), scoring(1, 2, 3, 4)],
      axes(4),
      (q, c) => q === 0 && c < 2,
    );
    // Two of four right: 1/2 at once; with five and ten drawn of four never missed.
    expect(measure).toEqual({
      ...TITLE,
      queries: 1,
      choices: 4,
      top: { '1': 0, '5': 1, '10': 1 },
      chance: { '1': 0.5, '5': 1, '10': 1 },
    });
    expect(measureRetrieval(TITLE, axes(2), axes(2), () => false)).toBeNull();
  });

  it('let a picture choose between two texts', () => {
    const pictures = [scoring(2, 1), scoring(1, 1), scoring(1, 2), scoring(5, 0)];
    const [first, second] = axes(2);
    const measure = measurePreference(TITLE, pictures, Array(4).fill(first), Array(4).fill(second));
    expect(measure).toEqual({ ...TITLE, queries: 4, choices: 2, top: { '1': 0.5 }, chance: { '1': 0.5 } });
  });
});

describe('names', () => {
  it('become captions with an article', () => {
    expect(['fox', 'owl', 'English setter', 'Abyssinian cat'].map(asCaption)).toEqual([
      'a fox',
      'an owl',
      'an English setter',
      'an Abyssinian cat',
    ]);
  });

  it('are found in a text as whole words', () => {
    expect(speaksOf('Two Foxes, a fox', 'fox')).toBe(true);
    expect(speaksOf('two foxes', 'fox')).toBe(false);
    expect(speaksOf('a sea-turtle', 'sea turtle')).toBe(true);
    expect(speaksOf('a turtle', 'sea turtle')).toBe(false);
  });
});

describe('committed measures', () => {
  const MEASURE: Measure = {
    ...TITLE,
    queries: 1000,
    choices: 2,
    top: { '1': 0.5 },
    overConcepts: { '1': 0.5 },
    concepts: 100,
    chance: { '1': 0.5 },
  };

  it('hold within the rounding of a processor', () => {
    expect(
      differences([MEASURE], [{ ...MEASURE, top: { '1': 0.504 }, overConcepts: { '1': 0.509 } }], true),
    ).toEqual([]);
  });

  it('differ by a share, a count, or a line', () => {
    const other = { ...MEASURE, top: { '1': 0.51 }, choices: 3 };
    expect(differences([MEASURE], [other], true)).toEqual([
      'all: names, choices: committed 2, measured 3',
      'all: names, top 1: committed 0.5, measured 0.51',
    ]);
    expect(differences([], [MEASURE], true)).toEqual(['all: names: not committed']);
    expect(differences([MEASURE], [], true)).toEqual(['all: names: committed, not measured']);
    expect(differences([MEASURE], [], false)).toEqual([]);
    expect(differences([MEASURE], [{ ...MEASURE, overConcepts: {} }], true)).toEqual([
      'all: names, mean of concepts 1: committed 0.5, measured undefined',
    ]);
  });

  it('go between the markers of a card', () => {
    const card = 'before\n\n<!-- photographs -->\n\nold\n\n<!-- end of photographs -->\nafter';
    expect(replaceBetween(card, 'photographs', '| new |')).toBe(
      'before\n\n<!-- photographs -->\n\n| new |\n\n<!-- end of photographs -->\nafter',
    );
    expect(replaceBetween(card, 'limits', '| new |')).toBe(card);
  });
});
