import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors as allCompressors } from 'hyparquet-compressors';
import { UserError } from '../cli/user-error.ts';
import { findColumn, foldName } from './column-names.ts';
import { assertRegularFile } from '../files/regular-file.ts';
import { reasonOf } from '../files/file-access.ts';
import type { Row } from './parse-rows.ts';
import { type TableColumn, missingColumn } from './table-cells.ts';

/** Of a column without any value there is nothing to decompress; hyparquet-compressors 1.1.2 fails on that under LZ4. */
const compressors = Object.fromEntries(
  Object.entries(allCompressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, length: number) => (length === 0 ? new Uint8Array() : decompress(input, length)),
  ]),
);

/**
 * The rows of a Parquet file, of the named columns only (those that it has, whatever their case); `line` is the row, counted from 1.
 * @param needed columns that the file must have
 * @throws UserError naming the path when it cannot be read as Parquet, and its columns when it lacks one
 */
export async function readParquetRows(
  path: string,
  columns: readonly string[],
  needed: readonly TableColumn[] = [],
): Promise<Row[]> {
  try {
    await assertRegularFile(path);
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    const { children } = parquetSchema(metadata);
    const names = children.map(({ element }) => element.name);
    for (const column of needed) {
      if (findColumn(names, column.names, path) === null) throw missingColumn(path, column, names);
    }
    const folded = columns.map(foldName);
    const wanted = names.filter((name) => folded.includes(foldName(name)));
    if (wanted.length === 0) {
      throw new UserError(
        `${path} has none of the columns ${columns.join(', ')} but ${names.join(', ') || 'none'}.`,
      );
    }
    const nested = children.find((child) => wanted.includes(child.element.name) && child.children.length > 0);
    if (nested !== undefined) {
      const inside = nested.children.map(({ element }) => element.name).join(', ');
      throw new UserError(
        `${path}: the column ${nested.element.name} holds {${inside}}, expected text. Pictures inside a table are not read: write them to files or tar shards first.`,
      );
    }
    const rows = await parquetReadObjects({ file, metadata, columns: wanted, compressors });
    return rows.map((cells, index) => ({ line: index + 1, cells }));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${path} cannot be read as Parquet: ${reasonOf(cause)}.`, { cause });
  }
}
