import { extname } from 'node:path';
import { quote, shorten } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { readText } from '../files/file-access.ts';
import { writeJsonExactly } from '../../src/dataset/parse-json.ts';
import { TEXT_TABLES, parseTable } from '../dataset/parse-rows.ts';
import { findIn, tableColumn } from '../dataset/table-cells.ts';
import { checkId } from './ids-file.ts';

/** Of one item; a request that shows a hundred must stay small. */
const MAX_METADATA_LENGTH = 4096;
const ID_COLUMN = tableColumn(['id']);

/**
 * Metadata by id from a table: .csv or .tsv with a column id, or .jsonl or .ndjson with a key id. Columns of the first two are texts.
 * @throws UserError naming the file and the line
 */
export async function readMetadataFile(path: string): Promise<Map<string, string>> {
  const byId = new Map<string, string>();
  if (!TEXT_TABLES.includes(extname(path).toLowerCase())) {
    throw new UserError(`--metadata ${path}: expected a .csv, .tsv, .jsonl or .ndjson file`);
  }
  for (const row of parseTable(await readText(path), path, [ID_COLUMN.names])) {
    const { cells } = row;
    const where = `--metadata ${path} line ${row.line}`;
    const column = findIn(row, ID_COLUMN, where);
    const id = column === null ? undefined : cells[column];
    const rest = Object.fromEntries(Object.entries(cells).filter(([name]) => name !== column));
    const text = idText(id);
    if (text === null) {
      const found =
        id === undefined
          ? shorten(Object.keys(cells).join(', ')) || 'nothing'
          : `${shorten(writeJsonExactly(id))} as id`;
      throw new UserError(
        `${where}: expected an id that is a text or a whole number below 2^53, found ${found}`,
      );
    }
    checkId(text, where);
    if (byId.has(text)) throw new UserError(`${where}: the id ${quote(text)} has a line already`);
    byId.set(text, metadataText(rest, where));
  }
  return byId;
}

/**
 * Metadata as it is stored: JSON, without the fields that hold nothing.
 * @throws UserError when it is longer than 4,096 characters
 */
export function metadataText(fields: Readonly<Record<string, unknown>>, where: string): string {
  const kept = Object.entries(fields).filter(
    ([, value]) => value !== null && value !== undefined && value !== '' && !isBeyondJson(value),
  );
  const text = writeJsonExactly(Object.fromEntries(kept));
  if (text.length <= MAX_METADATA_LENGTH) return text;
  throw new UserError(
    `${where}: expected metadata of at most ${MAX_METADATA_LENGTH} characters, got ${text.length}`,
  );
}

/** NaN and the infinities: JSON would have null there. */
function isBeyondJson(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}

/** Beyond 2^53 other programs lose the last digits of a number, which then names another vector. */
function idText(id: unknown): string | null {
  if (typeof id === 'string') return id;
  return Number.isSafeInteger(id) ? String(id) : null;
}
