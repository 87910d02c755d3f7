import type { MeanAndDeviation } from '../../src/core/paired-difference.ts';
import {
  filledBins,
  reliabilityChart,
  recallChart,
  relevanceChart,
  rowLabel,
  scoreHistogram,
} from './charts.ts';
import { meanRecallAt1 } from './comparison.ts';
import { Html, html } from './html.ts';
import {
  chosenRow,
  describeFusion,
  describeThresholds,
  headline,
  measured,
  scoreAt,
} from './report-words.ts';
import type { PrecomputeReport, ReportRow } from './report-data.ts';
import { REPORT_STYLE } from './report-style.ts';

/** One file that opens offline: style and charts inlined, no script. Equal reports give equal bytes. */
export function renderReport(report: PrecomputeReport): string {
  const title = `Selection report: ${report.strategy}, ${report.k} of ${report.dim}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p class="soft">Record <code>${report.id}</code></p>
          <p class="headline">${headline(report)}</p>
          ${facts(report)} ${strategies(report)} ${relevance(report)} ${calibration(report)} ${fusion(report)}
          ${stability(report)} ${dataset(report)}
        </main>
      </body>
    </html> `.text;
}

function facts(report: PrecomputeReport): Html {
  const entries: [string, string][] = [
    ['Encoder', report.encoder.id],
    ['Coordinates kept', `${report.k} of ${report.dim}`],
    ['Centred', report.centred ? 'yes, by the mean of each modality' : 'no: score = cosine'],
    ['Fusion', report.fusion],
    ['Pairs', `${report.dataset.pairs} in ${report.dataset.groups} groups`],
    ['Folds, seed', `${report.folds}, ${report.seed}`],
  ];
  return html`<dl>
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function strategies(report: PrecomputeReport): Html {
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
      random caption of another group against each match; hard AUC: the nearest other caption. ◆ marks the
      selection.
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

function relevance(report: PrecomputeReport): Html {
  const { values, mask, kept, estimator } = report.relevance;
  const marked = kept ?? mask;
  const byRelevance = [...marked].sort((a, b) => values[b] - values[a] || b - a);
  const what =
    kept === null ? `the ${mask.length} a mutual-information mask would keep` : `the ${marked.length} kept`;
  return html`<h2 id="relevance">Relevance by coordinate</h2>
    <p>
      Mutual information, in nats, between one coordinate of the pair features and whether the caption belongs
      to the picture (${estimator}). Marked: ${what}.
      ${kept === null ? 'This selection keeps every coordinate.' : describeOverlap(kept, mask)}
    </p>
    ${figure(relevanceChart(report.relevance, new Set(marked)), `Coordinates 0 to ${values.length - 1}; marked: ${what}.`)}
    <details>
      <summary>The marked coordinates as a table</summary>
      ${scroller(
        'Marked coordinates',
        html`<table>
          <thead>
            <tr>
              <th scope="col">coordinate</th>
              <th scope="col">nats</th>
              <th scope="col">kept in folds (mutual information)</th>
            </tr>
          </thead>
          <tbody>
            ${byRelevance.map(
              (coordinate) =>
                html`<tr>
                  <th scope="row">${coordinate}</th>
                  <td>${values[coordinate].toFixed(4)}</td>
                  <td>${report.stability.keptInFolds[coordinate]} of ${report.folds}</td>
                </tr>`,
            )}
          </tbody>
        </table>`,
      )}
    </details>`;
}

function describeOverlap(kept: readonly number[], mask: readonly number[]): string {
  const shared = kept.filter((index) => mask.includes(index)).length;
  return shared === mask.length
    ? 'They are the mutual-information mask.'
    : `${shared} of them are in the mutual-information mask of the same size, which report.json lists.`;
}

function calibration({ calibration: fit }: PrecomputeReport): Html {
  const thresholds = {
    match: scoreAt(fit, fit.matchThreshold),
    mismatch: scoreAt(fit, fit.mismatchThreshold),
  };
  const bins = filledBins(fit.bins);
  return html`<h2 id="calibration">What a score means</h2>
    <p>
      probability = 1 / (1 + exp(−(${fit.slope.toFixed(3)} · score ${fit.intercept < 0 ? '−' : '+'}
      ${Math.abs(fit.intercept).toFixed(3)}))) at a base rate of ${fit.baseRate}: one caption in
      ${(1 / fit.baseRate).toFixed(0)} belongs to its picture. Each fold is judged by a calibrator fitted on
      the other folds' held-out scores: expected calibration error ${fit.ece.toFixed(3)}, Brier score
      ${fit.brier.toFixed(3)} over ${fit.pairs} pairs.
    </p>
    ${figure(reliabilityChart(fit.bins), 'Number beside a dot: held-out pairs in that bin. Vertical lines: 95% Wilson intervals. On the dashed line the probability is right.', 'narrow')}
    ${scroller(
      'Reliability by bin',
      html`<table>
        <thead>
          <tr>
            <th scope="col">probability</th>
            <th scope="col">pairs</th>
            <th scope="col">mean predicted</th>
            <th scope="col">truly matched</th>
          </tr>
        </thead>
        <tbody>
          ${bins.map(
            (bin) =>
              html`<tr>
                <th scope="row">${bin.low.toFixed(1)} to ${bin.high.toFixed(1)}</th>
                <td>${bin.count}</td>
                <td>${bin.meanProbability.toFixed(3)}</td>
                <td>${bin.matchShare.toFixed(3)}</td>
              </tr>`,
          )}
        </tbody>
      </table>`,
    )}
    <p>
      <span class="key" style="background: var(--match)"></span>matches rise,
      <span class="key" style="background: var(--mismatch)"></span>mismatches hang. ${describeThresholds(fit)}
    </p>
    ${figure(scoreHistogram(fit.histogram, thresholds), 'Held-out scores of matching and mismatched pairs, with the decision thresholds.')}
    ${decisionTable(fit.decisions)}`;
}

function decisionTable(decisions: PrecomputeReport['calibration']['decisions']): Html {
  const row = (name: string, said: { match: number; uncertain: number; mismatch: number }): Html => {
    const total = said.match + said.uncertain + said.mismatch;
    const cell = (count: number): Html =>
      html`<td>${count} <span class="sd">${((100 * count) / total).toFixed(1)}%</span></td>`;
    return html`<tr>
      <th scope="row">${name}</th>
      ${cell(said.match)} ${cell(said.uncertain)} ${cell(said.mismatch)}
    </tr>`;
  };
  return scroller(
    'Decisions on held-out pairs',
    html`<table>
      <caption>
        Decisions on held-out pairs: rows what was true, columns what was said
      </caption>
      <thead>
        <tr>
          <th scope="col">truth</th>
          <th scope="col">match</th>
          <th scope="col">uncertain</th>
          <th scope="col">mismatch</th>
        </tr>
      </thead>
      <tbody>
        ${row('match', decisions.match)} ${row('mismatch', decisions.mismatch)}
      </tbody>
    </table>`,
  );
}

function fusion(report: PrecomputeReport): Html {
  return html`<h2 id="fusion">Fusion</h2>
    <p>${describeFusion(report.fusionTrial)}</p>`;
}

function stability({ stability: stable, folds, dim }: PrecomputeReport): Html {
  const always = stable.keptInFolds.filter((count) => count === folds).length;
  const ever = stable.keptInFolds.filter((count) => count > 0).length;
  return html`<h2 id="stability">Stability of the mutual-information mask</h2>
    <p>
      Between two folds' masks the mean Jaccard index is ${stable.meanJaccard.toFixed(3)} (two random masks of
      this size: ${stable.chanceJaccard.toFixed(3)}) and Kuncheva's index, which is 0 for chance and 1 for
      equal masks, ${stable.meanKuncheva?.toFixed(3) ?? 'undefined here'}. ${always} coordinates were kept in
      all ${folds} folds, ${ever} of ${dim} in at least one.
    </p>`;
}

function dataset({ dataset: data }: PrecomputeReport): Html {
  const listed = data.skipped.slice(0, 50);
  return html`<h2 id="dataset">Dataset</h2>
    <p>
      <code>${data.source}</code>: ${data.pairs} pairs of ${data.images} pictures and ${data.captions}
      captions in ${data.groups} groups. Pairs that share a picture or a caption are one group: never split
      over folds, never each other's mismatch. Skipped: ${data.skipped.length}.
    </p>
    ${
      listed.length === 0
        ? ''
        : scroller(
            'Skipped',
            html`<table>
              <caption>
                Skipped${listed.length < data.skipped.length ? ` (first ${listed.length} of ${data.skipped.length})` : ''}
              </caption>
              <thead>
                <tr>
                  <th scope="col">where</th>
                  <th scope="col">reason</th>
                </tr>
              </thead>
              <tbody>
                ${listed.map(
                  ({ where, reason }) =>
                    html`<tr>
                      <th scope="row">${where}</th>
                      <td class="text">${reason}</td>
                    </tr>`,
                )}
              </tbody>
            </table>`,
          )
    }`;
}

function figure(svg: string, caption: string, className = 'wide'): Html {
  return html`<figure class="${className}">
    ${new Html(svg)}
    <figcaption>${caption}</figcaption>
  </figure>`;
}

/** Wide tables scroll inside themselves; the box takes the focus so that a keyboard can scroll it. */
function scroller(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${label}">${table}</div>`;
}

function measuredCell(value: MeanAndDeviation | null): Html {
  if (value === null) return html`–`;
  const [mean, sd] = measured(value);
  return html`${mean} <span class="sd">±${sd}</span>`;
}
