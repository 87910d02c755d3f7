import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/**
 * Charts as inline SVG text. Colours are the custom properties of report-style.ts, so that dark mode and paper need no
 * second chart. Wide charts are drawn twice, for a desk and for a phone: text is then never scaled below what can be read.
 */

export type Format = 'wide' | 'narrow';

/** What the page gives a chart at most, in CSS pixels. */
export const WIDTHS: Readonly<Record<Format, number>> = { wide: 880, narrow: 328 };

/** Of one panel of two or three side by side, which on a phone stand one above the other. */
export const PANEL_WIDTH = 328;

export interface ChartText {
  /** Unique in the page: names the title and description for screen readers. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** Draw one chart. Equal options give equal text. */
export function draw(
  { style, ...options }: Plot.PlotOptions,
  { id, title, description }: ChartText,
  className = 'panel',
): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    marginTop: 28,
    marginBottom: 40,
    marginLeft: 48,
    ...options,
    style: { background: 'none', fontSize: '12px', ...(typeof style === 'object' ? style : {}) },
    document,
  });
  // The page's style sheet says the same once.
  svg.querySelector('style')?.remove();
  // Plot names each mark for screen readers; inside an image nothing is read but its title and description.
  for (const mark of svg.querySelectorAll('[aria-label]')) {
    mark.setAttribute('data-mark', mark.getAttribute('aria-label') ?? '');
    mark.removeAttribute('aria-label');
  }
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-labelledby', `${id}-title ${id}-description`);
  svg.setAttribute('class', `chart ${className}`);
  svg.prepend(
    textElement(document, 'title', `${id}-title`, title),
    textElement(document, 'desc', `${id}-description`, description),
  );
  return shortenNumbers(svg.outerHTML);
}

/** The same chart for both formats; the style sheet shows one of them. */
export function drawBoth(text: ChartText, options: (format: Format) => Plot.PlotOptions): string {
  const formats: readonly Format[] = ['wide', 'narrow'];
  return formats
    .map((format) =>
      draw({ width: WIDTHS[format], ...options(format) }, { ...text, id: `${text.id}-${format}` }, format),
    )
    .join('');
}

/** A hundredth of a pixel is all that can be seen; the rest is half the size of the file. */
function shortenNumbers(svg: string): string {
  return svg.replace(/(?<=="[^"<>]*\d\.\d\d)\d+(?=[^"<>]*")/g, '');
}

function textElement(document: Document, name: 'title' | 'desc', id: string, text: string): Element {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  element.setAttribute('id', id);
  element.textContent = text;
  return element;
}
