import { recallChart, rowLabel } from './charts.ts';
import { meanRecallAt1 } from './comparison.ts';
import { type Html, html } from './html.ts';
import { figure, measuredCell, scroller } from './page-parts.ts';
import type { PrecomputeReport, ReportRow } from './report-data.ts';
import { chosenRow } from './report-words.ts';

/** Every strategy beside the chosen one: a chart of recall@1 and the whole table. */
export function strategiesSection(report: PrecomputeReport): Html {
  const chosen = chosenRow(report);
  const rows = [...report.rows].sort((a, b) => meanRecallAt1(b).mean - meanRecallAt1(a).mean);
  return html`<h2 id="strategies">Strategies side by side</h2>
    <p>
      Measured on folds whose pictures and captions took no part in the fit. Recall ranks the pictures of one
      held-out fold against all its captions, so it depends on the fold's size and is higher than over the
      whole set.
    </p>
    ${figure(recallChart(report.rows, chosen), 'Mean recall@1 of both directions; lines span one standard deviation over folds. The diamond is the selection.')}
    <p>
      Mean and standard deviation over ${report.folds} folds. Bytes: what one stored vector takes. AUC: one
      random caption of another group against each match; hard AUC: the nearest other caption. Random: the
      mean of five draws. ◆ marks the selection.
    </p>
    ${scroller(
      'Comparison of strategies',
      html`<table>
        <thead>
          <tr>
            <th scope="col">strategy, k</th>
            <th scope="col">bytes</th>
            <th scope="col">image→text<br />recall@1</th>
            <th scope="col">@5</th>
            <th scope="col">@10</th>
            <th scope="col">text→image<br />recall@1</th>
            <th scope="col">@5</th>
            <th scope="col">@10</th>
            <th scope="col">AUC</th>
            <th scope="col">hard AUC</th>
            <th scope="col">ECE</th>
            <th scope="col">Brier</th>
            <th scope="col">stability</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => comparisonRow(row, row === chosen))}
        </tbody>
      </table>`,
    )}`;
}

function comparisonRow(row: ReportRow, isChosen: boolean): Html {
  const { imageToText, textToImage } = row.recall;
  const figures = [
    imageToText['1'],
    imageToText['5'],
    imageToText['10'],
    textToImage['1'],
    textToImage['5'],
    textToImage['10'],
    row.auc,
    row.aucHard,
    row.ece,
    row.brier,
    row.stability,
  ];
  return html`<tr class="${isChosen ? 'chosen' : ''}">
    <th scope="row">${rowLabel(row)}${isChosen ? ' ◆' : ''}</th>
    <td>${row.bytes}</td>
    ${figures.map((value) => html`<td class="stacked">${measuredCell(value)}</td>`)}
  </tr>`;
}
