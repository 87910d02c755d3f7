import type { MeanAndDeviation } from '../../src/core/evaluation/paired-difference.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { measuredCell } from './page-parts.ts';

/** One column of a table, as it is seen and as it is copied. */
export interface Column<Row> {
  readonly heading: string | Html;
  readonly cell: (row: Row) => string | number | Html;
  readonly className: '' | 'text' | 'prose' | 'stacked';
  /** A mean and its deviation are two columns of the copied text. */
  readonly copied: readonly { readonly name: string; readonly of: (row: Row) => string | number | null }[];
}

export interface TableOptions<Row> {
  /** Unique in the page. */
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The selection's own row. */
  readonly isMarked?: (row: Row) => boolean;
  /** Scrolls within a screen's height, under its heading. */
  readonly isTall?: boolean;
}

export function textColumn<Row>(heading: string, of: (row: Row) => string): Column<Row> {
  return { heading, cell: of, className: 'text', copied: [{ name: heading, of }] };
}

/** Sentences, which need some width to be read. */
export function proseColumn<Row>(heading: string, of: (row: Row) => string): Column<Row> {
  return { ...textColumn(heading, of), className: 'prose' };
}

/** @param digits after the point; what is copied keeps six significant ones */
export function numberColumn<Row>(
  heading: string,
  of: (row: Row) => number | null,
  digits: number,
): Column<Row> {
  return {
    heading,
    cell: (row) => of(row)?.toFixed(digits).replace('-', '−') ?? '–',
    className: '',
    copied: [{ name: heading, of }],
  };
}

/** @param name in the copied text, where the heading is seen in its place only */
export function measuredColumn<Row>(
  heading: string | Html,
  name: string,
  of: (row: Row) => MeanAndDeviation | null,
): Column<Row> {
  return {
    heading,
    cell: (row) => measuredCell(of(row)),
    className: 'stacked',
    copied: [
      { name: `${name} mean`, of: (row) => of(row)?.mean ?? null },
      { name: `${name} sd`, of: (row) => of(row)?.sd ?? null },
    ],
  };
}

/** Drawn, since not every font has a diamond. */
const MARK = html`<span class="mark"><span class="unseen"> (the selection)</span></span>`;

/** A table that scrolls inside itself, with its data as text below. The first column heads the rows. */
export function dataTable<Row>({
  id,
  caption,
  columns,
  rows,
  isMarked = () => false,
  isTall = false,
}: TableOptions<Row>): Html {
  const [first, ...others] = columns;
  return html`<div class="table-block" id="${id}">
    <div
      class="${isTall ? 'scroll tall' : 'scroll'}"
      role="region"
      tabindex="0"
      aria-labelledby="${id}-caption"
    >
      <table>
        <caption>
          <span id="${id}-caption">${caption}</span>
        </caption>
        <thead>
          <tr>
            ${columns.map(({ heading, className }) => html`<th scope="col" class="${className}">${heading}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr class="${isMarked(row) ? 'chosen' : ''}">
                <th scope="row">${first.cell(row)}${isMarked(row) ? MARK : ''}</th>
                ${others.map((column) => html`<td class="${column.className}">${column.cell(row)}</td>`)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${copyableData(id, caption, tableText(columns, rows))}
  </div>`;
}

/** A button that copies, shown where script runs, and the same text to select by hand. */
export function copyableData(id: string, name: string, text: string): Html {
  return html`<div class="copy">
    <button type="button" hidden data-copy="${id}-data" aria-label="Copy: ${name}">Copy</button>
    <details>
      <summary aria-label="Show as text: ${name}">Show as text</summary>
      <textarea readonly spellcheck="false" rows="6" id="${id}-data" aria-label="Tab-separated: ${name}">
${text}</textarea>
    </details>
  </div>`;
}

/** Tab-separated, as spreadsheets take it; an absent value is an empty field. */
export function tableText<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const fields = columns.flatMap(({ copied }) => copied);
  const lines = [
    fields.map(({ name }) => name),
    ...rows.map((row) => fields.map(({ of }) => field(of(row)))),
  ];
  return lines.map((line) => `${line.join('\t')}\n`).join('');
}

function field(value: string | number | null): string {
  if (value === null) return '';
  // What a tab or a line break would tear apart, a space keeps together.
  return typeof value === 'string' ? value.replace(/\s+/g, ' ') : String(Number(value.toPrecision(6)));
}
