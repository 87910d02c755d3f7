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
