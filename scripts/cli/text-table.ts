import { escapeControls, tellLines } from './messages.ts';

const NUMBER = /^[-\u2212]?[\d.,]+[* ]?$/;
const NOTHING = '-';

/**
 * A table for people: columns two blanks apart, as wide as their widest cell; columns of numbers to the right.
 * @param rows of as many cells as the header
 */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = [header, ...rows].map((row) => row.map(escapeControls));
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const isNumeric = header.map((_, column) =>
    rows.every((row) => NUMBER.test(row[column]) || row[column] === NOTHING),
  );
  const pad = (cell: string, column: number): string =>
    isNumeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
  return table.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** The same on stderr, when a person is looking. */
export function showTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  if (process.stderr.isTTY && rows.length > 0) tellLines(textTable(header, rows));
}
