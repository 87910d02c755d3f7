import { meanRecallAt1 } from '../../src/core/evaluation/mean-recall.ts';
import type { MeanAndDeviation, PairedDifference } from '../../src/core/evaluation/paired-difference.ts';
import type { PrecomputeReport } from './report-data.ts';
import { chosenRow } from './strategy-rows.ts';

/** One or two sentences: what was chosen, and what it costs and gains beside full vectors and chance. */
export function headline(report: PrecomputeReport): string {
  const row = chosenRow(report);
  const { overRandom, belowFull, requested } = report.choice;
  const how = requested === 'auto' ? 'chosen by cross-validation' : 'asked for';
  const recall = row === null ? '' : ` reaches a mean recall@1 of ${meanRecallAt1(row).mean.toFixed(3)}`;
  const random = overRandom === null ? '' : `, ${signed(overRandom)} against random coordinates`;
  const full = belowFull === null ? '' : ` and ${signed(belowFull)} against full vectors`;
  return `${report.strategy} (${how}) with ${sizeInWords(report)}${recall}${random}${full}.`;
}

/** Maps make new coordinates out of all; masks keep some; full keeps all. */
export function isMap({ strategy, relevance }: PrecomputeReport): boolean {
  return relevance.kept === null && strategy !== 'full';
}

/** "50 of 512 coordinates", "512 coordinates mapped to 50", "all 512 coordinates" */
export function sizeInWords(report: PrecomputeReport): string {
  const { k, dim, strategy } = report;
  if (strategy === 'full') return `all ${dim} coordinates`;
  return isMap(report) ? `${dim} coordinates mapped to ${k}` : `${k} of ${dim} coordinates`;
}

/** "+0.021 (standard error 0.006)" */
export function signed({ mean, standardError }: PairedDifference): string {
  return `${signedNumber(mean)} (standard error ${standardError.toFixed(3)})`;
}

/** "+0.021" or "−0.021", with a true minus sign. */
export function signedNumber(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}

/** Mean and standard deviation as both are printed. */
export function measured({ mean, sd }: MeanAndDeviation): [string, string] {
  return [mean.toFixed(3), sd.toFixed(3)];
}

/** When a pair is a match or a mismatch, in probability, and in score where one divides; says so where a side is closed. */
export function describeThresholds(fit: PrecomputeReport['calibration']): string {
  const at = (probability: number, score: number | null): string =>
    `${probability.toFixed(3)}${score === null ? '' : ` (score ${score.toFixed(3).replace('-', '−')})`}`;
  const precision = `precision ${fit.targetPrecision}`;
  const match =
    fit.matchThreshold < 1
      ? `A pair is a match at probability ${at(fit.matchThreshold, fit.matchScore)} or above.`
      : `No pair is called a match: these pairs cannot show that any threshold of 0.5 or more reaches ${precision}.`;
  const mismatch =
    fit.mismatchThreshold > 0
      ? `It is a mismatch at ${at(fit.mismatchThreshold, fit.mismatchScore)} or below.`
      : `No pair is called a mismatch: these pairs cannot show that any threshold below 0.5 reaches ${precision}.`;
  return `${match} ${mismatch} All others are uncertain. Thresholds are where ${precision} is shown at a base rate of ${fit.baseRate}, as far as so many pairs can show it: for a match by bounds at 95% confidence, for a mismatch, which hangs on few matches, by bounds at 80%.`;
}

/** "12 %" with a space that does not break; "under 1 %" and "over 99 %" at the ends, so that nothing is said to be certain. */
export function percent(share: number): string {
  const whole = Math.round(100 * share);
  if (share > 0 && whole < 1) return 'under 1\u00a0%';
  if (share < 1 && whole > 99) return 'over 99\u00a0%';
  return `${whole}\u00a0%`;
}

/** "1,200" */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
