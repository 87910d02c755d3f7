import type { Floats } from '../../vector.ts';

/** What a two-class logistic regression is fitted on. */
export interface BinaryInput {
  readonly features: Floats;
  /** 1 for the larger of the two labels, 0 for the smaller; length count. */
  readonly targets: Uint8Array;
  readonly count: number;
  readonly dim: number;
}

/**
 * Check a labelled matrix for a two-class fit. The larger label is the positive class, as scikit-learn sorts them.
 * @param features row-major, shape [count, dim]
 * @param labels any two whole numbers, one a row
 * @throws RangeError for wrong lengths, a NaN or Infinity among the features, or labels of one class or more than two
 */
export function binaryInput(
  features: Floats,
  labels: ArrayLike<number>,
  { count, dim }: { readonly count: number; readonly dim: number },
): BinaryInput {
  if (!Number.isInteger(dim) || dim < 1) throw new RangeError(`expected at least 1 feature, got ${dim}`);
  if (features.length !== count * dim || labels.length !== count) {
    throw new RangeError(
      `expected ${count}×${dim} features and ${count} labels, got ${features.length} and ${labels.length}`,
    );
  }
  assertFinite(features, dim);
  const positive = largerClass(labels);
  return { features, targets: Uint8Array.from(labels, (label) => (label === positive ? 1 : 0)), count, dim };
}

function assertFinite(features: Floats, dim: number): void {
  // 0 times anything finite is 0: one sum tells, and only where it does not, each element is looked at.
  let sum = 0;
  for (let at = 0; at < features.length; at++) sum += 0 * features[at];
  if (sum === 0) return;
  for (let at = 0; at < features.length; at++) {
    if (Number.isFinite(features[at])) continue;
    throw new RangeError(
      `expected finite features, got ${features[at]} in row ${Math.floor(at / dim)}, column ${at % dim}`,
    );
  }
}

function largerClass(labels: ArrayLike<number>): number {
  const classes = new Set<number>();
  for (let row = 0; row < labels.length; row++) classes.add(labels[row]);
  const sorted = [...classes].sort((a, b) => a - b);
  if (sorted.length !== 2) {
    const shown = sorted.slice(0, 10).join(', ') + (sorted.length > 10 ? ', …' : '');
    throw new RangeError(
      `expected labels of 2 classes for a logistic regression, got ${sorted.length}${shown === '' ? '' : `: ${shown}`}`,
    );
  }
  return sorted[1];
}
