import { extname } from 'node:path';
import { shorten } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { splitLines } from '../files/text.ts';
import { DELIMITERS, MalformedRowError, detectDelimiter, forEachRow } from './delimited-text.ts';
import { parseJsonExactly } from '../../src/dataset/parse-json.ts';

/** A row as written, by column; `line` counts lines as an editor does, from 1, and is where the row begins. */
export interface Row {
  readonly line: number;
  readonly cells: Readonly<Record<string, unknown>>;
}

/** The extensions of the tables that are text. */
export const TEXT_TABLES = ['.csv', '.tsv', '.jsonl', '.ndjson'];

/**
 * Rows of a text table by its extension: JSON Lines, or delimited text with a header line.
 * @param needed for each column that is needed, the names that it may have: the delimiter is the one that shows them
 * @throws UserError naming `path` and the line of the first row that cannot be read
 */
export function parseTable(text: string, path: string, needed: readonly (readonly string[])[]): Row[] {
  const extension = extname(path).toLowerCase();
  if (extension === '.jsonl' || extension === '.ndjson') return parseJsonLines(text, path);
  if (extension !== '.tsv') {
    const delimiter = detectDelimiter(text, DELIMITERS, needed);
    return parseDelimited(text, path, { kind: 'CSV', delimiter, quote: '"' });
  }
  const delimiter = detectDelimiter(text, ['\t', ...DELIMITERS], needed);
  // Captions stand in a .tsv as they are, with any quotes of their own, unless its header shows that cells are quoted.
  const isPlain = delimiter === '\t' && !/^\s*"/.test(text);
  return parseDelimited(text, path, { kind: 'TSV', delimiter, quote: isPlain ? false : '"' });
}

/** RFC 4180 with a header. Of two columns of one name the first is kept. */
function parseDelimited(
  text: string,
  path: string,
  { kind, ...dialect }: { readonly kind: string; readonly delimiter: string; readonly quote: '"' | false },
): Row[] {
  let header: string[] = [];
  const rows: Row[] = [];
  try {
    forEachRow(text, dialect, (cells, line) => {
      if (header.length === 0) header = cells.map((name) => name.trim());
      else rows.push({ line, cells: toRecord(header, cells, line) });
    });
  } catch (cause) {
    if (!(cause instanceof MalformedRowError)) throw cause;
    const expected = shorten(header.join(', ')) || 'image, caption';
    throw new UserError(`${path} is malformed ${kind}: ${cause.message}. Expected columns: ${expected}.`, {
      cause,
    });
  }
  return rows;
}

function toRecord(
  header: readonly string[],
  cells: readonly string[],
  line: number,
): Readonly<Record<string, string>> {
  if (cells.length !== header.length) {
    throw new MalformedRowError(
      `expected ${header.length} cells as in the header, got ${cells.length} on line ${line}`,
    );
  }
  const record: Record<string, string> = Object.create(null);
  for (const [i, name] of header.entries()) record[name] ??= cells[i];
  return record;
}

/**
 * Rows of a JSON Lines file: one object a line, blank lines passed over.
 * @throws UserError naming `path` and the first line that is not a JSON object
 */
function parseJsonLines(text: string, path: string): Row[] {
  const rows: Row[] = [];
  for (const [index, content] of splitLines(text).entries()) {
    if (content.trim() === '') continue;
    rows.push({ line: index + 1, cells: parseObject(content, `${path} line ${index + 1}`) });
  }
  return rows;
}

function parseObject(content: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJsonExactly(content);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new UserError(`${where} is not JSON: ${cause.message}.`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(`${where}: expected an object with image and caption, got ${shorten(content, 60)}.`);
  }
  return { ...value };
}
