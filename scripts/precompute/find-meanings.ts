import { type Vocabulary, coordinateWords, vocabularyOf } from '../../src/core/fitting/coordinate-words.ts';
import { keepCoordinates } from '../../src/core/scoring/scoring.ts';
import type { UncalibratedModel } from '../../src/core/scoring/selection-model.ts';
import { shorten } from '../../src/errors.ts';
import type { CoordinateMeanings, MeaningExample } from '../../src/format/coordinate-meanings.ts';
import type { PairedEmbeddings } from '../../src/dataset/paired-embeddings.ts';

/** Pictures that show an end of a coordinate. */
const EXAMPLES = 3;
const MOST_CAPTION_CHARACTERS = 100;

/**
 * What the kept coordinates stand for, as far as this set shows: words, and the pictures farthest out.
 * @param chosen words to tell it in; null: those of its captions
 * @returns null where the set has no captions but only their embeddings
 */
export function findMeanings(
  model: UncalibratedModel,
  pairs: PairedEmbeddings,
  chosen: Vocabulary | null,
): CoordinateMeanings | null {
  const { dim, imageEmbeddings, textEmbeddings, imageRows, textRows, origins } = pairs;
  if (!origins.captions.some((caption) => caption !== null)) return null;
  const vocabulary = chosen ?? vocabularyOf(origins.captions, textEmbeddings, dim);
  const captionOf = new Map<number, string>();
  imageRows.forEach((row, i) => {
    const caption = origins.captions[textRows[i]];
    if (caption !== null && !captionOf.has(row)) captionOf.set(row, caption);
  });
  const exampleOf = (row: number): MeaningExample => ({
    caption: shorten(captionOf.get(row) ?? '', MOST_CAPTION_CHARACTERS),
    picture: origins.pictures[row]?.name.replace(/^.*[\\/]/, '') ?? null,
  });
  const ends = Array.from({ length: model.k }, () => ({ high: new Farthest(), low: new Farthest() }));
  // Row by row: what is kept of all pictures together would be as large as their embeddings twice over.
  for (const row of captionOf.keys()) {
    const kept = keepCoordinates(model, 'image', imageEmbeddings.subarray(row * dim, (row + 1) * dim));
    ends.forEach(({ high, low }, i) => {
      high.add(row, kept[i]);
      low.add(row, -kept[i]);
    });
  }
  return {
    coordinates: coordinateWords(model, vocabulary).map(({ high, low }, i) => ({
      high: { words: high, examples: ends[i].high.rows.map(exampleOf) },
      low: { words: low, examples: ends[i].low.rows.map(exampleOf) },
    })),
  };
}

/** The rows with the largest numbers of those that were added, the largest first; ties in the order of adding. */
class Farthest {
  readonly #best: { readonly row: number; readonly value: number }[] = [];

  get rows(): number[] {
    return this.#best.map(({ row }) => row);
  }

  add(row: number, value: number): void {
    const isFull = this.#best.length === EXAMPLES;
    // Of most.
    if (isFull && value <= this.#best[EXAMPLES - 1].value) return;
    if (isFull) this.#best.pop();
    const behind = this.#best.findIndex((known) => value > known.value);
    this.#best.splice(behind < 0 ? this.#best.length : behind, 0, { row, value });
  }
}
