import type { Decision } from '../../../../src/graphql/generated/api.ts';
import { type Failure, fromItemError } from '../../api/failure.ts';
import type { MatrixData, ThresholdsData } from '../../api/operations.ts';
import { unpackNumbers } from '../../api/packed-numbers.ts';
import { scoresDiffer } from '../../format-numbers.ts';
import type { CaptionLine } from '../../state/captions.ts';

/** What a matrix was asked for: its rows and columns. */
export interface MatrixInput {
  readonly pictureIds: readonly string[];
  readonly lines: readonly CaptionLine[];
}

export interface MatrixCell {
  readonly probability: number;
  readonly cosine: number;
  readonly score: number;
  /** Null where the answer came without thresholds. */
  readonly decision: Decision | null;
}

/** An answer by picture and caption, so that it can be shown while rows and columns change around it. */
export interface MatrixCells {
  readonly cell: (pictureId: string, line: CaptionLine) => MatrixCell | null;
  readonly pictureFailure: (pictureId: string) => Failure | null;
  readonly textFailure: (line: CaptionLine) => Failure | null;
  /** Unlike the pictures, or the captions, that the selection was calibrated on: nothing is decided of its cells. */
  readonly isPictureOutside: (pictureId: string) => boolean;
  readonly isTextOutside: (line: CaptionLine) => boolean;
  readonly answered: boolean;
  /** Some score is another number than its cosine, as they are shown. */
  readonly hasScores: boolean;
}

export const NO_CELLS: MatrixCells = {
  cell: () => null,
  pictureFailure: () => null,
  textFailure: () => null,
  isPictureOutside: () => false,
  isTextOutside: () => false,
  answered: false,
  hasScores: false,
};

/** As schema.graphql says of `imageDomain`: below it nothing should be decided. */
const OUTSIDE_SHARE = 0.01;

function isOutside(shares: readonly (number | null)[], index: number | undefined): boolean {
  const share = index === undefined ? null : (shares[index] ?? null);
  return share !== null && share < OUTSIDE_SHARE;
}

export function matrixCells(input: MatrixInput, { alignMatrix, selection }: MatrixData): MatrixCells {
  const { imageErrors, textErrors, imageDomain, textDomain } = alignMatrix;
  const probabilities = unpackNumbers(alignMatrix.probabilitiesPacked);
  const cosines = unpackNumbers(alignMatrix.cosinesPacked);
  const scores = unpackNumbers(alignMatrix.scoresPacked);
  const rows = new Map(input.pictureIds.map((id, row) => [id, row]));
  const columns = new Map(input.lines.map(({ id }, column) => [id, column]));
  // A line that was edited since is another caption: its old values are not shown under the new words.
  const columnOf = (line: CaptionLine): number | undefined => {
    const column = columns.get(line.id);
    return column !== undefined && input.lines[column].text === line.text ? column : undefined;
  };
  const errorAt = (errors: typeof imageErrors, index: number | undefined): Failure | null => {
    const found = errors.find((error) => error.index === index);
    return found ? fromItemError(found.error) : null;
  };
  return {
    answered: true,
    hasScores: scoresDiffer([...scores].map((score, at) => ({ score, cosine: cosines[at] }))),
    cell(pictureId, line) {
      const row = rows.get(pictureId);
      const column = columnOf(line);
      if (row === undefined || column === undefined) return null;
      const at = row * input.lines.length + column;
      const isUndecided = isOutside(imageDomain, row) || isOutside(textDomain, column);
      // NaN where the picture or the caption failed.
      return Number.isNaN(scores[at])
        ? null
        : {
            probability: probabilities[at],
            cosine: cosines[at],
            score: scores[at],
            decision:
              selection && (isUndecided ? 'UNCERTAIN' : decide(probabilities[at], selection.thresholds)),
          };
    },
    pictureFailure: (pictureId) => errorAt(imageErrors, rows.get(pictureId)),
    textFailure: (line) => errorAt(textErrors, columnOf(line)),
    isPictureOutside: (pictureId) => isOutside(imageDomain, rows.get(pictureId)),
    isTextOutside: (line) => isOutside(textDomain, columnOf(line)),
  };
}

/** As the API decides: at or above the one threshold, at or below the other. */
function decide(probability: number, { match, mismatch }: ThresholdsData): Decision {
  if (typeof match === 'number' && probability >= match) return 'MATCH';
  return typeof mismatch === 'number' && probability <= mismatch ? 'MISMATCH' : 'UNCERTAIN';
}

export const METRICS = ['probability', 'cosine', 'score'] as const;
export type Metric = (typeof METRICS)[number];

export const HEAT_STEPS = 7;

/**
 * The colour step of a value, 0 to HEAT_STEPS - 1.
 * @param range for probabilities [0, 1]; for cosine and score the least and most of the matrix
 */
export function heatStep(value: number, [low, high]: readonly [number, number]): number {
  if (high <= low) return 0;
  const share = (value - low) / (high - low);
  return Math.max(0, Math.min(HEAT_STEPS - 1, Math.floor(share * HEAT_STEPS)));
}
