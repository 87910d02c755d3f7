import { basename, dirname, extname, resolve } from 'node:path';
import { readText } from '../files/file-access.ts';
import { createPictureFinder } from './named-picture.ts';
import {
  type DatasetListing,
  type DatasetRow,
  type ImageSource,
  type NamedColumns,
  createListing,
} from './pair-source.ts';
import { TablePicture } from './parquet-pictures.ts';
import { hasParquetColumns, readParquetPairs } from './parquet-rows.ts';
import { type Row, TEXT_TABLES, parseTable } from './parse-rows.ts';
import {
  CAPTION_COLUMNS,
  IMAGE_COLUMNS,
  LABEL_COLUMN,
  PICTURE_COLUMNS,
  type TableColumn,
  findIn,
  missingColumn,
  readCell,
  readLabel,
  tableColumn,
} from './table-cells.ts';

export const LISTING_EXTENSIONS = [...TEXT_TABLES, '.parquet'];

const REMOTE = /^([a-z][a-z0-9+.-]*:\/\/|data:)/i;

interface Columns {
  readonly image: TableColumn;
  readonly caption: TableColumn;
  /** Of kinds, where the user named one; the other columns of a text are read in any case. */
  readonly kind: string | null;
}

/**
 * Pairs of a table of pictures and captions, a pair a row, in file order. A row without either, or with something else than
 * text there, is skipped with the reason.
 * @param path of one of LISTING_EXTENSIONS; picture paths in it are relative to its folder
 * @param named the columns that the user named, in place of the known names
 * @throws UserError for a malformed file, naming the line, and for one of other columns
 */
export async function readListingFile(path: string, named: NamedColumns = {}): Promise<DatasetListing> {
  const columns = columnsFor(path, named);
  const table = await readRows(path, columns);
  const unit = isParquet(path) ? 'row' : 'line';
  checkColumns(table, columns, `${path} ${unit}`);
  const imageAt = createPictureFinder(resolve(dirname(path)));
  const file = { name: basename(path), path, unit };
  return createListing(table.map((row) => rowOf(row, columns, file, imageAt)));
}

/**
 * Pairs of Parquet files that are parts of one table, one after the other.
 * @throws UserError as `readListingFile` does
 */
export async function readParquetParts(
  paths: readonly string[],
  named: NamedColumns = {},
): Promise<DatasetListing> {
  const rows: DatasetRow[] = [];
  for (const path of paths) {
    for (const row of (await readListingFile(path, named)).rows) rows.push(row);
  }
  return createListing(rows, [`${paths.length} Parquet files are read as parts of one table`]);
}

/** Whether a Parquet file has a column of pictures and one of captions. @throws UserError when it cannot be read */
export async function isPairTable(path: string, named: NamedColumns = {}): Promise<boolean> {
  const { image, caption } = columnsFor(path, named);
  return hasParquetColumns(path, image.names, caption.names);
}

function columnsFor(path: string, named: NamedColumns): Columns {
  // Only Parquet can hold the pictures themselves.
  const known = isParquet(path) ? tableColumn([...IMAGE_COLUMNS.names, ...PICTURE_COLUMNS]) : IMAGE_COLUMNS;
  return {
    image: named.image === undefined ? known : tableColumn([named.image]),
    caption: named.caption === undefined ? CAPTION_COLUMNS : tableColumn([named.caption]),
    kind: named.kind ?? null,
  };
}

function isParquet(path: string): boolean {
  return extname(path).toLowerCase() === '.parquet';
}

async function readRows(path: string, { image, caption, kind }: Columns): Promise<Row[]> {
  if (isParquet(path)) {
    return readParquetPairs(path, { image, caption, label: LABEL_COLUMN, kind });
  }
  return parseTable(await readText(path), path, [image.names, caption.names]);
}

/** @throws UserError when no row has a column of pictures, or of captions */
function checkColumns(rows: readonly Row[], columns: Columns, at: string): void {
  for (const column of [columns.image, columns.caption]) {
    if (rows.length === 0 || rows.some((row) => findIn(row, column, `${at} ${row.line}`) !== null)) continue;
    throw missingColumn(`${at} ${rows[0].line}`, column, Object.keys(rows[0].cells));
  }
}

function rowOf(
  row: Row,
  { image, caption }: Columns,
  file: { readonly name: string; readonly path: string; readonly unit: string },
  imageAt: (name: string) => ImageSource,
): DatasetRow {
  const where = `${file.name} ${file.unit} ${row.line}`;
  const at = `${file.path} ${file.unit} ${row.line}`;
  const picture = pictureIn(row, image, at);
  const name =
    picture === null
      ? readCell(row, image, at)
      : { column: findIn(row, image, at), text: picture.shownName, problem: null };
  const text = readCell(row, caption, at);
  const label = readLabel(row, at);
  const reason = name.problem ?? text.problem ?? problemOf(name.text, text.text, picture !== null);
  if (reason !== null) {
    const known = { image: name.text, caption: text.text };
    return {
      where,
      reason,
      ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== '')),
    };
  }
  const columns = otherColumns(row, [name.column, text.column, findIn(row, LABEL_COLUMN, at)]);
  return {
    image: picture ?? imageAt(name.text),
    imageName: name.text,
    caption: text.text,
    where,
    ...(label === null ? {} : { label }),
    ...(columns === null ? {} : { columns }),
  };
}

/** The picture itself, where the table holds it. */
function pictureIn(row: Row, image: TableColumn, at: string): TablePicture | null {
  const column = findIn(row, image, at);
  const cell = column === null ? null : row.cells[column];
  return cell instanceof TablePicture ? cell : null;
}

function problemOf(name: string, caption: string, isHere: boolean): string | null {
  if (name === '') return 'no picture named';
  if (caption === '') return `no caption for ${name}`;
  if (isHere || !REMOTE.test(name)) return null;
  return `${name.slice(0, 200)} is a URL; download it first, this command reads files`;
}

function otherColumns({ cells }: Row, used: readonly (string | null)[]): Record<string, unknown> | null {
  const others = Object.entries(cells).filter(([name]) => !used.includes(name));
  return others.length === 0 ? null : Object.fromEntries(others);
}
