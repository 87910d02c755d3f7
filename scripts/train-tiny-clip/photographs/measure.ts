import {
  chanceShares,
  CUTS,
  innerProduct,
  ranksOf,
  type Shares,
  sharesOverGroups,
  sharesWithin,
} from './ranking.ts';

/** One line of the report: how often the right choice of several came first, or among the first. */
export interface Measure {
  /** Which pictures. */
  readonly split: string;
  /** What is looked for, and among what. */
  readonly task: string;
  readonly queries: number;
  readonly choices: number;
  readonly top: Shares;
  /** The mean over concepts, where the queries have any. */
  readonly overConcepts?: Shares;
  readonly concepts?: number;
  readonly chance: Shares;
}

interface Title {
  readonly split: string;
  readonly task: string;
}

/** What is known under a name, with its vector. */
export interface Named {
  readonly name: string;
  readonly embedding: Float32Array;
}

const TOP_CUTS = [1, 5] as const;

/**
 * Pictures ask for their name.
 * @param names unique, each picture's own among them
 * @throws RangeError when a picture's name is not there
 */
export function measureNames(title: Title, pictures: readonly Named[], names: readonly Named[]): Measure {
  const ranks = ranksOf(
    embeddingsOf(pictures),
    embeddingsOf(names),
    (p, n) => pictures[p].name === names[n].name,
  );
  const concepts = pictures.map(({ name }) => name);
  return {
    ...title,
    queries: pictures.length,
    choices: names.length,
    top: sharesWithin(ranks, TOP_CUTS),
    overConcepts: sharesOverGroups(ranks, concepts, TOP_CUTS),
    concepts: new Set(concepts).size,
    chance: chanceShares([1], names.length, TOP_CUTS),
  };
}

/**
 * Queries ask for any of their right choices; a query that has none is left out.
 * @returns null when no query has one
 */
export function measureRetrieval(
  title: Title,
  queries: readonly Float32Array[],
  choices: readonly Float32Array[],
  isRight: (query: number, choice: number) => boolean,
): Measure | null {
  const rights = queries.map((_, q) => choices.filter((_choice, c) => isRight(q, c)).length);
  const asked = [...queries.keys()].filter((q) => rights[q] > 0);
  if (asked.length === 0) return null;
  const ranks = ranksOf(
    asked.map((q) => queries[q]),
    choices,
    (i, c) => isRight(asked[i], c),
  );
  return {
    ...title,
    queries: asked.length,
    choices: choices.length,
    top: sharesWithin(ranks, CUTS),
    chance: chanceShares(
      asked.map((q) => rights[q]),
      choices.length,
      CUTS,
    ),
  };
}

/** Each picture chooses between a right and a wrong text. Equal scores count against. */
export function measurePreference(
  title: Title,
  pictures: readonly Float32Array[],
  right: readonly Float32Array[],
  wrong: readonly Float32Array[],
): Measure {
  const ranks = pictures.map((picture, i) =>
    innerProduct(picture, right[i]) > innerProduct(picture, wrong[i]) ? 0 : 1,
  );
  return {
    ...title,
    queries: pictures.length,
    choices: 2,
    top: sharesWithin(ranks, [1]),
    chance: chanceShares([1], 2, [1]),
  };
}

export function embeddingsOf(named: readonly Named[]): Float32Array[] {
  return named.map(({ embedding }) => embedding);
}
