import type { MeanAndDeviation } from '../../src/core/paired-difference.ts';
import { Html, html } from './html.ts';
import { measured } from './report-words.ts';

/** A drawing with its caption. @param svg trusted markup of charts.ts */
export function figure(svg: string, caption: string, className = 'wide'): Html {
  return html`<figure class="${className}">
    ${new Html(svg)}
    <figcaption>${caption}</figcaption>
  </figure>`;
}

/** Wide tables scroll inside themselves; the box takes the focus so that a keyboard can scroll it. */
export function scroller(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${label}">${table}</div>`;
}

/** "0.392 ±0.043", or a dash where there is nothing to measure. */
export function measuredCell(value: MeanAndDeviation | null): Html {
  if (value === null) return html`–`;
  const [mean, sd] = measured(value);
  return html`${mean} <span class="sd">±${sd}</span>`;
}
