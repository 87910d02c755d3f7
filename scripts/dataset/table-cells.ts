import { shorten } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { findColumn } from './column-names.ts';
import type { Label } from './pair-source.ts';
import type { Row } from './parse-rows.ts';

/** A column under the names that it may have, in order of preference. */
export interface TableColumn {
  readonly names: readonly string[];
  /** What `findIn` found for rows of the same columns: a table has one set of them or, as JSON, few. */
  readonly found: Map<string, string | null>;
}

export function tableColumn(names: readonly string[]): TableColumn {
  return { names, found: new Map() };
}

/** The names a column of pictures goes by: open_clip's is filepath, LAION's URL. */
export const IMAGE_COLUMNS = tableColumn(['image', 'image_path', 'file_name', 'filepath', 'url']);
/** And one that holds pictures themselves, besides. */
export const PICTURE_COLUMNS = ['img', 'image_bytes', 'bytes', 'jpg', 'jpeg', 'png', 'webp'];
/** And one of captions: open_clip's is title, LAION's TEXT. */
export const CAPTION_COLUMNS = tableColumn(['caption', 'text', 'title']);
export const LABEL_COLUMN = tableColumn(['label']);

// pandas writes whole numbers as 1.0 once a column has a gap.
const MATCH_WORDS = new Set(['1', '1.0', 'true', 'match']);
const MISMATCH_WORDS = new Set(['0', '0.0', 'false', 'mismatch']);

/**
 * The column of a row that is meant, as the table writes it; null when the row has none of the names.
 * @param at names the row in messages
 * @throws UserError when two columns have the name that is meant
 */
export function findIn({ cells }: Row, { names, found }: TableColumn, at: string): string | null {
  const columns = Object.keys(cells);
  const key = columns.join('\n');
  const known = found.get(key);
  if (known !== undefined) return known;
  const column = findColumn(columns, names, at);
  found.set(key, column);
  return column;
}

/** @param found the columns that there are; `at` names the table or its first row */
export function missingColumn(at: string, { names }: TableColumn, found: readonly string[]): UserError {
  return new UserError(
    `${at}: expected ${names.join(' or ')}, found ${shorten(found.join(', ')) || 'none'}. The header of a table names its columns, such as image,caption; ` +
      '--image-column and --caption-column name others.',
  );
}

export interface Cell {
  /** As the table writes it; null when the row has none of the names. */
  readonly column: string | null;
  /** Trimmed; empty where there is nothing. */
  readonly text: string;
  /** Why it is no text. */
  readonly problem: string | null;
}

/** The text that a row has in a column; a problem is reported for the row and does not stop the file. */
export function readCell(row: Row, wanted: TableColumn, at: string): Cell {
  const { cells } = row;
  const column = findIn(row, wanted, at);
  if (column === null) {
    const found = shorten(Object.keys(cells).join(', ')) || 'none';
    return { column, text: '', problem: `expected ${wanted.names.join(' or ')}, found ${found}` };
  }
  const value = cells[column];
  // Parquet and JSON have nulls where other tables have nothing.
  if (value === null || value === undefined) return { column, text: '', problem: null };
  if (value instanceof Uint8Array) return { column, text: '', problem: `${column} is not UTF-8 text` };
  if (typeof value !== 'string') {
    return { column, text: '', problem: `expected ${column} to be text, got ${excerpt(value)}` };
  }
  // A cut emoji or a NUL could be written to no table as it is.
  const isText = value.isWellFormed() && !value.includes('\0');
  return isText
    ? { column, text: value.trim(), problem: null }
    : {
        column,
        text: value.toWellFormed().replaceAll('\0', '\uFFFD').trim(),
        problem: `${column} holds ${value.includes('\0') ? 'a NUL character' : 'half of a surrogate pair'}, expected text`,
      };
}

/**
 * `readCell` for a table that must be sound: null when the row has no such column or nothing there.
 * @throws UserError at `at` when it is not text
 */
export function readTextCell(row: Row, wanted: TableColumn, at: string): string | null {
  const { column, text, problem } = readCell(row, wanted, at);
  if (column !== null && problem !== null) throw new UserError(`${at}: ${problem}.`);
  return text === '' ? null : text;
}

/** Null where the row has no label: unmarked, so a pair like any other. */
export function readLabel(row: Row, at: string): Label | null {
  const column = findIn(row, LABEL_COLUMN, at);
  const value = column === null ? null : row.cells[column];
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  const word =
    typeof value === 'object'
      ? ''
      : String(value as string | number | boolean | bigint)
          .trim()
          .toLowerCase();
  if (word === '' && value === '') return null;
  if (MATCH_WORDS.has(word)) return 1;
  if (MISMATCH_WORDS.has(word)) return 0;
  throw new UserError(
    `${at}: expected label to be 1, true or match, or 0, false or mismatch, got ${excerpt(value)}. Rename the column if it means something else.`,
  );
}

function excerpt(value: unknown): string {
  // JSON has no word for NaN and Infinity.
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? Number(inner) : inner,
  );
  return shorten(text, 60);
}
