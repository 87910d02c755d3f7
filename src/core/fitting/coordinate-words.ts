import { isSpaceless, wordSpans } from '../text/words.ts';
import { columnMeans, dot, gatherRows, normalizeRows } from '../vector.ts';
import type { UncalibratedModel } from '../scoring/selection-model.ts';
import { nonNegativeLasso } from './non-negative-lasso.ts';

/** Words and where each stands among texts. */
export interface Vocabulary {
  readonly words: readonly string[];
  /** Row-major, shape [words, dim]: unit vectors less what all texts have in common. */
  readonly vectors: Float32Array;
}

/** A vocabulary of more words takes the most frequent. */
const MOST_VOCABULARY = 4000;
/** A word of so many captions is in the vocabulary, unless that leaves too few. */
const OFTEN = 2;
const ENOUGH_WORDS = 200;
const LETTER_FIRST = /^\p{L}/u;
/** English words that say nothing of a picture. */
const EMPTY = new Set(
  'a an the of in on at by to from with without and or is are was be its it this that these those for as up out over under into near next some there has have his her their one two'.split(
    ' ',
  ),
);

/**
 * Words of captions, each standing where the captions with it stand on the average: from embeddings alone, no encoder is asked.
 * @param captions at least one; texts without a word count for none
 * @param embeddings unit vectors, row-major, shape [captions, dim]
 */
export function vocabularyOf(
  captions: readonly (string | null)[],
  embeddings: Float32Array,
  dim: number,
): Vocabulary {
  const rows = new Map<string, number[]>();
  captions.forEach((caption, row) => {
    for (const word of new Set(wordsOf(caption ?? ''))) {
      const known = rows.get(word);
      if (known === undefined) rows.set(word, [row]);
      else known.push(row);
    }
  });
  const often = [...rows].filter(([, of]) => of.length >= OFTEN);
  const chosen = (often.length >= ENOUGH_WORDS ? often : [...rows])
    .sort(([a, ofA], [b, ofB]) => ofB.length - ofA.length || (a < b ? -1 : 1))
    .slice(0, MOST_VOCABULARY);
  const mean = columnMeans(embeddings, dim);
  const vectors = new Float32Array(chosen.length * dim);
  chosen.forEach(([, of], word) => {
    for (const row of of) {
      for (let i = 0; i < dim; i++)
        vectors[word * dim + i] += (embeddings[row * dim + i] - mean[i]) / of.length;
    }
  });
  return withDirection(
    chosen.map(([word]) => word),
    vectors,
    dim,
  );
}

/**
 * Words and phrases that somebody chose, each standing where the encoder puts it, less what all of them have in common.
 * @param words different
 * @param embeddings unit vectors, row-major, shape [words, dim]
 */
export function vocabularyOfWords(
  words: readonly string[],
  embeddings: Float32Array,
  dim: number,
): Vocabulary {
  const mean = columnMeans(embeddings, dim);
  return withDirection(
    words,
    embeddings.map((value, i) => value - mean[i % dim]),
    dim,
  );
}

/** Those that are not where all are. */
function withDirection(words: readonly string[], vectors: Float32Array, dim: number): Vocabulary {
  const kept = [...words.keys()].filter((word) => hasDirection(vectors, word * dim, dim));
  const whole = gatherRows(vectors, dim, kept);
  normalizeRows(whole, dim);
  return { words: kept.map((word) => words[word]), vectors: whole };
}

/** Both ends of a coordinate. */
export interface CoordinateWords {
  readonly high: readonly string[];
  readonly low: readonly string[];
}

/** Words of an end at most. */
const MOST_WORDS = 6;
/** How much of the strongest word's weight is taken off every word: less until there are enough. */
const PENALTIES = [0.7, 0.5, 0.35, 0.25];
/** Words that are candidates: those that lie nearest to the direction. */
const NEAR_WORDS = 64;

/**
 * What both ends of each kept coordinate stand for: the direction in which texts are measured by it, and the opposite one, as a sparse
 * sum of words, none of them taken away. Source: Bhalla et al. 2024 (SpLiCE, arXiv 2402.10376), with words in place of single tokens.
 * @returns one a coordinate, words by weight
 */
export function coordinateWords(model: UncalibratedModel, vocabulary: Vocabulary): CoordinateWords[] {
  return Array.from({ length: model.k }, (_, i) => {
    const direction = textDirection(model, i);
    return {
      high: decompose(direction, vocabulary),
      low: decompose(
        direction.map((value) => -value),
        vocabulary,
      ),
    };
  });
}

/** Unit length, dim numbers. */
function textDirection({ dim, projection }: UncalibratedModel, i: number): Float64Array {
  const direction = new Float64Array(dim);
  if (projection.kind === 'full') direction[i] = 1;
  else if (projection.kind === 'mask') direction[projection.indices[i]] = 1;
  else {
    const matrix = projection.kind === 'map' ? projection.matrix : projection.text;
    direction.set(matrix.subarray(i * dim, (i + 1) * dim));
    if (hasDirection(direction, 0, dim)) normalizeRows(direction, dim);
  }
  return direction;
}

function decompose(target: Float64Array, { words, vectors }: Vocabulary): string[] {
  const dim = target.length;
  const products = words.map((_, word) => dot(vectors, word * dim, target, 0, dim));
  const near = words
    .map((_, word) => word)
    .filter((word) => products[word] > 0)
    .sort((a, b) => products[b] - products[a])
    .slice(0, NEAR_WORDS);
  if (near.length === 0) return [];
  const dictionary = gatherRows(vectors, dim, near);
  let found: { readonly word: string; readonly weight: number }[] = [];
  for (const share of PENALTIES) {
    const weights = nonNegativeLasso(dictionary, target, (share * products[near[0]]) / dim);
    found = near
      .map((word, i) => ({ word: words[word], weight: weights[i] }))
      .filter(({ weight }) => weight > 0);
    if (found.length >= MOST_WORDS) break;
  }
  return found
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MOST_WORDS)
    .map(({ word }) => word);
}

function hasDirection(vector: Float32Array | Float64Array, at: number, dim: number): boolean {
  return dot(vector, at, vector, at, dim) > 0;
}

function wordsOf(caption: string): string[] {
  const text = caption.toLowerCase();
  return wordSpans(text)
    .map(({ from, to }) => text.slice(from, to))
    .filter((word) => isName(word) && !EMPTY.has(word));
}

/** Beginning with a letter, of two characters at least where a script's words are longer than one. */
function isName(word: string): boolean {
  return LETTER_FIRST.test(word) && ([...word].length > 1 || isSpaceless(word));
}
