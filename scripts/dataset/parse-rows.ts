import { CsvError, parse } from 'csv-parse/sync';
import { UserError } from '../cli/user-error.ts';

/** A row as written; `line` counts from 1 and is where the row begins. */
export interface Row {
  readonly line: number;
  readonly cells: Readonly<Record<string, unknown>>;
}

/**
 * Rows of a CSV with a header line, RFC 4180 quoting (none in tab-separated text), UTF-8 with or without a byte order mark; blank lines are passed over.
 * @throws UserError naming `path` and the line of the first row that does not fit the header or is ill quoted
 */
export function parseCsvRows(text: string, path: string, delimiter: ',' | '\t' = ','): Row[] {
  let header: string[] = [];
  const rows: Row[] = [];
  try {
    parse(text, {
      bom: true,
      delimiter,
      // Tab-separated files of captions are written without quoting; a quote there is part of the caption.
      quote: delimiter === ',' ? '"' : false,
      skip_empty_lines: true,
      info: true,
      columns: (names: string[]) => (header = names.map((name) => name.trim().toLowerCase())),
      on_record: ({ record, info }: { record: Record<string, string>; info: { lines: number } }) => {
        // csv-parse counts the line a record ends on; a quoted caption may span several.
        rows.push({ line: info.lines - lineBreaks(record), cells: record });
        return null;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new UserError(
      `${path} is malformed ${delimiter === ',' ? 'CSV' : 'TSV'}: ${cause.message}. Expected columns: ${header.join(', ') || 'image, caption'}.`,
      { cause },
    );
  }
  return rows;
}

function lineBreaks(record: Readonly<Record<string, string>>): number {
  return Object.values(record).reduce((sum, value) => sum + (value.match(/\n/g)?.length ?? 0), 0);
}

/**
 * Rows of a JSON Lines file: one object a line, blank lines passed over.
 * @throws UserError naming `path` and the first line that is no JSON object
 */
export function parseJsonLines(text: string, path: string): Row[] {
  const rows: Row[] = [];
  for (const [index, content] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (content.trim() === '') continue;
    rows.push({ line: index + 1, cells: parseObject(content, `${path} line ${index + 1}`) });
  }
  return rows;
}

function parseObject(content: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new UserError(`${where} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(`${where}: expected an object with image and caption, got ${content.slice(0, 60)}.`);
  }
  return { ...value };
}
