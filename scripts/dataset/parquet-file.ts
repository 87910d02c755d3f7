import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import { isUtf8 } from 'node:buffer';
import { UserError } from '../cli/user-error.ts';
import { reasonOf } from '../files/file-access.ts';
import { assertRegularFile } from '../files/regular-file.ts';
import { compressors as allCompressors, hyparquet } from './bounded-hyparquet.ts';
import { withCountedReads } from './counted-reads.ts';
import { assertSoundPages } from './parquet-pages.ts';

const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = hyparquet;

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
    const { file, settled } = withCountedReads(await asyncBufferFromFile(path));
    const metadata = await parquetMetadataAsync(file);
    // The type promises a name; Thrift leaves out what the file does not have.
    if (!metadata.schema.every(({ name }) => typeof name === 'string'))
      throw new RangeError('a column without a name');
    const sound = new Set<string>();
    const assertSound = async (columns: readonly string[]): Promise<void> => {
      const unseen = columns.filter((name) => !sound.has(name));
      if (unseen.length > 0) await assertSoundPages(file, metadata, unseen);
      for (const name of unseen) sound.add(name);
    };
    return {
      path,
      metadata,
      columns: parquetSchema(metadata).children,
      read: (options) =>
        explain(path, async () => {
          try {
            await assertSound(options.columns);
            return await readRows(file, { metadata, ...options });
          } finally {
            await settled();
          }
        }),
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
    throw new UserError(`${path} cannot be read as Parquet: ${damageOf(cause) ?? reasonOf(cause)}.`, {
      cause,
    });
  }
}

/** hyparquet checks little of what it reads: what damage makes of its variables is no reason that a person can act on. */
function damageOf(cause: unknown): string | null {
  const isStumble = cause instanceof TypeError || cause instanceof RangeError || cause instanceof SyntaxError;
  return isStumble ? 'its footer or its pages are damaged' : null;
}
