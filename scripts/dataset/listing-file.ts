import { basename, dirname, extname, resolve } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { imageFile, readText } from './file-access.ts';
import {
  type DatasetListing,
  type DatasetRow,
  type ImageSource,
  type Label,
  createListing,
} from './pair-source.ts';
import { readParquetRows } from './parquet-rows.ts';
import { type Row, parseCsvRows, parseJsonLines } from './parse-rows.ts';

export const LISTING_EXTENSIONS = ['.csv', '.tsv', '.jsonl', '.parquet'];

/** The names a column of pictures goes by, the first that a file has. */
export const IMAGE_COLUMNS = ['image', 'image_path', 'file_name', 'url'];
const CAPTION_COLUMNS = ['caption', 'text'];
const LABEL_COLUMN = 'label';
// pandas writes whole numbers as 1.0 once a column has a gap.
const MATCH_WORDS = new Set(['1', '1.0', 'true', 'match']);
const MISMATCH_WORDS = new Set(['0', '0.0', 'false', 'mismatch']);

/**
 * Pairs of a table of pictures and captions, a pair a row, in file order.
 * @param path .csv, .tsv, .jsonl or .parquet; picture paths in it are relative to its folder
 * @throws UserError for a malformed file, naming line and expected columns
 */
export async function readListingFile(path: string): Promise<DatasetListing> {
  const folder = dirname(path);
  const unit = extname(path).toLowerCase() === '.parquet' ? 'row' : 'line';
  const images = new Map<string, ImageSource>();
  const rows = (await readRows(path)).map((row): DatasetRow => {
    const where = `${basename(path)} ${unit} ${row.line}`;
    const at = `${path} ${unit} ${row.line}`;
    const name = cell(row, IMAGE_COLUMNS, at).trim();
    const caption = cell(row, CAPTION_COLUMNS, at).trim();
    const label = readLabel(row, at);
    if (name === '') return { where, reason: 'no picture named', caption };
    if (caption === '') return { where, reason: `no caption for ${name}`, image: name };
    if (/^https?:\/\//.test(name)) {
      const reason = `${name} is a URL; download it first, this command reads files`;
      return { where, reason, image: name, caption };
    }
    const file = resolve(folder, name);
    const image = images.get(file) ?? imageFile(file);
    images.set(file, image);
    const columns = otherColumns(row);
    return {
      image,
      imageName: name,
      caption,
      where,
      ...(label === null ? {} : { label }),
      ...(columns === null ? {} : { columns }),
    };
  });
  return createListing(rows);
}

const PAIR_COLUMNS = new Set([...IMAGE_COLUMNS, ...CAPTION_COLUMNS, LABEL_COLUMN]);

function otherColumns({ cells }: Row): Record<string, unknown> | null {
  const others = Object.entries(cells).filter(([name]) => !PAIR_COLUMNS.has(name));
  return others.length === 0 ? null : Object.fromEntries(others);
}

async function readRows(path: string): Promise<Row[]> {
  switch (extname(path).toLowerCase()) {
    case '.parquet':
      return readParquetRows(path, [...IMAGE_COLUMNS, ...CAPTION_COLUMNS, LABEL_COLUMN]);
    case '.jsonl':
      return parseJsonLines(await readText(path), path);
    case '.tsv':
      return parseCsvRows(await readText(path), path, '\t');
    default:
      return parseCsvRows(await readText(path), path);
  }
}

function cell(row: Row, names: readonly string[], at: string): string {
  const name = names.find((candidate) => Object.hasOwn(row.cells, candidate));
  if (name === undefined) {
    const found = Object.keys(row.cells).join(', ') || 'none';
    throw new UserError(
      `${at}: expected ${names.join(' or ')}, found ${found}. The first line of a table names its columns, such as image,caption.`,
    );
  }
  const value = row.cells[name];
  // Parquet has nulls where a text file has nothing.
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') {
    throw new UserError(`${at}: expected ${name} to be text, got ${excerpt(value)}.`);
  }
  return value;
}

/**
 * The text under the first of the names that the row has; null when it has none of them or nothing there.
 * @throws UserError at `at` when it is not text
 */
export function readTextCell(row: Row, names: readonly string[], at: string): string | null {
  if (!names.some((name) => Object.hasOwn(row.cells, name))) return null;
  const text = cell(row, names, at);
  return text === '' ? null : text;
}

/** Null where the row has no label: unmarked, so a pair like any other. */
export function readLabel(row: Row, at: string): Label | null {
  const value = row.cells[LABEL_COLUMN];
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
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? Number(inner) : inner,
  );
  return text.slice(0, 60);
}
