import { coordinateWords, vocabularyOf } from '../../src/core/fitting/coordinate-words.ts';
import { keepCoordinates } from '../../src/core/scoring/scoring.ts';
import type { UncalibratedModel } from '../../src/core/scoring/selection-model.ts';
import { shorten } from '../../src/errors.ts';
import type { CoordinateMeanings, MeaningExample } from '../../src/format/coordinate-meanings.ts';
import type { PairedEmbeddings } from '../dataset/paired-embeddings.ts';

/** Pictures that show an end of a coordinate. */
const EXAMPLES = 3;
const MOST_CAPTION_CHARACTERS = 100;

/**
 * What the kept coordinates stand for, as far as this set shows: words of its captions, and the pictures farthest out.
 * @returns null where the set has no captions but only their embeddings
 */
export function findMeanings(model: UncalibratedModel, pairs: PairedEmbeddings): CoordinateMeanings | null {
  const { dim, imageEmbeddings, textEmbeddings, imageRows, textRows, origins } = pairs;
  if (!origins.captions.some((caption) => caption !== null)) return null;
  const vocabulary = vocabularyOf(origins.captions, textEmbeddings, dim);
  const captionOf = new Map<number, string>();
  imageRows.forEach((row, i) => {
    const caption = origins.captions[textRows[i]];
    if (caption !== null && !captionOf.has(row)) captionOf.set(row, caption);
  });
  const shown = [...captionOf].map(([row, caption]) => ({
    kept: keepCoordinates(model, 'image', imageEmbeddings.subarray(row * dim, (row + 1) * dim)),
    example: {
      caption: shorten(caption, MOST_CAPTION_CHARACTERS),
      picture: origins.pictures[row]?.name.replace(/^.*[\\/]/, '') ?? null,
    },
  }));
  const farthest = (i: number, sign: number): MeaningExample[] =>
    shown
      .toSorted((a, b) => sign * (b.kept[i] - a.kept[i]))
      .slice(0, EXAMPLES)
      .map(({ example }) => example);
  return {
    coordinates: coordinateWords(model, vocabulary).map(({ high, low }, i) => ({
      high: { words: high, examples: farthest(i, 1) },
      low: { words: low, examples: farthest(i, -1) },
    })),
  };
}
