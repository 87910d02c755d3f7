import type { MeanAndDeviation } from '../../src/core/evaluation/paired-difference.ts';
import { Html, html } from './html.ts';
import { measured } from './report-words.ts';

/** A part of the page that the contents list names. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** What stays with the heading on one page of paper: words and the first chart. */
  readonly lead: Html;
  readonly body: Html;
}

/** One drawing, or several side by side that a phone stacks. @param svgs trusted markup of charts/ @param caption empty for none */
export function figure(svgs: string | readonly string[], caption: string): Html {
  const drawings = typeof svgs === 'string' ? [svgs] : svgs;
  return html`<figure>
    <div class="${layoutOf(drawings.length)}">${drawings.map((svg) => new Html(svg))}</div>
    ${caption === '' ? '' : html`<figcaption>${caption}</figcaption>`}
  </figure>`;
}

function layoutOf(count: number): string {
  if (count < 2) return 'single';
  return count > 2 ? 'panels many' : 'panels';
}

/** "0.392 ±0.043", or a dash where there is nothing to measure. */
export function measuredCell(value: MeanAndDeviation | null): Html {
  if (value === null) return html`–`;
  const [mean, sd] = measured(value);
  return html`${mean} <span class="sd">±${sd}</span>`;
}

/** A heading with its words and chart, which paper never parts. */
export function together(body: Html): Html {
  return html`<div class="together">${body}</div>`;
}

/** Charts that are opened on demand, and on paper always. @param summary says what is inside */
export function printedFold(summary: string, body: Html): Html {
  return html`<details class="fold printed">
    <summary>${summary}</summary>
    ${body}
  </details>`;
}

/** A table that is opened on demand; on paper it stays folded. @param summary says what is inside */
export function folded(summary: string, body: Html): Html {
  return html`<details class="fold">
    <summary>${summary}</summary>
    ${body}
  </details>`;
}
