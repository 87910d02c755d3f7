import { bytesChart } from '../charts/bytes-chart.ts';
import { strategiesChart } from '../charts/strategies-chart.ts';
import { type Column, dataTable, measuredColumn, numberColumn, textColumn } from '../data-table.ts';
import { type Html, html } from '../html.ts';
import { type Section, figure, folded } from '../page-parts.ts';
import type { PrecomputeReport, ReportRow } from '../report-data.ts';
import { measured } from '../report-words.ts';
import { bestFirst, chosenRow, mainRows, rowName } from '../strategy-rows.ts';

/** The best of many on the same folds is flattered by the choice; how much, nested choosing tells. */
function describeNested({ choice: { nested }, folds }: PrecomputeReport): string {
  if (nested === null) return '';
  const [mean, sd] = measured(nested.recallAt1);
  const picks = [...new Set(nested.picks)].join(', ');
  return `The best of many on these very folds is a little flattered by the choice: chosen anew without each of the ${folds} folds and measured on it (${picks}), mean recall@1 is ${mean} ±${sd}.`;
}

/** Every strategy at every k beside full vectors, random coordinates and PCA: chart and table. */
export function strategiesSection(report: PrecomputeReport): Section {
  const chosen = chosenRow(report);
  return {
    id: 'strategies',
    title: 'Strategies at each k',
    lead: html`<p>
        Measured on folds whose pictures and captions took no part in the fit. Full vectors are the ceiling,
        random coordinates the floor. Recall ranks the pictures of one held-out fold against all its captions:
        it depends on the fold's size and is higher than over the whole set would be, so compare within this
        page only. ${describeNested(report)}
      </p>
      ${figure(strategiesChart(report), `Mean recall@1 of both directions; lines span one standard deviation over ${report.folds} folds. Diamond: the selection. Hollow: yardsticks. Dashed line: full float32 vectors; dotted line: random coordinates, the mean of five draws.`)}`,
    body: folded(
      `All ${report.rows.length} rows as a table`,
      html`${dataTable<ReportRow>({
          id: 'strategies-table',
          caption: `Every row, best first; mean ± standard deviation over ${report.folds} folds`,
          columns: comparisonColumns(report),
          rows: bestFirst(report.rows),
          isMarked: (row) => row === chosen,
          isTall: true,
        })}
        <p class="soft">
          The table scrolls both ways; Copy takes all of it. AUC: one random caption of another group against
          each match; hard AUC: the nearest other caption. ECE and Brier: of a Platt calibrator fitted for
          each fold, so that strategies compare; the published calibrator's stand at the top. Jaccard and
          Kuncheva: how much the folds' masks agree.
        </p>`,
    ),
  };
}

function comparisonColumns({ rows }: PrecomputeReport): Column<ReportRow>[] {
  const main = new Set(mainRows(rows));
  const stacked = (direction: string): Html => html`${direction}<br />recall@1`;
  return [
    textColumn('strategy', (row) => rowName(row, { main })),
    numberColumn('k', (row) => row.k, 0),
    numberColumn('bytes', (row) => row.bytes, 0),
    measuredColumn(stacked('image to text'), 'image to text recall@1', (row) => row.recall.imageToText['1']),
    measuredColumn('@5', 'image to text recall@5', (row) => row.recall.imageToText['5']),
    measuredColumn('@10', 'image to text recall@10', (row) => row.recall.imageToText['10']),
    measuredColumn(stacked('text to image'), 'text to image recall@1', (row) => row.recall.textToImage['1']),
    measuredColumn('@5', 'text to image recall@5', (row) => row.recall.textToImage['5']),
    measuredColumn('@10', 'text to image recall@10', (row) => row.recall.textToImage['10']),
    measuredColumn('AUC', 'AUC', (row) => row.auc),
    measuredColumn('hard AUC', 'hard AUC', (row) => row.aucHard),
    measuredColumn('ECE', 'ECE', (row) => row.ece),
    measuredColumn('Brier', 'Brier', (row) => row.brier),
    measuredColumn('Jaccard', 'Jaccard', (row) => row.stability),
    measuredColumn('Kuncheva', 'Kuncheva', (row) => row.kuncheva),
  ];
}

/** What a byte buys. */
export function bytesSection(report: PrecomputeReport): Section {
  return {
    id: 'bytes',
    title: 'Recall against bytes',
    lead: html`<p>
        The same figures by what one stored vector takes, the scale of int8 included. A strategy earns its
        place where it stands above what full vectors leave at the same size: int8 keeps every coordinate in a
        byte, sign bits keep one bit.
      </p>
      ${figure(bytesChart(report), 'Mean recall@1 of both directions; bytes on a logarithmic axis. Solid and bold: the selection’s strategy, its diamonds the compared k. Dashed and hollow: yardsticks. Grey without a name: other strategies, which the table above lists.')}`,
    body: html``,
  };
}
