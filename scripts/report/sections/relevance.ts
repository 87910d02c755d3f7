import { coordinateChart } from '../charts/relevance-chart.ts';
import { type Column, dataTable, numberColumn } from '../data-table.ts';
import { type Html, html } from '../html.ts';
import { type Section, figure, folded, printedFold } from '../page-parts.ts';
import type { PrecomputeReport } from '../report-data.ts';
import { isMap } from '../report-words.ts';

/** Mutual information of every coordinate, and what the chosen strategy itself ranked by. */
export function relevanceSection(report: PrecomputeReport): Section {
  const { values, mask, kept, estimator, own } = report.relevance;
  const marked = kept ?? mask;
  const what =
    kept === null ? `the ${mask.length} a mutual-information mask would keep` : `the ${marked.length} kept`;
  const none = isMap(report)
    ? 'This selection maps all coordinates to new ones and keeps none as it is.'
    : 'This selection keeps every coordinate.';
  const chart = coordinateChart(values, new Set(marked), {
    id: 'relevance-chart',
    title: 'Relevance by coordinate',
    yLabel: 'mutual information (nats)',
  });
  return {
    id: 'relevance',
    title: 'Relevance by coordinate',
    lead: html`<p>${kept === null ? none : describeOverlap(kept, mask)}</p>
      ${printedFold(
        'Charts: every coordinate',
        html`<p>
            Mutual information, in nats, between one coordinate of the pair features and whether the caption
            belongs to the picture (${estimator}), on all pairs. Marked: ${what}. It looks at one coordinate
            at a time: two that tell the same count twice.
          </p>
          ${figure(chart, `Coordinates 0 to ${values.length - 1}; bars with a dot: ${what}.`)}
          ${own === null ? '' : ownScores(own, new Set(marked), what)}`,
      )}`,
    body: folded(
      'The marked coordinates as a table',
      dataTable<number>({
        id: 'relevance-table',
        caption: `Marked coordinates, most relevant first`,
        columns: coordinateColumns(report),
        rows: [...marked].sort((a, b) => values[b] - values[a] || b - a),
      }),
    ),
  };
}

function ownScores(
  { strategy, values }: NonNullable<PrecomputeReport['relevance']['own']>,
  marked: ReadonlySet<number>,
  what: string,
): Html {
  const chart = coordinateChart(values, marked, {
    id: 'own-scores-chart',
    title: `Scores of ${strategy} by coordinate`,
    yLabel: `${strategy} score`,
  });
  return figure(chart, `What ${strategy} itself ranks by, in its own units; bars with a dot: ${what}.`);
}

function coordinateColumns({ relevance, stability, folds }: PrecomputeReport): Column<number>[] {
  const { own, values } = relevance;
  const frequency = stability.bootstrap?.selectionFrequency;
  return [
    { heading: 'coordinate', cell: (i) => i, className: '', copied: [{ name: 'coordinate', of: (i) => i }] },
    numberColumn('nats', (i) => values[i], 4),
    ...(own === null ? [] : [numberColumn<number>(`${own.strategy} score`, (i) => own.values[i], 4)]),
    {
      heading: `kept in folds (${stability.strategy})`,
      cell: (i) => `${stability.keptInFolds[i]} of ${folds}`,
      className: '',
      copied: [{ name: `folds of ${folds} that kept it`, of: (i) => stability.keptInFolds[i] }],
    },
    ...(frequency === undefined
      ? []
      : [numberColumn<number>('share of bootstrap rounds', (i) => frequency[i], 2)]),
  ];
}

function describeOverlap(kept: readonly number[], mask: readonly number[]): string {
  const shared = kept.filter((index) => mask.includes(index)).length;
  return shared === mask.length
    ? `The selection keeps the ${mask.length} coordinates of most mutual information with the truth.`
    : `Of the ${kept.length} coordinates kept, ${shared} are among the ${mask.length} of most mutual information with the truth, which report.json lists.`;
}
