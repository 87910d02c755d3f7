import type { AppError } from '../errors.ts';
import type { RequestDeadline } from './request-deadline.ts';
import type { RgbImage } from './images/resample.ts';

/**
 * How an encoder can say what each part of a picture adds to a score; those of `ExplainMethod` in schema.graphql that are computed
 * where the encoder runs.
 */
export const PATCH_METHODS = ['SHARES', 'MASKCLIP', 'GRAD_ECLIP', 'GRAD_CAM', 'OCCLUSION'] as const;

export type PatchMethod = (typeof PATCH_METHODS)[number];

/** What is asked about a picture. */
export interface PatchQuestion {
  /**
   * The score as a linear function of the picture's unit embedding, of length dim, finite: at this picture the score is
   * direction·embedding and a constant. Its norm is any; heat is in its units.
   */
  readonly direction: Float32Array;
  /** One of `PatchExplainer.methods`. */
  readonly method: PatchMethod;
}

/** What of an upright picture an encoder sees, in shares of its width and height: all in [0, 1]. */
export interface SeenPart {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A heat map of the part of a picture that the encoder sees. */
export interface PatchHeat {
  readonly method: PatchMethod;
  readonly rows: number;
  readonly columns: number;
  /** Row-major, top left first, rows x columns finite numbers: what lies there adds so much to the score, below 0 takes away. */
  readonly values: Float32Array;
  /** Where the grid lies on the picture. */
  readonly seen: SeenPart;
  /** What is seen, as people see it: for the overlay. The longer side has at most `PREVIEW_SIDE` pixels. */
  readonly preview: RgbImage;
}

/** Pixels of a preview's longer side at most. */
export const PREVIEW_SIDE = 336;

/** What an encoder has where it can tell which part of a picture made a score. */
export interface PatchExplainer {
  /** What it computes, the one that is best measured first: that one is `AUTO`. At least one. */
  readonly methods: readonly PatchMethod[];
  /**
   * The heat map of one picture, decoded and preprocessed as `encodeImages` does.
   * @returns the error of the picture (BAD_IMAGE, IMAGE_TOO_LARGE), as `encodeImages` gives it
   * @throws AppError (ENCODER_*) when the encoder fails
   */
  explainImage(
    image: Uint8Array,
    question: PatchQuestion,
    deadline?: RequestDeadline,
  ): Promise<PatchHeat | AppError>;
}
