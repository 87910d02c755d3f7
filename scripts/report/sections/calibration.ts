import { filledBins, reliabilityChart } from '../charts/reliability-chart.ts';
import { calibratorChart, decisionsChart, scoreHistogram } from '../charts/score-charts.ts';
import { dataTable, numberColumn, textColumn } from '../data-table.ts';
import { decidedPairs, uncertainShare } from '../../../src/core/evaluation/decision-counts.ts';
import { type Html, html } from '../html.ts';
import { type Section, figure, folded, printedFold, together } from '../page-parts.ts';
import type { CalibrationReport } from '../report-data.ts';
import { describeThresholds, percent } from '../report-words.ts';

/** The calibrator and how it did on held-out pairs: reliability before and after, curve, histogram, decisions. */
export function calibrationSection(fit: CalibrationReport): Section {
  return {
    id: 'calibration',
    title: 'What a score means',
    lead: html`<p>${describeThresholds(fit)}</p>
      ${figure(calibratorChart(fit) + scoreHistogram(fit), describeCurve(fit))}
      <p class="soft">
        <span class="key match"></span>matches rise, <span class="key mismatch"></span>mismatches hang.
        ${describeCalibrator(fit)}
      </p>`,
    body: html`${together(
      html`<h3>What is said</h3>
        <p>
          Of the held-out pairs, ${decidedPairs(fit.decisions.match)} matches and
          ${decidedPairs(fit.decisions.mismatch)} mismatches, ${percent(uncertainShare(fit.decisions))} are
          left uncertain: each fold decided by thresholds fitted on the others, so a side that is closed above
          may hold some. Where matches are rarer, so are the pairs called a match.
        </p>
        ${figure(decisionsChart(fit.decisions), 'What is said of held-out matches and mismatches. Grey: left uncertain.')}`,
    )}
    ${hardSection(fit)} ${folded('The decisions as a table', decisionTable(fit.decisions))}
    ${folded(
      'Calls of MATCH where matches are rarer',
      html`<p>
          The same held-out pairs, every picture beside every other caption of its fold, weighed to several
          base rates. Thresholds move with the base rate, in a query too; where these pairs cannot show the
          precision, nothing is called a match.
        </p>
        ${rateTable(fit)}`,
    )}
    ${together(
      html`<h3>Whether a probability is right</h3>
        <p>${describeErrors(fit)}</p>
        ${printedFold(
          'Charts: reliability before and after calibration',
          figure(
            reliabilityCharts(fit),
            `${fit.before === null ? '' : 'First: the score itself, cut to 0 to 1, taken for a probability. Second: after calibration. '}Numbers above: held-out pairs in each bin. Vertical lines: 95% Wilson intervals. On the dashed line the probability is right.`,
          ),
        )}`,
    )}
    ${reliabilityTable(fit)}`,
  };
}

/** What a promise that was made of random captions is worth where the wrong caption is nearly right. */
function hardSection({ hard, baseRate, targetPrecision }: CalibrationReport): Html {
  if (hard === null) return html``;
  const { mismatch, matchPrecision } = hard;
  const called = percent(mismatch.match / decidedPairs(mismatch));
  const right =
    matchPrecision === null
      ? html`Nothing was called a match.`
      : html`Where every mismatch is such a one, a call of MATCH is right in
          <b>${percent(matchPrecision)}</b> at a base rate of ${baseRate}; the precision aimed for was
          ${targetPrecision}.`;
  return html`<h3>Against hard mismatches</h3>
    <p>
      Each held-out picture with the other caption that is nearest to its own, ${decidedPairs(mismatch)} in
      all, by the same thresholds: ${called} are called a match. ${right}
    </p>`;
}

function describeCurve({ kind }: CalibrationReport): string {
  const steps = kind === 'isotonic' ? ', its steps marked by dots and joined by straight lines' : '';
  return `Above: probability by score as the record has it${steps}; the band is its 95% interval, the circles are the thresholds. Below, on the same axis: the held-out scores.`;
}

function describeErrors({ pairs, ece, brier, before }: CalibrationReport): string {
  const bare =
    before === null
      ? ''
      : `; the bare score would have had ${before.ece.toFixed(3)} and ${before.brier.toFixed(3)}`;
  return `Each fold is judged by a calibrator fitted on the other folds' held-out scores, over ${pairs} pairs: expected calibration error ${ece.toFixed(3)}, Brier score ${brier.toFixed(3)}${bare}. On few pairs the calibration error is biased upwards. Pairs of another kind than these need a calibrator of their own.`;
}

const KIND_NAMES = { platt: 'Platt', isotonic: 'isotonic' } as const;

