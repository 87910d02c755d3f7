import {
  type AsyncBuffer,
  type FileMetaData,
  type SchemaTree,
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { compressors as allCompressors } from 'hyparquet-compressors';
import { isUtf8 } from 'node:buffer';
import { UserError } from '../cli/user-error.ts';
import { reasonOf } from '../files/file-access.ts';
import { assertRegularFile } from '../files/regular-file.ts';

/** Of a column without any value there is nothing to decompress; hyparquet-compressors 1.1.2 fails on that under LZ4. */
const compressors = Object.fromEntries(
  Object.entries(allCompressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, length: number) => (length === 0 ? new Uint8Array() : decompress(input, length)),
  ]),
);

/** A Parquet file whose schema has been read, and no row. */
export interface ParquetFile {
  readonly path: string;
  readonly metadata: FileMetaData;
  /** The top-level columns. */
  readonly columns: readonly SchemaTree[];
  /**
   * Rows of the named columns. Texts that are not UTF-8 stay bytes, and so do all others under `texts: 'bytes'`.
   * @throws UserError naming the path when they cannot be read
   */
  readonly read: (options: ReadOptions) => Promise<Record<string, unknown>[]>;
}

interface ReadOptions {
  readonly columns: readonly string[];
  /** From `start` up to `end`, counted from 0; all of them by default. */
  readonly rows?: { readonly start: number; readonly end: number };
  readonly texts?: 'bytes';
  /** The file's own, except what it leaves out. */
  readonly metadata?: FileMetaData;
}

/** @throws UserError naming the path when it cannot be read as Parquet */
export async function openParquet(path: string): Promise<ParquetFile> {
  return explain(path, async () => {
    await assertRegularFile(path);
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    return {
      path,
      metadata,
      columns: parquetSchema(metadata).children,
      read: (options) => explain(path, () => readRows(file, { metadata, ...options })),
    };
  });
}

function readRows(
  file: AsyncBuffer,
  { columns, rows, texts, metadata }: ReadOptions & { readonly metadata: FileMetaData },
): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({
    file,
    metadata,
    columns: [...columns],
    compressors,
    useOffsetIndex: true,
    parsers: { stringFromBytes: texts === 'bytes' ? asBytes : asText },
    ...(rows === undefined ? {} : { rowStart: rows.start, rowEnd: rows.end }),
  });
}

const decoder = new TextDecoder();

// What hyparquet takes for a parser of strings may give anything: its rows are of unknown values.
const asText = ((bytes: Uint8Array | undefined): unknown =>
  bytes !== undefined && isUtf8(bytes) ? decoder.decode(bytes) : bytes) as (bytes: Uint8Array) => string;
const asBytes = ((bytes: unknown): unknown => bytes) as (bytes: Uint8Array) => string;

async function explain<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${path} cannot be read as Parquet: ${reasonOf(cause)}.`, { cause });
  }
}
