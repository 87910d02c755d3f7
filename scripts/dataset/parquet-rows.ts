import type { SchemaTree } from 'hyparquet';
import { shorten } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { findColumn, foldName } from './column-names.ts';
import { noKindColumn } from './kinds.ts';
import { type ParquetFile, openParquet } from './parquet-file.ts';
import { holdsPictures, tablePictures } from './parquet-pictures.ts';
import type { Row } from './parse-rows.ts';
import { type TableColumn, missingColumn } from './table-cells.ts';

/**
 * The rows of a Parquet file, of the named columns only (those that it has, whatever their case); `line` is the row, counted
 * from 1. A text that is not UTF-8 stays bytes.
 * @throws UserError naming the path when it cannot be read as Parquet
 */
export async function readParquetRows(path: string, columns: readonly string[]): Promise<Row[]> {
  const file = await openParquet(path);
  const wanted = columnsOf(file, columns);
  if (wanted.length === 0) throw noneOf(file, columns);
  return readTexts(file, wanted);
}

/**
 * As `readParquetRows`, where a column under the names of pictures may hold the pictures themselves: cells are then
 * `TablePicture`, and the other columns under those names are left out.
 * @throws UserError naming the columns when there is none of pictures or none of captions, or no column of kinds
 */
export async function readParquetPairs(
  path: string,
  {
    image,
    caption,
    label,
    kind,
  }: {
    readonly image: TableColumn;
    readonly caption: TableColumn;
    readonly label: TableColumn;
    /** The column of kinds, where one was named. */
    readonly kind: string | null;
  },
): Promise<Row[]> {
  const file = await openParquet(path);
  const names = file.columns.map(({ element }) => element.name);
  for (const column of [image, caption]) {
    if (findColumn(names, column.names, path) === null) throw missingColumn(path, column, names);
  }
  if (kind !== null && findColumn(names, [kind], path) === null) throw noKindColumn(kind, path, names);
  const texts = columnsOf(file, [...caption.names, ...label.names, ...(kind === null ? [] : [kind])]);
  for (const column of columnsOf(file, image.names)) {
    if (!(await holdsPictures(file, column))) continue;
    const pictures = await tablePictures(file, column);
    const rows = await readTexts(file, texts);
    return pictures.map((picture, index) => ({
      line: index + 1,
      cells: { ...rows[index]?.cells, [column.element.name]: picture },
    }));
  }
  return readTexts(file, [...columnsOf(file, image.names), ...texts]);
}

/** Whether a file has a column under each of the lists of names. */
export async function hasParquetColumns(
  path: string,
  ...lists: readonly (readonly string[])[]
): Promise<boolean> {
  const file = await openParquet(path);
  return lists.every((names) => columnsOf(file, names).length > 0);
}

/** @throws UserError when a Parquet file has no column of that name */
export async function requireKindColumn(path: string, kind: string): Promise<void> {
  const { columns } = await openParquet(path);
  const names = columns.map(({ element }) => element.name);
  if (findColumn(names, [kind], path) === null) throw noKindColumn(kind, path, names);
}

/** In the order of the names, each once. */
function columnsOf({ columns }: ParquetFile, names: readonly string[]): SchemaTree[] {
  const found = names.flatMap((name) =>
    columns.filter(({ element }) => foldName(element.name) === foldName(name)),
  );
  return [...new Set(found)];
}

async function readTexts(file: ParquetFile, columns: readonly SchemaTree[]): Promise<Row[]> {
  const nested = columns.find(({ children }) => children.length > 0);
  if (nested !== undefined) {
    const inside = shorten(nested.children.map(({ element }) => element.name).join(', '));
    throw new UserError(
      `${file.path}: the column ${shorten(nested.element.name)} holds {${inside}}, expected text, or {bytes, path} of a picture.`,
    );
  }
  const rows = await file.read({ columns: columns.map(({ element }) => element.name) });
  return rows.map((cells, index) => ({ line: index + 1, cells }));
}

function noneOf({ path, columns }: ParquetFile, wanted: readonly string[]): UserError {
  const names = shorten(columns.map(({ element }) => element.name).join(', '));
  return new UserError(`${path} has none of the columns ${wanted.join(', ')} but ${names || 'none'}.`);
}
