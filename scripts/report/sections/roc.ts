import { rocCharts, truePositivesAt } from '../charts/roc-chart.ts';
import { dataTable, numberColumn, textColumn } from '../data-table.ts';
import { html } from '../html.ts';
import { type Section, figure, folded, printedFold } from '../page-parts.ts';
import type { RocCurve } from '../../../src/core/evaluation/roc-curve.ts';
import type { PrecomputeReport } from '../report-data.ts';
import { percent } from '../report-words.ts';

interface NamedCurve {
  readonly name: string;
  readonly curve: RocCurve;
}

const RATES = [0.01, 0.05, 0.1];

/** How well the score tells matches from mismatches, at every threshold. */
export function rocSection({ roc }: PrecomputeReport): Section[] {
  if (roc === null) return [];
  const curves: NamedCurve[] = [
    { name: 'random captions', curve: roc.random },
    ...(roc.hard === null ? [] : [{ name: 'nearest other captions', curve: roc.hard }]),
  ];
  return [
    {
      id: 'roc',
      title: 'Matches against mismatches',
      lead: html`<p>${describeAreas(roc)}</p>
        ${printedFold(
          'Charts: what passes at each threshold',
          html`<p>
              Every threshold on the held-out score: what share of matches passes, and what share of
              mismatches with it. An AUC near 1 is easily had: a random caption is seldom close. It hides what
              recall@1 shows; the nearest other caption is the harder test. Scores of all folds are taken
              together here, the table of strategies averages over folds.
            </p>
            ${figure(rocCharts(roc), 'First: the ROC curve. Second: the same with a logarithmic axis, where a filter that must let few mismatches through works. Solid: random captions; dashed: the nearest other captions; thin dashes: chance.')}`,
        )}`,
      body: folded(
        'What passes as a table',
        dataTable<NamedCurve>({
          id: 'roc-table',
          caption: 'Share of matches that pass where a given share of mismatches does',
          columns: [
            textColumn('mismatches', ({ name }) => name),
            numberColumn('AUC', ({ curve }) => curve.auc, 3),
            ...RATES.map((rate) =>
              numberColumn<NamedCurve>(`at ${rate * 100}%`, ({ curve }) => truePositivesAt(curve, rate), 3),
            ),
          ],
          rows: curves,
        }),
      ),
    },
  ];
}

function describeAreas({ random, hard }: NonNullable<PrecomputeReport['roc']>): string {
  const rate = RATES[0];
  const nearest = hard === null ? '' : `, and above the nearest other caption in ${percent(hard.auc)}`;
  return `A caption scores above a random one of another picture in ${percent(random.auc)} of cases (AUC)${nearest}. Letting ${percent(rate)} of mismatches through, ${percent(truePositivesAt(random, rate))} of matches pass.`;
}
