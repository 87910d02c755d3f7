import type {
  KindFigures,
  KindReliability,
  ProbabilityFigures,
} from '../../../src/core/evaluation/kind-reliability.ts';
import type { Estimate } from '../../../src/core/evaluation/resampled-estimate.ts';
import { filledBins, reliabilityChart } from '../charts/reliability-chart.ts';
import { type Column, dataTable, numberColumn, textColumn } from '../data-table.ts';
import { type Html, html } from '../html.ts';
import { fixed, kindVerdicts } from '../kind-words.ts';
import { type Section, figure, folded, printedFold } from '../page-parts.ts';
import type { PrecomputeReport } from '../report-data.ts';

/** Whether the one calibrator is right on each kind of pair, and what calibrators of their own would gain. */
export function kindsSection({ kinds: reliability }: PrecomputeReport): Section[] {
  if (reliability === undefined) return [];
  const { kinds } = reliability;
  const [firstRow, ...otherRows] = kindFigures(kinds);
  return [
    {
      id: 'kinds',
      title: 'Each kind of pair',
      lead: html`${kindVerdicts(reliability).map((verdict) => html`<p>${verdict}</p>`)}
      ${printedFold(
        'Charts: reliability of each kind',
        html`<p>
            The calibrator is the one of the whole set, judged on the held-out pairs of each kind. A mismatch
            is of the kind of its picture; its caption is drawn from all kinds. AUC within kind draws it from
            the same kind, which is harder where kinds are told apart at a glance. Intervals hold 95% of
            resampled groups. By chance: what the calibration error would be at most if every probability were
            right, in ${(100 * kinds[0].chance.level).toFixed(1)}% of draws.
          </p>
          ${firstRow}`,
      )}`,
      // Twelve kinds fill more than a page: further diagrams are no part of what stays together.
      body: html`${otherRows.length === 0 ? '' : printedFold('Charts: the other kinds', html`${otherRows}`)}
      ${folded('The figures of each kind as tables', html`${figureTable(kinds)} ${binTable(kinds)}`)}
      ${folded(
        'One calibrator or one a kind',
        html`<p>
            Both on the same held-out pairs, fitted on the other folds. Cost: log loss of the shared
            calibrator minus that of the kind's own; above zero the shared one loses something. The record
            holds the shared one whatever this says.
          </p>
          ${ownTable(reliability)}`,
      )}`,
    },
  ];
}

/** Two a row, as many as stand side by side at a desk and on paper. */
const KINDS_A_ROW = 2;

function kindFigures(kinds: readonly KindFigures[]): Html[] {
  const charts = kinds.map(kindChart);
  const rows = Array.from({ length: Math.ceil(charts.length / KINDS_A_ROW) }, (_, row) =>
    charts.slice(row * KINDS_A_ROW, (row + 1) * KINDS_A_ROW),
  );
  return rows.map((some, row) =>
    figure(
      some,
      row > 0
        ? ''
        : 'Reliability of the shared calibrator, a diagram a kind. Numbers above: held-out pairs in each bin. Vertical lines: 95% Wilson intervals. On the dashed line the probability is right.',
    ),
  );
}

function kindChart({ kind, bins }: KindFigures, number: number): string {
  return reliabilityChart(bins, {
    id: `reliability-kind-${number}`,
    title: `Reliability: ${kind}`,
    heading: kind,
    xLabel: 'calibrated probability',
    colour: 'var(--match)',
  });
}

function binTable(kinds: readonly KindFigures[]): Html {
  const rows = kinds.flatMap(({ kind, bins }) => filledBins(bins).map((bin) => ({ ...bin, kind })));
  return dataTable<(typeof rows)[number]>({
    id: 'kind-bins-table',
    caption: 'Held-out pairs of each kind by probability',
    columns: [
      textColumn('kind', ({ kind }) => kind),
      textColumn('probability', (bin) => `${bin.low.toFixed(1)} to ${bin.high.toFixed(1)}`),
      numberColumn('pairs', ({ count }) => count, 0),
      numberColumn('mean predicted', ({ meanProbability }) => meanProbability, 3),
      numberColumn('truly matched', ({ matchShare }) => matchShare, 3),
    ],
    rows,
  });
}

function figureTable(kinds: readonly KindFigures[]): Html {
  return dataTable<KindFigures>({
    id: 'kinds-table',
    caption: 'The shared calibrator on each kind, with 95% intervals',
    columns: [
      textColumn('kind', ({ kind }) => kind),
      numberColumn('matches', ({ matches }) => matches, 0),
      numberColumn('mismatches', ({ mismatches }) => mismatches, 0),
      estimateColumn('AUC', ({ auc }) => auc),
      estimateColumn('AUC within kind', ({ aucWithinKind }) => aucWithinKind),
      estimateColumn('calibration error', ({ ece }) => ece),
      numberColumn('by chance', ({ chance }) => chance.high, 3),
      estimateColumn('Brier score', ({ brier }) => brier),
      estimateColumn('log loss', ({ logLoss }) => logLoss),
    ],
    rows: kinds,
  });
}

interface Compared {
  readonly kind: string;
  readonly calibrator: string;
  readonly shared: ProbabilityFigures;
  readonly own: ProbabilityFigures | null;
  readonly cost: Estimate | null;
}

function ownTable({ kinds, together }: KindReliability): Html {
  const rows = kinds.map(({ kind, own, ...shared }): Compared => ({
    kind,
    calibrator: own === null ? 'too few pairs' : own.calibrator === 'platt' ? 'Platt' : 'isotonic',
    shared,
    own,
    cost: own?.cost ?? null,
  }));
  return dataTable<Compared>({
    id: 'own-calibrators-table',
    caption: 'The shared calibrator and one fitted on the kind alone, with 95% intervals',
    columns: [
      textColumn('kind', ({ kind }) => kind),
      textColumn('its own', ({ calibrator }) => calibrator),
      estimateColumn('error, shared', ({ shared }) => shared.ece),
      estimateColumn('error, own', ({ own }) => own?.ece ?? null),
      estimateColumn('log loss, shared', ({ shared }) => shared.logLoss),
      estimateColumn('log loss, own', ({ own }) => own?.logLoss ?? null),
      estimateColumn('cost', ({ cost }) => cost),
    ],
    rows: together === null ? rows : [...rows, { kind: 'together', calibrator: 'one a kind', ...together }],
  });
}

/** A figure, and its interval below. */
function estimateColumn<Row>(heading: string, of: (row: Row) => Estimate | null): Column<Row> {
  return {
    heading,
    cell: (row) => {
      const estimate = of(row);
      if (estimate === null) return '–';
      const { value, low, high } = estimate;
      return html`${fixed(value)} <span class="sd">${fixed(low)} to ${fixed(high)}</span>`;
    },
    className: 'stacked',
    copied: [
      { name: heading, of: (row) => of(row)?.value ?? null },
      { name: `${heading} low`, of: (row) => of(row)?.low ?? null },
      { name: `${heading} high`, of: (row) => of(row)?.high ?? null },
    ],
  };
}