function describeCalibrator({
  kind,
  slope,
  intercept,
  baseRate,
  tried,
  negativeKind,
}: CalibrationReport): Html {
  const rate = html`at a base rate of ${baseRate}: one caption in ${(1 / baseRate).toFixed(0)} belongs to its
  picture`;
  const formula =
    slope === null || intercept === null
      ? html`The calibrator is isotonic: a rising curve that follows the held-out scores, ${rate}.`
      : html`The calibrator is Platt's: probability = 1 / (1 + exp(−(${slope.toFixed(3)} · score
        ${intercept < 0 ? '−' : '+'} ${Math.abs(intercept).toFixed(3)}))), ${rate}.`;
  const briers = tried.map((one) => `${KIND_NAMES[one.kind]} ${one.brier.toFixed(4)}`).join(', ');
  const others =
    tried.length > 1 ? `Tried, by held-out Brier score: ${briers}; ${KIND_NAMES[kind]} is taken.` : '';
  const negatives =
    negativeKind === 'hard'
      ? ' Its mismatches are each picture’s hardest, the other caption nearest to its own: a probability speaks of a choice between the two.'
      : '';
  return html`${formula}${negatives} ${others}`;
}

function reliabilityCharts({ before, bins }: CalibrationReport): string[] {
  return [
    ...(before === null
      ? []
      : [
          reliabilityChart(before.bins, {
            id: 'reliability-before-chart',
            title: 'Reliability before calibration',
            xLabel: 'score taken for a probability',
            colour: 'var(--mismatch)',
          }),
        ]),
    reliabilityChart(bins, {
      id: 'reliability-chart',
      title: 'Reliability after calibration',
      xLabel: 'calibrated probability',
      colour: 'var(--match)',
    }),
  ];
}

function reliabilityTable({ bins, before }: CalibrationReport): Html {
  const stages = [
    ...filledBins(before?.bins ?? []).map((bin) => ({ ...bin, stage: 'before' })),
    ...filledBins(bins).map((bin) => ({ ...bin, stage: 'after' })),
  ];
  return folded(
    'The reliability diagram as a table',
    dataTable<(typeof stages)[number]>({
      id: 'reliability-table',
      caption: 'Held-out pairs by probability',
      columns: [
        textColumn('calibration', (bin) => bin.stage),
        textColumn('probability', (bin) => `${bin.low.toFixed(1)} to ${bin.high.toFixed(1)}`),
        numberColumn('pairs', (bin) => bin.count, 0),
        numberColumn('mean predicted', (bin) => bin.meanProbability, 3),
        numberColumn('truly matched', (bin) => bin.matchShare, 3),
      ],
      rows: stages,
    }),
  );
}

function rateTable({ byBaseRate }: CalibrationReport): Html {
  type Row = CalibrationReport['byBaseRate'][number];
  return dataTable<Row>({
    id: 'base-rates-table',
    caption: 'Calls of MATCH on held-out pairs, by base rate',
    columns: [
      numberColumn('base rate', (row) => row.baseRate, 3),
      textColumn('called a match', ({ match }) => (match.open ? percent(match.called) : 'none: closed')),
      {
        heading: 'right',
        cell: ({ match: { precision } }: Row): Html =>
          precision === null
            ? html`–`
            : html`${precision.value.toFixed(3)}
                <span class="sd">${precision.low.toFixed(3)} to ${precision.high.toFixed(3)}</span>`,
        className: '' as const,
        copied: [
          { name: 'right', of: ({ match }: Row) => match.precision?.value ?? null },
          { name: 'right, low', of: ({ match }: Row) => match.precision?.low ?? null },
          { name: 'right, high', of: ({ match }: Row) => match.precision?.high ?? null },
        ],
      },
      textColumn('decided of all', ({ decided }) => percent(decided)),
    ],
    rows: byBaseRate,
  });
}

function decisionTable(decisions: CalibrationReport['decisions']): Html {
  const rows = (['match', 'mismatch'] as const).map((truth) => {
    const said = decisions[truth];
    return { truth, said, total: decidedPairs(said) };
  });
  type Row = (typeof rows)[number];
  const column = (name: 'match' | 'uncertain' | 'mismatch') => ({
    heading: name,
    cell: ({ said, total }: Row): Html =>
      html`${said[name]} <span class="sd">${((100 * said[name]) / Math.max(1, total)).toFixed(1)}%</span>`,
    className: '' as const,
    copied: [{ name: `said ${name}`, of: ({ said }: Row) => said[name] }],
  });
  return dataTable<Row>({
    id: 'decisions-table',
    caption: 'Decisions on held-out pairs: rows what was true, columns what was said',
    columns: [
      textColumn('truth', ({ truth }) => truth),
      column('match'),
      column('uncertain'),
      column('mismatch'),
    ],
    rows,
  });
}
