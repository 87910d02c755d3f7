import type { Calibrator, Decision, DecisionEvidence, Evidence } from '../scoring/selection-model.ts';
import { logit, sigmoid } from './log-odds.ts';

/** Probabilities from which a pair is called a match, and up to which it is called a mismatch; 1 and 0 close a side. */
export type DecisionThresholds = Pick<Calibrator, 'matchThreshold' | 'mismatchThreshold'>;

/** The largest probability that is not yet one half: a match is at least as likely as not, a mismatch less so. */
const BELOW_HALF = 0.5 - Number.EPSILON / 4;

/**
 * The thresholds at a base rate, as probabilities there. By Bayes' rule a call is right with log-odds of at least evidence +
 * logit(base rate), or − logit(base rate) for a mismatch; each side takes the least sure threshold at which these come to the
 * precision aimed at, and is closed where none does. Records made before evidence was stored keep their thresholds at every base
 * rate.
 * @param baseRate in (0, 1)
 * @throws RangeError for a base rate outside (0, 1)
 */
export function thresholdsAt(calibrator: Calibrator, baseRate = calibrator.baseRate): DecisionThresholds {
  const { evidence } = calibrator;
  if (evidence === undefined || baseRate === calibrator.baseRate) return calibrator;
  return thresholdsFrom({ ...calibrator, evidence }, baseRate);
}

/** As `thresholdsAt`, by evidence alone. */
export function thresholdsFrom(
  { evidence, baseRate: own }: Pick<Calibrator, 'baseRate'> & { readonly evidence: DecisionEvidence },
  baseRate: number,
): DecisionThresholds {
  const rate = logit(baseRate);
  // Added as `probability` adds it, so that a pair at the threshold stays at it.
  const shift = rate - logit(own);
  const aim = evidence.precision < 1 ? logit(evidence.precision) : Infinity;
  const match = leastSure(evidence.match, aim - rate);
  const mismatch = leastSure(evidence.mismatch, aim + rate);
  const moved = (threshold: number): number => sigmoid(logit(threshold) + shift);
  return {
    matchThreshold: match === null ? 1 : Math.max(0.5, moved(match)),
    mismatchThreshold: mismatch === null ? 0 : Math.min(BELOW_HALF, moved(mismatch)),
  };
}

function leastSure({ thresholds, logRatios }: Evidence, required: number): number | null {
  const at = logRatios.findIndex((logRatio) => logRatio >= required);
  return at < 0 ? null : thresholds[at];
}

/**
 * MATCH at or above `matchThreshold`, MISMATCH at or below `mismatchThreshold`, UNCERTAIN between. A closed side decides
 * nothing, whatever a probability is rounded to.
 */
export function decide(
  { matchThreshold, mismatchThreshold }: DecisionThresholds,
  probabilityOfMatch: number,
): Decision {
  if (probabilityOfMatch >= matchThreshold && matchThreshold < 1) return 'MATCH';
  if (probabilityOfMatch <= mismatchThreshold && mismatchThreshold > 0) return 'MISMATCH';
  return 'UNCERTAIN';
}
