import { CsvError, parse } from 'csv-parse/sync';
import { countLineEnds } from '../files/text.ts';
import { foldName } from './column-names.ts';

/** How the cells of a table are set apart. */
interface Dialect {
  readonly delimiter: string;
  readonly quote: '"' | false;
}

export const DELIMITERS = [',', ';', '\t', '|'];
/** RFC 4180 has CRLF; Unix and old Macs write the others, and some files mix them. */
const LINE_ENDS = ['\r\n', '\n', '\r'];
/** Enough for a thousand columns. */
const MAX_HEADER_LENGTH = 65_536;

const QUOTE_PROBLEMS = new Map<string, string>([
  ['CSV_QUOTE_NOT_CLOSED', 'a quote is never closed'],
  ['CSV_INVALID_CLOSING_QUOTE', 'a closing quote has text behind it'],
  ['INVALID_OPENING_QUOTE', 'a quote stands inside a cell that does not begin with one'],
]);

/** A row that cannot be read, as the rest of a sentence: "a quote is never closed in the row that begins on line 7". */
export class MalformedRowError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MalformedRowError';
  }
}

/**
 * Every row of delimited text with the line that it begins on, from 1. Quoted as in RFC 4180; blank lines are skipped.
 * @param onRow may throw
 * @throws MalformedRowError
 */
export function forEachRow(
  text: string,
  { delimiter, quote }: Dialect,
  onRow: (cells: string[], line: number) => void,
): void {
  const bytes = Buffer.from(text);
  const lineAt = lineCounter(bytes);
  let end = 0;
  try {
    parse(bytes, {
      delimiter,
      quote,
      record_delimiter: LINE_ENDS,
      skip_empty_lines: true,
      relax_column_count: true,
      on_record: (cells: string[], info: { readonly bytes: number }) => {
        const line = lineAt(end);
        end = info.bytes;
        onRow(cells, line);
        return null;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const problem = QUOTE_PROBLEMS.get(cause.code) ?? cause.message;
    throw new MalformedRowError(`${problem} in the row that begins on line ${lineAt(end)}`, { cause });
  }
}

/**
 * The line of a byte; blank lines there are skipped. Counted here because csv-parse counts a CRLF inside quotes twice.
 * @returns a function of an offset, which must not be below that of the last call
 */
function lineCounter(bytes: Uint8Array): (offset: number) => number {
  let counted = 0;
  let line = 1;
  return (offset) => {
    let start = offset;
    while (bytes[start] === 10 || bytes[start] === 13) start++;
    line += countLineEnds(bytes, counted, start);
    counted = start;
    return line;
  };
}

/**
 * The delimiter under which the header names the most of what is needed, then the one that makes the most cells of it.
 * @param delimiters the first wins where others are as good
 * @param needed for each column that is needed, the names that it may have
 */
export function detectDelimiter(
  text: string,
  delimiters: readonly string[],
  needed: readonly (readonly string[])[],
): string {
  const candidates = delimiters.map((delimiter) => {
    const names = headerUnder(text, delimiter);
    const known = needed.filter((choice) => choice.some((name) => names.includes(foldName(name))));
    return { delimiter, known: known.length, cells: names.length };
  });
  return candidates.reduce((best, other) =>
    other.known > best.known || (other.known === best.known && other.cells > best.cells) ? other : best,
  ).delimiter;
}

/** The names in the first row, folded; none where it cannot be read that way. */
export function headerUnder(text: string, delimiter: string): string[] {
  let header: string[] = [];
  try {
    parse(text.slice(0, MAX_HEADER_LENGTH), {
      delimiter,
      record_delimiter: LINE_ENDS,
      skip_empty_lines: true,
      relax_quotes: true,
      to: 1,
      on_record: (cells: string[]) => (header = cells.map(foldName)),
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  return header;
}
