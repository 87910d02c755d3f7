import { join } from 'node:path';
import { meanRecallAt1 } from '../report/comparison.ts';
import type { PrecomputeReport } from '../report/report-data.ts';
import { describeFusion, signed } from '../report/report-words.ts';
import { chosenRow } from '../report/strategy-rows.ts';

/** Five plain lines: what was chosen, against what, by how much, at what size, where the report is. */
export function summaryLines(report: PrecomputeReport, out: string): string[] {
  const { strategy, k, dim, choice, rows, calibration } = report;
  const row = chosenRow(report);
  const others = rows
    .filter((other) => other !== row && other.encoding === 'float32')
    .map(
      (other) =>
        `${other.strategy}${other.fusion === 'identity' ? '' : ` ${other.fusion}`} ${meanRecallAt1(other).mean.toFixed(3)}`,
    );
  const own = row === null ? '' : `, mean recall@1 ${meanRecallAt1(row).mean.toFixed(3)}`;
  const random =
    choice.overRandom === null
      ? 'random coordinates not compared'
      : `${signed(choice.overRandom)} against random coordinates`;
  const full =
    choice.belowFull === null
      ? 'full vectors not compared'
      : `${signed(choice.belowFull)} against full vectors`;
  return [
    `chosen: ${strategy} (${choice.requested === 'auto' ? 'by cross-validation' : 'asked for'}), ${k} of ${dim} coordinates${own}`,
    `against: ${others.join(', ')}; ${describeFusion(report.fusionTrials)}`,
    `by how much: ${random}; ${full}`,
    `size: ${row?.bytes ?? 4 * k} bytes a vector against ${4 * dim}; probability with held-out ECE ${calibration.ece.toFixed(3)}, Brier ${calibration.brier.toFixed(3)}`,
    `report: ${join(out, 'report.html')}`,
  ];
}
