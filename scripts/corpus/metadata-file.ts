import { extname } from 'node:path';
import type { JsonValue } from '../../src/format/canonical-json.ts';
import { UserError } from '../cli/user-error.ts';
import { readText } from '../dataset/file-access.ts';
import { type Row, parseCsvRows, parseJsonLines } from '../dataset/parse-rows.ts';
import { checkId } from './ids-file.ts';

/** Of one item; a request that shows a hundred must stay small. */
const MAX_METADATA_LENGTH = 4096;

/**
 * Metadata by id from a table: .csv or .tsv with a column id, or .jsonl with a key id. Columns of a .csv are texts.
 * @throws UserError naming the file and the line
 */
export async function readMetadataFile(path: string): Promise<Map<string, string>> {
  const byId = new Map<string, string>();
  for (const { line, cells } of await readRows(path)) {
    const where = `--metadata ${path} line ${line}`;
    const { id, ...rest } = cells;
    const text = idText(id);
    if (text === null) {
      const found =
        id === undefined ? Object.keys(cells).join(', ') || 'nothing' : `${JSON.stringify(id)} as id`;
      throw new UserError(
        `${where}: expected an id that is a text or a whole number below 2^53, found ${found}`,
      );
    }
    checkId(text, where);
    if (byId.has(text)) throw new UserError(`${where}: the id ${JSON.stringify(text)} has a line already`);
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
    ([, value]) => value !== null && value !== undefined && value !== '',
  );
  const text = JSON.stringify(Object.fromEntries(kept) as Record<string, JsonValue>);
  if (text.length <= MAX_METADATA_LENGTH) return text;
  throw new UserError(
    `${where}: expected metadata of at most ${MAX_METADATA_LENGTH} characters, got ${text.length}`,
  );
}

/** A number beyond 2^53 has lost its last digits by now, and would name another vector. */
function idText(id: unknown): string | null {
  if (typeof id === 'string') return id;
  return Number.isSafeInteger(id) ? String(id) : null;
}

async function readRows(path: string): Promise<Row[]> {
  const text = await readText(path);
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return parseCsvRows(text, path);
    case '.tsv':
      return parseCsvRows(text, path, '\t');
    case '.jsonl':
      return parseJsonLines(text, path);
    default:
      throw new UserError(`--metadata ${path}: expected a .csv, .tsv or .jsonl file`);
  }
}
