import { meanRecallAt1 } from '../../../src/core/evaluation/mean-recall.ts';
import { uncertainShare } from '../../../src/core/evaluation/decision-counts.ts';
import { type Html, html } from '../html.ts';
import type { PrecomputeReport, ReportRow } from '../report-data.ts';
import { grouped, measured, percent } from '../report-words.ts';
import { chosenRow } from '../strategy-rows.ts';

type Entry = readonly [name: string, value: string];

/** What was made from what, and the figures that decide nothing: the second look. */
export function facts(report: PrecomputeReport): Html {
  const entries: Entry[] = [
    ['Centred', report.centred ? 'by the mean of each modality' : 'no: score = cosine'],
    ['Fusion', report.fusion],
    ...rowFacts(chosenRow(report), report.folds),
    ...stabilityFact(report),
    ['Brier score', report.calibration.brier.toFixed(3)],
    [
      'Left uncertain',
      `${percent(uncertainShare(report.calibration.decisions))} at precision ${report.calibration.targetPrecision}`,
    ],
    ['Pictures, captions', `${grouped(report.dataset.images)}, ${grouped(report.dataset.captions)}`],
    ...sampleFact(report),
    ['Folds, seed', `${report.folds}, ${report.seed}`],
  ];
  return html`<dl class="facts" aria-label="What was made">
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** Where not all pairs were judged. */
function sampleFact({ sample, dataset, strategy }: PrecomputeReport): Entry[] {
  if (sample === undefined) return [];
  const fitted = sample.fittedOn === 'shards' ? `; ${strategy} fitted on all` : '';
  return [['Sampled pairs', `${grouped(dataset.pairs)} of ${grouped(sample.of)}${fitted}`]];
}

function rowFacts(row: ReportRow | null, folds: number): Entry[] {
  if (row === null) return [];
  const { imageToText, textToImage } = row.recall;
  const recall = measured(meanRecallAt1(row));
  return [
    ['Mean recall@1', `${recall[0]} ±${recall[1]} over ${folds} folds`],
    ['Mean recall@10', ((imageToText['10'].mean + textToImage['10'].mean) / 2).toFixed(3)],
    ['AUC', `${measured(row.auc)[0]}, ${measured(row.aucHard)[0]} on nearest captions`],
  ];
}

/** Where no mask is chosen, there is no stability to show. */
function stabilityFact({ stability, strategy }: PrecomputeReport): Entry[] {
  if (stability.strategy !== strategy || stability.meanKuncheva === null) return [];
  return [['Stability', `Kuncheva’s index ${stability.meanKuncheva.toFixed(3)}, chance 0`]];
}
