import { auc } from './metrics.ts';
import type { Floats } from '../vector.ts';

/** Held-out matches against one kind of mismatch. */
export interface RocCurve {
  readonly auc: number;
  /** From (0, 0) to (1, 1), both ascending. */
  readonly points: readonly { readonly falsePositiveRate: number; readonly truePositiveRate: number }[];
}

/** More corners than a chart of 300 pixels can show. */
const MOST_POINTS = 400;

/**
 * The ROC curve by its corners, from (0, 0) to (1, 1), equal scores passing together, and the area under it. Of a long curve
 * every so many-th corner is kept; the area is that of the whole.
 * @param scores larger for a match, none NaN
 * @param labels 1 for a match, 0 for a mismatch; both must be present
 * O(n log n)
 * @throws RangeError for lists of different length or labels of one class
 */
export function rocCurve(scores: Floats, labels: Uint8Array): RocCurve {
  if (scores.length !== labels.length) {
    throw new RangeError(
      `expected one label a score, got ${scores.length} scores and ${labels.length} labels`,
    );
  }
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const negatives = labels.length - positives;
  if (positives === 0 || negatives === 0) {
    throw new RangeError(`expected matches and mismatches, got ${positives} and ${negatives}`);
  }
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const points = [{ falsePositiveRate: 0, truePositiveRate: 0 }];
  let passed = 0;
  order.forEach((index, place) => {
    passed += labels[index];
    // Scores that are equal have no threshold between them.
    if (place + 1 < order.length && scores[order[place + 1]] === scores[index]) return;
    points.push({
      falsePositiveRate: (place + 1 - passed) / negatives,
      truePositiveRate: passed / positives,
    });
  });
  return { auc: auc(scores, labels), points: thin(corners(points)) };
}

/** Along a straight run only its ends say something. */
function corners(points: RocCurve['points']): RocCurve['points'] {
  return points.filter((point, i) => {
    const before = points[i - 1];
    const after = points[i + 1];
    if (before === undefined || after === undefined) return true;
    const isRise =
      before.falsePositiveRate === point.falsePositiveRate &&
      after.falsePositiveRate === point.falsePositiveRate;
    const isRun =
      before.truePositiveRate === point.truePositiveRate && after.truePositiveRate === point.truePositiveRate;
    return !isRise && !isRun;
  });
}

function thin(points: RocCurve['points']): RocCurve['points'] {
  const step = Math.ceil((points.length - 1) / (MOST_POINTS - 1));
  return points.filter((_, i) => i % step === 0 || i === points.length - 1);
}
