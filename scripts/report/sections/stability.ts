import type { MeanAndDeviation } from '../../../src/core/evaluation/paired-difference.ts';
import { type DotRow, dotChart } from '../charts/dot-chart.ts';
import { type FoldCount, bootstrapChart, foldCounts, foldCountsChart } from '../charts/stability-charts.ts';
import { dataTable, numberColumn } from '../data-table.ts';
import { html } from '../html.ts';
import { type Section, figure, folded, printedFold } from '../page-parts.ts';
import type { PrecomputeReport, ReportRow } from '../report-data.ts';
import { chosenRow, mainRows, rowName } from '../strategy-rows.ts';

/** How much the masks of different folds agree: per strategy, then coordinate by coordinate for one mask. */
export function stabilitySection(report: PrecomputeReport): Section {
  const { stability: stable, folds, dim, k } = report;
  const counts = foldCounts(stable, { folds, k: maskSize(report), dim });
  const always = counts[folds - 1].coordinates;
  const ever = counts.reduce((sum, count) => sum + count.coordinates, 0);
  const agreement = agreementCharts(report);
  const details = [
    foldCountsChart(counts, stable.strategy),
    ...(stable.bootstrap === null ? [] : [bootstrapChart(stable.bootstrap, k)]),
  ];
  return {
    id: 'stability',
    title: 'Stability',
    lead: html`<p>
        ${stable.strategy === report.strategy ? '' : `The selection (${report.strategy}) chooses no coordinates, so the mutual-information mask is looked at. `}${always}
        of its coordinates were kept in all ${folds} folds, ${ever} of ${dim} in at least one
        (${stable.strategy}). Kuncheva's index, 0 for chance and 1 for equal masks:
        ${stable.meanKuncheva?.toFixed(3) ?? 'undefined here'}.
      </p>
      ${printedFold(
        'Charts: agreement of the folds',
        html`<p>
            A mask that other pairs would not choose again says little about its coordinates. Between two
            folds' masks the mean Jaccard index is ${stable.meanJaccard.toFixed(3)} (two random masks of this
            size: ${stable.chanceJaccard.toFixed(3)}). Folds share most of their training pairs, so fresh
            pairs would agree less.
          </p>
          ${agreement.length === 0 ? '' : figure(agreement, `Agreement of the folds' masks at k = ${k}; lines span one standard deviation over pairs of folds. Dashed: what chance gives. Full, random and maps choose no coordinates.`)}
          ${figure(details, describeDetails(stable))}`,
      )}`,
    body: folded(
      'Coordinates by the number of folds as a table',
      dataTable<FoldCount>({
        id: 'stability-table',
        caption: `Coordinates by the number of folds whose ${stable.strategy} mask kept them`,
        columns: [
          numberColumn('folds', ({ folds: kept }) => kept, 0),
          numberColumn('coordinates', ({ coordinates }) => coordinates, 0),
          numberColumn('by chance', ({ chance }) => chance, 1),
        ],
        rows: counts,
      }),
    ),
  };
}

function describeDetails({ strategy, bootstrap }: PrecomputeReport['stability']): string {
  const folds = `the ${strategy} mask over the folds; horizontal ticks: what random masks would give.`;
  return bootstrap === null
    ? `Coordinates by how many folds keep them: ${folds}`
    : `First: ${folds} Second: over ${bootstrap.rounds} bootstrap rounds; dashed: a mask that never changes.`;
}

/** Every fold keeps as many. */
function maskSize({ stability: { keptInFolds }, folds }: PrecomputeReport): number {
  return keptInFolds.reduce((sum, kept) => sum + kept, 0) / folds;
}

function agreementCharts(report: PrecomputeReport): string[] {
  const { stability: stable, k } = report;
  const chosen = chosenRow(report);
  const mainSet = new Set(mainRows(report.rows));
  const rows = [...mainSet].filter((row) => row.k === k && row.stability !== null);
  const order = [...rows].sort((a, b) => (b.stability?.mean ?? 0) - (a.stability?.mean ?? 0));
  const dots = (of: (row: ReportRow) => MeanAndDeviation | null): DotRow[] =>
    order.flatMap((row) => {
      const value = of(row);
      const isMarked = row === chosen || (row.strategy === chosen?.strategy && report.fusion !== 'identity');
      return value === null ? [] : [{ label: rowName(row, { main: mainSet }), value, isMarked }];
    });
  const describe = (some: readonly DotRow[]): string =>
    some.map(({ label, value }) => `${label} ${value.mean.toFixed(3)}`).join(', ');
  const jaccard = dots((row) => row.stability);
  const kuncheva = dots((row) => row.kuncheva);
  const common = { labelWidth: 166, domain: [0, 1] } as const;
  return [
    ...(jaccard.length === 0
      ? []
      : [
          dotChart(jaccard, {
            ...common,
            id: 'jaccard-chart',
            title: 'Jaccard index by strategy',
            description: `Most stable first: ${describe(jaccard)}; chance ${stable.chanceJaccard.toFixed(3)}.`,
            xLabel: 'Jaccard index',
            reference: { value: stable.chanceJaccard, label: 'chance' },
          }),
        ]),
    ...(kuncheva.length === 0
      ? []
      : [
          dotChart(kuncheva, {
            ...common,
            id: 'kuncheva-chart',
            title: "Kuncheva's index by strategy",
            description: `In the same order: ${describe(kuncheva)}; chance 0.`,
            xLabel: 'Kuncheva’s index',
            reference: { value: 0, label: 'chance' },
            domain: [Math.min(0, ...kuncheva.map(({ value }) => value.mean - value.sd)), 1],
          }),
        ]),
  ];
}
