import { probabilities } from '../core/calibration/calibration.ts';
import type { ProductKernels } from '../core/scoring/kernels/product-kernels.ts';
import { cosineMatrix, scoreMatrix } from '../core/scoring/score-matrix.ts';
import { projectEmbeddings } from '../core/scoring/scoring.ts';
import { AppError } from '../errors.ts';
import type { PublishedSelection } from '../storage/selection-store.ts';
import { assertFiniteScore } from './pair-scores.ts';

/** Unit vectors of the selection's dim, or why there is none. */
type Outcomes = readonly (Float32Array | AppError)[];

/** Numbers by image and text, null where an input failed: what a field of the matrix answers. */
type Cells = (number | null)[][];

/** What the fields of AlignmentMatrix answer, each computed only when it is asked for. */
export class MatrixScores {
  readonly selection: PublishedSelection;
  readonly images: Outcomes;
  readonly texts: Outcomes;
  readonly #baseRate: number | undefined;
  readonly #givenImages: readonly Float32Array[];
  readonly #givenTexts: readonly Float32Array[];
  readonly #kernels: ProductKernels | null;
  #scores: Float64Array | undefined;

  /**
   * @param baseRate in (0, 1), checked; undefined is the calibrated one
   * @param kernels null for plain code
   */
  constructor(
    selection: PublishedSelection,
    images: Outcomes,
    texts: Outcomes,
    baseRate: number | undefined,
    kernels: ProductKernels | null,
  ) {
    this.selection = selection;
    this.images = images;
    this.texts = texts;
    this.#baseRate = baseRate;
    this.#kernels = kernels;
    this.#givenImages = images.filter(isGiven);
    this.#givenTexts = texts.filter(isGiven);
  }

  cosines(): Cells {
    return this.#toCells(cosineMatrix(this.#givenImages, this.#givenTexts, this.#kernels));
  }

  /** @throws AppError STORAGE_FAILED as `scorePair` */
  scores(): Cells {
    return this.#toCells(this.#computeScores());
  }

  /** @throws AppError STORAGE_FAILED as `scorePair` */
  probabilities(): Cells {
    const { calibrator } = this.selection.record.model;
    return this.#toCells(probabilities(calibrator, this.#computeScores(), this.#baseRate));
  }

  #computeScores(): Float64Array {
    if (this.#scores) return this.#scores;
    const { id, record } = this.selection;
    const scores = scoreMatrix(
      record.model,
      projectEmbeddings(record.model, 'image', this.#givenImages),
      projectEmbeddings(record.model, 'text', this.#givenTexts),
      this.#kernels,
    );
    for (const score of scores) assertFiniteScore(id, score);
    this.#scores = scores;
    return scores;
  }

  /** @param values row-major, of the images and texts that were given an embedding */
  #toCells(values: Float64Array): Cells {
    let at = 0;
    return this.images.map((image) => {
      const row = new Array<number | null>(this.texts.length).fill(null);
      if (image instanceof AppError) return row;
      for (let column = 0; column < row.length; column++) {
        if (!(this.texts[column] instanceof AppError)) row[column] = values[at++];
      }
      return row;
    });
  }
}

function isGiven(outcome: Float32Array | AppError): outcome is Float32Array {
  return !(outcome instanceof AppError);
}
