import { dataWarnings } from '../data-warnings.ts';
import { type Html, html } from '../html.ts';
import type { PrecomputeReport } from '../report-data.ts';

/** Above all figures: what makes them mean little. Nothing when all is well. */
export function warnings({ dataset }: PrecomputeReport): Html | string {
  const lines = dataWarnings(dataset);
  if (lines.length === 0) return '';
  return html`<div class="warnings" role="note" aria-label="Warnings">
    ${lines.map((line) => html`<p>${line}</p>`)}
  </div>`;
}
