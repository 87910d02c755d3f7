import { basename, dirname, extname, resolve } from 'node:path';
import { shorten } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { createPictureFinder } from '../dataset/named-picture.ts';
import type { ImageSource, Skipped } from '../dataset/pair-source.ts';
import { openParquet } from '../dataset/parquet-file.ts';
import { TablePicture, holdsPictures, tablePictures } from '../dataset/parquet-pictures.ts';
import { type Row, TEXT_TABLES, parseTable } from '../dataset/parse-rows.ts';
import { type TableColumn, findIn, readCell, tableColumn } from '../dataset/table-cells.ts';
import { readText } from '../files/file-access.ts';

/** Two pictures and two captions, caption i of picture i. */
export interface Quad {
  readonly where: string;
  readonly images: readonly [ImageSource, ImageSource];
  /** As the table has them. */
  readonly imageNames: readonly [string, string];
  readonly captions: readonly [string, string];
}

const IMAGES = ['image_0', 'image_1'] as const;
const CAPTIONS = ['caption_0', 'caption_1'] as const;
const NAMES = [IMAGES[0], CAPTIONS[0], IMAGES[1], CAPTIONS[1]];
const COLUMNS: ReadonlyMap<string, TableColumn> = new Map(NAMES.map((name) => [name, tableColumn([name])]));

/**
 * The rows of a table of Winoground's form, in order; a row that is not whole comes with why.
 * @param path of .csv, .tsv, .jsonl, .ndjson or .parquet; picture paths in it are relative to its folder, and Parquet may hold the pictures
 * @throws UserError for a file of another form, a malformed one, one without a row, and one that lacks a column
 */
export async function readQuads(path: string): Promise<(Quad | Skipped)[]> {
  const rows = await readRows(path);
  const unit = isParquet(path) ? 'row' : 'line';
  if (rows.length === 0) throw new UserError(`--quads ${path} holds no row`);
  const imageAt = createPictureFinder(resolve(dirname(path)));
  return rows.map((row) =>
    toQuad(row, `${path} ${unit} ${row.line}`, `${basename(path)} ${unit} ${row.line}`, imageAt),
  );
}

function isParquet(path: string): boolean {
  return extname(path).toLowerCase() === '.parquet';
}

async function readRows(path: string): Promise<Row[]> {
  if (isParquet(path)) return readParquet(path);
  if (!TEXT_TABLES.includes(extname(path).toLowerCase())) {
    throw new UserError(`--quads ${path}: expected ${TEXT_TABLES.join(', ')} or .parquet`);
  }
  const rows = parseTable(
    await readText(path),
    path,
    NAMES.map((name) => [name]),
  );
  // Of JSON, a row may lack what others have; what no row has is no column.
  const missing = NAMES.filter(
    (name) => rows.length > 0 && !rows.some((row) => columnOf(row, name, path) !== null),
  );
  if (missing.length > 0) throw lacks(path, Object.keys(rows[0].cells));
  return rows;
}

async function readParquet(path: string): Promise<Row[]> {
  const file = await openParquet(path);
  const names = file.columns.map(({ element }) => element.name);
  const header: Row = { line: 0, cells: Object.fromEntries(names.map((name) => [name, null])) };
  const columns = NAMES.map((name) => {
    const found = columnOf(header, name, path);
    const column = file.columns.find(({ element }) => element.name === found);
    if (column === undefined) throw lacks(path, names);
    return column;
  });
  const cells = await Promise.all(
    columns.map(async (column) => {
      if (await holdsPictures(file, column)) return tablePictures(file, column);
      const { name } = column.element;
      return (await file.read({ columns: [name] })).map((row) => row[name]);
    }),
  );
  return cells[0].map((_, i) => ({
    line: i + 1,
    cells: Object.fromEntries(NAMES.map((name, column) => [name, cells[column][i]])),
  }));
}

function columnOf(row: Row, name: string, at: string): string | null {
  return findIn(row, COLUMNS.get(name) ?? tableColumn([name]), at);
}

function lacks(path: string, found: readonly string[]): UserError {
  return new UserError(
    `--quads ${path}: expected the columns ${NAMES.join(', ')}, found ${shorten(found.join(', ')) || 'none'}`,
  );
}

function toQuad(row: Row, at: string, where: string, imageAt: (name: string) => ImageSource): Quad | Skipped {
  const problems: string[] = [];
  const textOf = (name: string): string => {
    const { text, problem } = readCell(row, COLUMNS.get(name) ?? tableColumn([name]), at);
    if (problem !== null || text === '') problems.push(problem ?? `no ${name}`);
    return text;
  };
  const pictureOf = (name: string): [ImageSource, string] => {
    const column = columnOf(row, name, at);
    const cell = column === null ? null : row.cells[column];
    if (cell instanceof TablePicture) return [cell, cell.shownName];
    const text = textOf(name);
    return [imageAt(text), text];
  };
  const [[image0, name0], [image1, name1]] = [pictureOf(IMAGES[0]), pictureOf(IMAGES[1])];
  const captions = [textOf(CAPTIONS[0]), textOf(CAPTIONS[1])] as const;
  if (problems.length > 0) return { where, reason: problems.join('; ') };
  return { where, images: [image0, image1], imageNames: [name0, name1], captions };
}
