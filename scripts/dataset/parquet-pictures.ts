import { isUtf8 } from 'node:buffer';
import { basename, dirname, resolve } from 'node:path';
import type { FileMetaData, SchemaTree } from 'hyparquet';
import { UserError } from '../cli/user-error.ts';
import { FileRefusedError, MAX_PICTURE_BYTES } from '../files/regular-file.ts';
import { createPictureFinder } from './named-picture.ts';
import type { ImageSource } from './pair-source.ts';
import type { ParquetFile } from './parquet-file.ts';

/** A picture in a cell of a table. */
export class TablePicture implements ImageSource {
  readonly name: string;
  /** As the table has it, or else where it stands. */
  readonly shownName: string;
  readonly read: () => Promise<Uint8Array>;

  constructor(name: string, shownName: string, read: () => Promise<Uint8Array>) {
    this.name = name;
    this.shownName = shownName;
    this.read = read;
  }
}

/** Rows of pictures are read by the row group, and one group is kept: more than this would not be a row group of pictures. */
const MAX_GROUP_BYTES = 2 ** 30;
/** So many values tell whether a column of bytes holds paths. */
const PROBED_ROWS = 16;

/**
 * Whether a column holds pictures: as Hugging Face's datasets write them, {bytes, path}, or as bytes that are no text.
 * @throws UserError when the file cannot be read
 */
export async function holdsPictures(file: ParquetFile, column: SchemaTree): Promise<boolean> {
  if (column.children.length > 0) return isStruct(column);
  const { type, converted_type: converted, logical_type: logical, name } = column.element;
  if (type !== 'BYTE_ARRAY' || converted !== undefined || logical !== undefined) return false;
  const rows = await file.read({ columns: [name], rows: { start: 0, end: PROBED_ROWS }, texts: 'bytes' });
  return rows.some((row) => row[name] instanceof Uint8Array && !isUtf8(row[name]));
}

function isStruct({ children }: SchemaTree): boolean {
  const names = children.map(({ element }) => element.name);
  return names.includes('bytes') && names.every((name) => name === 'bytes' || name === 'path');
}

/**
 * The pictures of a column, one a row, each read when its turn comes: a row group at a time.
 * @throws UserError when a row group is too large to be read at once
 */
export async function tablePictures(file: ParquetFile, column: SchemaTree): Promise<TablePicture[]> {
  const { name } = column.element;
  const groups = groupsOf(file, name);
  const paths = column.children.length > 0 ? await readPaths(file, column) : [];
  const readGroup = keepLast((group: RowGroup) =>
    file.read({ columns: [name], rows: group, texts: 'bytes' }),
  );
  const pictureOf = createPictureFinder(resolve(dirname(file.path)));
  return groups.flatMap((group) =>
    Array.from({ length: group.end - group.start }, (_, i) => {
      const where = `row ${group.start + i + 1}`;
      const path = paths[group.start + i] ?? null;
      return new TablePicture(
        `${file.path} ${where}`,
        path ?? `${basename(file.path)} ${where}`,
        async () => {
          const bytes = bytesOf((await readGroup(group))[i][name]);
          if (bytes !== null && bytes.length <= MAX_PICTURE_BYTES) return bytes;
          if (bytes !== null) throw new FileRefusedError(`it has ${bytes.length} bytes, more than are read`);
          if (path !== null) return pictureOf(path).read();
          throw new FileRefusedError('there is no picture in this row');
        },
      );
    }),
  );
}

interface RowGroup {
  readonly start: number;
  readonly end: number;
}

function groupsOf({ path, metadata }: ParquetFile, column: string): RowGroup[] {
  let start = 0;
  return metadata.row_groups.map(({ num_rows: count, columns }, index) => {
    const bytes = columns
      .filter(({ meta_data: chunk }) => chunk?.path_in_schema[0] === column)
      .reduce((sum, { meta_data: chunk }) => sum + Number(chunk?.total_uncompressed_size ?? 0), 0);
    if (bytes > MAX_GROUP_BYTES) {
      throw new UserError(
        `${path}: row group ${index} holds ${Math.ceil(bytes / 2 ** 20)} MiB of pictures, more than the 1024 that are read at once. Write it with smaller row groups.`,
      );
    }
    const group = { start, end: start + Number(count) };
    start = group.end;
    return group;
  });
}

/** The paths beside the bytes, without reading those; null where there are none. */
async function readPaths(file: ParquetFile, column: SchemaTree): Promise<(string | null)[]> {
  const { name } = column.element;
  if (!column.children.some(({ element }) => element.name === 'path')) return [];
  const metadata = withoutBytes(file.metadata, name);
  const rows = await file.read({ columns: [name], metadata });
  return rows.map(({ [name]: cell }) => {
    const path = typeof cell === 'object' && cell !== null && 'path' in cell ? cell.path : null;
    return typeof path === 'string' && path !== '' ? path : null;
  });
}

/** The schema as it would be if the struct had no bytes. */
function withoutBytes(metadata: FileMetaData, name: string): FileMetaData {
  const struct = metadata.schema.findIndex((element) => element.name === name);
  const bytes = metadata.schema.findIndex((element, at) => at > struct && element.name === 'bytes');
  return {
    ...metadata,
    schema: metadata.schema
      .map((element, at) =>
        at === struct ? { ...element, num_children: (element.num_children ?? 0) - 1 } : element,
      )
      .filter((_, at) => at !== bytes),
    row_groups: metadata.row_groups.map((group) => ({
      ...group,
      columns: group.columns.filter(
        ({ meta_data: chunk }) =>
          chunk?.path_in_schema[0] !== name || chunk.path_in_schema.at(-1) !== 'bytes',
      ),
    })),
  };
}

function bytesOf(cell: unknown): Uint8Array | null {
  if (cell instanceof Uint8Array) return cell;
  if (typeof cell === 'object' && cell !== null && 'bytes' in cell) return bytesOf(cell.bytes);
  return null;
}

/** Pictures are asked for in order: the group of the last one is the one that is asked for next. */
function keepLast<Key, Value>(read: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  let last: { readonly key: Key; readonly value: Promise<Value> } | null = null;
  return (key) => {
    if (last?.key !== key) last = { key, value: read(key) };
    return last.value;
  };
}
