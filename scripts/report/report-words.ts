import { meanRecallAt1 } from './comparison.ts';
import type { MeanAndDeviation, PairedDifference } from '../../src/core/paired-difference.ts';
import type { PrecomputeReport, ReportRow } from './report-data.ts';

/** The row of the selection itself, or null when the comparison holds none. */
export function chosenRow({ rows, strategy, k, fusion }: PrecomputeReport): ReportRow | null {
  const isChosen = (row: ReportRow): boolean =>
    row.strategy === strategy && row.k === k && row.encoding === 'float32' && row.fusion === fusion;
  return rows.find(isChosen) ?? null;
}

/** One or two sentences: what was chosen, and what it costs and gains beside full vectors and chance. */
export function headline(report: PrecomputeReport): string {
  const row = chosenRow(report);
  const { overRandom, belowFull, requested } = report.choice;
  const how = requested === 'auto' ? 'chosen by cross-validation' : 'asked for';
  const recall = row === null ? '' : ` reaches a mean recall@1 of ${meanRecallAt1(row).mean.toFixed(3)}`;
  const random = overRandom === null ? '' : `, ${signed(overRandom)} against random coordinates`;
  const full = belowFull === null ? '' : ` and ${signed(belowFull)} against full vectors`;
  return `${report.strategy} (${how}) with ${report.k} of ${report.dim} coordinates${recall}${random}${full}.`;
}

/** What was tried for the fusion, and why it was taken or left. */
export function describeFusion(trial: PrecomputeReport['fusionTrial']): string {
  const { identityRecallAt1, weightedRecallAt1, difference, reason } = trial;
  if (identityRecallAt1 === null || weightedRecallAt1 === null || difference === null) return reason;
  const [identity] = measured(identityRecallAt1);
  const [weighted] = measured(weightedRecallAt1);
  return `${reason} Mean recall@1: identity ${identity}, weighted ${weighted}, difference ${signed(difference)}.`;
}

/** "+0.021 (standard error 0.006)" */
export function signed({ mean, standardError }: PairedDifference): string {
  return `${mean < 0 ? '−' : '+'}${Math.abs(mean).toFixed(3)} (standard error ${standardError.toFixed(3)})`;
}

/** Mean and standard deviation as both are printed. */
export function measured({ mean, sd }: MeanAndDeviation): [string, string] {
  return [mean.toFixed(3), sd.toFixed(3)];
}

type Calibration = PrecomputeReport['calibration'];

/** The score at which the calibrator gives a probability; infinite for 0 and 1, which no score reaches. */
export function scoreAt(
  { slope, intercept }: Pick<Calibration, 'slope' | 'intercept'>,
  probability: number,
): number {
  return (Math.log(probability / (1 - probability)) - intercept) / slope;
}

/** When a pair is a match or a mismatch, in probability and score; says so where a side is closed. */
export function describeThresholds(fit: Calibration): string {
  const at = (probability: number): string =>
    `${probability.toFixed(3)} (score ${scoreAt(fit, probability).toFixed(3)})`;
  const precision = `precision ${fit.targetPrecision}`;
  const match =
    fit.matchThreshold < 1
      ? `A pair is a match at probability ${at(fit.matchThreshold)} or above.`
      : `No pair is called a match: no threshold of 0.5 or more reaches ${precision}.`;
  const mismatch =
    fit.mismatchThreshold > 0
      ? `It is a mismatch at ${at(fit.mismatchThreshold)} or below.`
      : `No pair is called a mismatch: no threshold below 0.5 reaches ${precision}.`;
  return `${match} ${mismatch} All others are uncertain. Thresholds aim at ${precision} on held-out pairs.`;
}
