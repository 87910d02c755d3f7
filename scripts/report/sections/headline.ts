import { meanRecallAt1 } from '../../../src/core/evaluation/mean-recall.ts';
import { uncertainShare } from '../../../src/core/evaluation/decision-counts.ts';
import { type Html, html } from '../html.ts';
import type { PrecomputeReport, ReportRow } from '../report-data.ts';
import { measured, signedNumber, sizeInWords } from '../report-words.ts';
import { chosenRow } from '../strategy-rows.ts';

interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

/** The figures that a reader comes for, before any chart. */
export function headlineFigures(report: PrecomputeReport): Html {
  return html`<dl class="figures">
    ${[...recallFigures(report), ...sizeAndCertainty(report)].map(
      ({ name, value, note }) =>
        html`<div>
          <dt>${name}</dt>
          <dd><span class="value">${value}</span> <span class="note">${note}</span></dd>
        </div>`,
    )}
  </dl>`;
}

function recallFigures(report: PrecomputeReport): Figure[] {
  const row = chosenRow(report);
  const { overRandom, belowFull } = report.choice;
  const difference = (name: string, value: typeof overRandom): Figure[] =>
    value === null
      ? []
      : [{ name, value: signedNumber(value.mean), note: `standard error ${value.standardError.toFixed(3)}` }];
  return [
    ...(row === null
      ? []
      : [
          {
            name: 'Mean recall@1',
            value: measured(meanRecallAt1(row))[0],
            note: `±${measured(meanRecallAt1(row))[1]} over ${report.folds} folds`,
          },
        ]),
    ...difference('Against random', overRandom),
    ...difference('Against full', belowFull),
  ];
}

function sizeAndCertainty(report: PrecomputeReport): Figure[] {
  const row = chosenRow(report);
  const { calibration, dim, k, stability, strategy } = report;
  const bytes = row?.bytes ?? 4 * k;
  const kuncheva = stability.strategy === strategy ? stability.meanKuncheva : null;
  const share = (100 * bytes) / (4 * dim);
  return [
    {
      name: 'Bytes a vector',
      value: grouped(bytes),
      note: `${share < 10 ? share.toFixed(1) : share.toFixed(0)}% of ${grouped(4 * dim)}`,
    },
    ...(row === null
      ? []
      : [
          {
            name: 'AUC',
            value: measured(row.auc)[0],
            note: `${measured(row.aucHard)[0]} on nearest captions`,
          },
        ]),
    {
      name: 'Calibration error',
      value: calibration.ece.toFixed(3),
      note: `ECE; Brier ${calibration.brier.toFixed(3)}`,
    },
    ...(kuncheva === null
      ? recallAt10(row)
      : [{ name: 'Stability', value: kuncheva.toFixed(3), note: 'Kuncheva’s index, chance 0' }]),
    {
      name: 'Left uncertain',
      value: `${(100 * uncertainShare(calibration.decisions)).toFixed(1)}%`,
      note: `at precision ${calibration.targetPrecision}`,
    },
  ];
}

/** Where no mask is chosen, there is no stability to show in its place. */
function recallAt10(row: ReportRow | null): Figure[] {
  if (row === null) return [];
  const { imageToText, textToImage } = row.recall;
  const mean = (imageToText['10'].mean + textToImage['10'].mean) / 2;
  return [{ name: 'Mean recall@10', value: mean.toFixed(3), note: 'of both directions' }];
}

/** What was made from what: the second look. */
export function facts(report: PrecomputeReport): Html {
  const entries: [string, string][] = [
    ['Encoder', report.encoder.id],
    ['Size', sizeInWords(report)],
    ['Centred', report.centred ? 'by the mean of each modality' : 'no: score = cosine'],
    ['Fusion', report.fusion],
    ['Pairs', `${grouped(report.dataset.pairs)} in ${grouped(report.dataset.groups)} groups`],
    ['Folds, seed', `${report.folds}, ${report.seed}`],
  ];
  return html`<dl class="facts">
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
