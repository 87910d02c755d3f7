import { relevanceChart } from './charts.ts';
import { Html, html } from './html.ts';
import { figure, scroller } from './page-parts.ts';
import { calibrationSection } from './render-calibration.ts';
import { strategiesSection } from './render-strategies.ts';
import { describeFusion, headline } from './report-words.ts';
import type { PrecomputeReport } from './report-data.ts';
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
          ${facts(report)} ${strategiesSection(report)} ${relevance(report)}
          ${calibrationSection(report.calibration)} ${fusion(report)} ${stability(report)} ${dataset(report)}
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
              <th scope="col">kept in folds (${report.stability.strategy})</th>
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

function fusion(report: PrecomputeReport): Html {
  return html`<h2 id="fusion">Fusion</h2>
    <p>${describeFusion(report.fusionTrials)}</p>`;
}

function stability({ stability: stable, folds, dim }: PrecomputeReport): Html {
  const always = stable.keptInFolds.filter((count) => count === folds).length;
  const ever = stable.keptInFolds.filter((count) => count > 0).length;
  return html`<h2 id="stability">Stability of the ${stable.strategy} mask</h2>
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
