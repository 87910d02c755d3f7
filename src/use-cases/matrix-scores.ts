import { probabilities } from '../core/calibration/calibration.ts';
import type { ProductKernels } from '../core/scoring/kernels/product-kernels.ts';
import { cosineMatrix, scoreMatrix } from '../core/scoring/score-matrix.ts';
import { projectEmbeddings } from '../core/scoring/scoring.ts';
import { AppError } from '../errors.ts';
import type { PublishedSelection } from '../storage/selection-store.ts';
import { assertFiniteScore, shareOf } from './pair-scores.ts';

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
  #cosines: Float64Array | undefined;
  #scores: Float64Array | undefined;
  #probabilities: Float64Array | undefined;

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

  /** Tail share of each image, null where it failed or the record does not tell; and so of the texts. */
  imageDomain(): (number | null)[] {
    const domain = this.selection.record.domain?.image;
    return this.images.map((image) => (image instanceof AppError ? null : shareOf(domain, image)));
  }

  textDomain(): (number | null)[] {
    const domain = this.selection.record.domain?.text;
    return this.texts.map((text) => (text instanceof AppError ? null : shareOf(domain, text)));
  }

  cosines(): Cells {
    return this.#toCells(this.#computeCosines());
  }

  /** @throws AppError STORAGE_FAILED as `scorePair` */
  scores(): Cells {
    return this.#toCells(this.#computeScores());
  }

  /** @throws AppError STORAGE_FAILED as `scorePair` */
  probabilities(): Cells {
    return this.#toCells(this.#computeProbabilities());
  }

  /** Row-major, shape [images, texts], NaN where an input failed; and so the other two. */
  cosinesPacked(): Float32Array {
    return this.#toPacked(this.#computeCosines());
  }

  /** @throws AppError STORAGE_FAILED as `scorePair` */
  scoresPacked(): Float32Array {
    return this.#toPacked(this.#computeScores());
  }

  /** @throws AppError STORAGE_FAILED as `scorePair` */
  probabilitiesPacked(): Float32Array {
    return this.#toPacked(this.#computeProbabilities());
  }

  #computeCosines(): Float64Array {
    return (this.#cosines ??= cosineMatrix(this.#givenImages, this.#givenTexts, this.#kernels));
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

  #computeProbabilities(): Float64Array {
    const { calibrator } = this.selection.record.model;
    return (this.#probabilities ??= probabilities(calibrator, this.#computeScores(), this.#baseRate));
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

  /** @param values as `#toCells` takes them */
  #toPacked(values: Float64Array): Float32Array {
    const rows = this.#givenImages.length;
    const columns = this.#givenTexts.length;
    if (rows === this.images.length && columns === this.texts.length) return new Float32Array(values);
    const packed = new Float32Array(this.images.length * this.texts.length).fill(NaN);
    let from = 0;
    this.images.forEach((image, row) => {
      if (image instanceof AppError) return;
      this.texts.forEach((text, column) => {
        if (!(text instanceof AppError)) packed[row * this.texts.length + column] = values[from++];
      });
    });
    return packed;
  }
}

function isGiven(outcome: Float32Array | AppError): outcome is Float32Array {
  return !(outcome instanceof AppError);
}
