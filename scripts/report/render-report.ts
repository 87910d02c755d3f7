import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';
import { type Section, together } from './page-parts.ts';
import type { PrecomputeReport } from './report-data.ts';
import { REPORT_SCRIPT } from './report-script.ts';
import { REPORT_STYLE } from './report-style.ts';
import { sizeInWords } from './report-words.ts';
import { calibrationSection } from './sections/calibration.ts';
import { datasetSection } from './sections/dataset.ts';
import { examplesSection } from './sections/examples.ts';
import { fusionSection } from './sections/fusion.ts';
import { facts } from './sections/facts.ts';
import { kindsSection } from './sections/kinds.ts';
import { regionsSection } from './sections/regions.ts';
import { relevanceSection } from './sections/relevance.ts';
import { rocSection } from './sections/roc.ts';
import { stabilitySection } from './sections/stability.ts';
import { verdictHeader } from './sections/verdict.ts';
import { warnings } from './sections/warnings.ts';
import { bytesSection, strategiesSection } from './sections/strategies.ts';

/** Nothing is loaded from anywhere; the one script is known by its hash. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${createHash('sha256').update(REPORT_SCRIPT).digest('base64')}'; base-uri 'none'; form-action 'none'`;

// Not within the template below: the hash is of these very bytes, which a formatter there would move.
const SCRIPT = new Html(`<script>${REPORT_SCRIPT}</script>`);

/** One file that opens offline: style, charts, pictures and script inlined. Equal reports give equal bytes. */
export function renderReport(report: PrecomputeReport): string {
  const name = `${report.strategy}, ${sizeInWords(report)}`;
  const sections = [
    strategiesSection(report),
    bytesSection(report),
    calibrationSection(report.calibration),
    ...kindsSection(report),
    ...examplesSection(report),
    ...rocSection(report),
    ...regionsSection(report),
    relevanceSection(report),
    stabilitySection(report),
    fusionSection(report),
    datasetSection(report),
  ];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Selection report: ${name}</title>
        <style>
          ${new Html(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the figures</a>
        ${contents(sections)} ${verdictHeader(report)}
        <main id="main" tabindex="-1">
          ${warnings(report)} ${facts(report)} ${sections.map(renderSection)}
        </main>
        <p id="copy-status" class="copy-status" role="status"></p>
        ${SCRIPT}
      </body>
    </html> `.text;
}

function contents(sections: readonly Section[]): Html {
  return html`<nav aria-label="Contents">
    <ol>
      <li><a href="#verdict">What to do</a></li>
      ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
    </ol>
  </nav>`;
}

function renderSection({ id, title, lead, body }: Section): Html {
  return html`<section aria-labelledby="${id}">
    ${together(
      html`<h2 id="${id}">${title}</h2>
        ${lead}`,
    )}
    ${body}
  </section>`;
}
