import type {
  KindFigures,
  KindReliability,
  OwnCalibrator,
} from '../../src/core/evaluation/kind-reliability.ts';
import type { Estimate } from '../../src/core/evaluation/resampled-estimate.ts';

/** Whether one calibrator serves every kind, a sentence or two for each that it does not fit, with what that costs. */
export function kindVerdicts({ kinds, together }: KindReliability): string[] {
  const misfits = kinds.filter(({ fits }) => !fits);
  if (misfits.length > 0) return misfits.map(misfit);
  const all = kinds.length === 1 ? `the only kind, ${kinds[0].kind}` : `all ${kinds.length} kinds`;
  const gain =
    together === null
      ? ''
      : ` A calibrator for each kind would have a log loss of ${fixed(together.own.logLoss.value)} in place of ${fixed(together.shared.logLoss.value)}: sharing one costs ${costInWords(together.cost)}.`;
  return [
    `One calibrator serves ${all}: no calibration error is beyond what chance gives at its number of pairs.${gain}`,
  ];
}

function misfit({ kind, pairs, ece, chance, logLoss, own }: KindFigures): string {
  return (
    `The calibrator does not fit ${kind}: over ${pairs} held-out pairs its calibration error is ${fixed(ece.value)}, ` +
    `and chance gives at most ${fixed(chance.high)}. ${ownInWords(own, logLoss)}`
  );
}

function ownInWords(own: OwnCalibrator | null, shared: Estimate): string {
  if (own === null) return 'There are too few pairs of this kind to fit a calibrator of its own.';
  return (
    `A calibrator of its own has an error of ${fixed(own.ece.value)}, and a log loss of ${fixed(own.logLoss.value)} in place of ` +
    `${fixed(shared.value)}: sharing one costs ${costInWords(own.cost)}.`
  );
}

/** "0.031 (95% interval 0.010 to 0.052)" */
function costInWords(cost: Estimate): string {
  const interval = `${fixed(cost.value)} (95% interval ${fixed(cost.low)} to ${fixed(cost.high)})`;
  return cost.low > 0 ? interval : `${interval}, which may be nothing`;
}

/** Three digits after the point, with a true minus sign. */
export function fixed(value: number): string {
  return value
    .toFixed(3)
    .replace(/^-(?=0\.000$)/, '')
    .replace('-', '−');
}
