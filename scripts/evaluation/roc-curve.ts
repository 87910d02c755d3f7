import { auc } from '../../src/core/evaluation/metrics.ts';
import type { Floats } from '../../src/core/vector.ts';
import type { RocCurve } from '../report/report-data.ts';

/** Enough for a picture. */
const MAX_POINTS = 200;

/**
 * The ROC curve, thinned to at most 200 points; the area is that of the whole curve.
 * @param labels 1 for a match, 0 for a mismatch; both present
 */
export function rocCurve(scores: Float64Array, labels: Uint8Array): RocCurve {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const matches = labels.reduce((sum, label) => sum + label, 0);
  const mismatches = labels.length - matches;
  const points = [{ falsePositiveRate: 0, truePositiveRate: 0 }];
  let hits = 0;
  order.forEach((pair, i) => {
    hits += labels[pair];
    // Equal scores pass a threshold together.
    if (i + 1 < order.length && scores[order[i + 1]] === scores[pair]) return;
    points.push({ falsePositiveRate: (i + 1 - hits) / mismatches, truePositiveRate: hits / matches });
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
