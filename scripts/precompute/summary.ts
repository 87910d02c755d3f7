import { join } from 'node:path';
import { meanRecallAt1 } from '../../src/core/evaluation/mean-recall.ts';
import { kindLines } from './kind-lines.ts';
import { dataWarnings } from '../report/data-warnings.ts';
import type { PrecomputeReport } from '../report/report-data.ts';
import type { Verdict } from '../report/verdict.ts';
import { signed, signedNumber, sizeInWords } from '../report/report-words.ts';
import { bestFirst, chosenRow, mainRows } from '../report/strategy-rows.ts';

/** Named on the terminal beside the best strategy: the ceiling, the map to beat, what the origin chose, the floor. */
const NAMED: readonly string[] = ['full', 'pca', 'mutual-information', 'random'];

/**
 * Six plain lines, short enough for a terminal however much was compared: what was chosen, against what, by how much,
 * at what size, what to do, where the report is; of kinds of pairs, where the dataset names them, and of what else to know before, a few
 * more. Above them once more what is wrong with the data.
 */
export function summaryLines(report: PrecomputeReport, verdict: Verdict, out: string): string[] {
  const { strategy, k, dim, choice, calibration } = report;
  const row = chosenRow(report);
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
    ...dataWarnings(report.dataset).map((line) => `warning: ${line}`),
    ...sampleLine(report),
    `chosen: ${strategy} (${choice.requested === 'auto' ? 'by cross-validation' : 'asked for'}), ${sizeInWords(report)}${own}`,
    `against: ${others(report)}; ${fusions(report)}`,
    `by how much: ${random}; ${full}`,
    `size: ${report.stored === undefined ? (row?.bytes ?? 4 * k) : `${report.stored.bytes} (${storedInWords(report.stored)})`} bytes a vector against ${4 * dim}; probability with held-out ECE ${calibration.ece.toFixed(3)}, Brier ${calibration.brier.toFixed(3)}`,
    ...(report.kinds === undefined ? [] : kindLines(report.kinds)),
    `verdict: ${verdict.sentence} ${verdict.next}`,
    ...verdict.cautions.map((caution) => `but: ${caution}`),
    `report: ${join(out, 'report.html')}`,
  ];
}

/** What was judged on, where that is not all there is. */
function sampleLine({ sample, dataset, strategy }: PrecomputeReport): string[] {
  if (sample === undefined) return [];
  const fitted =
    sample.fittedOn === 'shards'
      ? `${strategy} is fitted on all of them`
      : `and so is ${strategy} fitted, which does not add up over shards`;
  return [`sample: judged on ${dataset.pairs} of ${sample.of} pairs; ${fitted}`];
}

/** "int4, mean recall@1 0.681" */
function storedInWords({ encoding, recallAt1 }: NonNullable<PrecomputeReport['stored']>): string {
  return `${encoding}, mean recall@1 ${recallAt1.mean.toFixed(3)} stored so`;
}

/** The best other strategy and the yardsticks at the selection's k, best first, and how many rows are left out. */
function others(report: PrecomputeReport): string {
  const rows = mainRows(report.rows).filter((row) => row.strategy !== report.strategy);
  const atK = bestFirst(
    rows.filter((row) => row.encoding === 'float32' && (row.strategy === 'full' || row.k === report.k)),
  );
  const best = atK.find((row) => !NAMED.includes(row.strategy));
  const named = atK.filter((row) => row === best || NAMED.includes(row.strategy));
  const left = rows.length - named.length;
  const list = named.map((row) => `${row.strategy} ${meanRecallAt1(row).mean.toFixed(3)}`);
  return [...list, ...(left === 0 ? [] : [`${left} more rows in the report`])].join(', ');
}

/** Which fusion is taken; of those tried, by how much each differs from identity; of none, why. */
function fusions({ fusionTrials, fusion }: PrecomputeReport): string {
  const tried = fusionTrials.flatMap(({ fusion: name, differenceToIdentity }) =>
    differenceToIdentity === null ? [] : [`${name} ${signedNumber(differenceToIdentity.mean)}`],
  );
  const [identity] = fusionTrials;
  return tried.length > 0
    ? `fusion ${fusion} (tried: ${tried.join(', ')})`
    : `fusion ${fusion}: ${identity.reason}`;
}
