import { randomUUID } from 'node:crypto';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { UserError } from '../cli/user-error.ts';
import { explainWrite } from './file-access.ts';

/** A column of a table: all texts, all whole numbers, all numbers or all truth values; null where there is nothing. */
export interface TableColumn {
  readonly name: string;
  readonly type: 'STRING' | 'INT32' | 'DOUBLE' | 'BOOLEAN';
  readonly data: readonly (string | number | boolean | null)[];
}

/**
 * The form of a table by the name of its file.
 * @throws UserError for a folder, or a name that ends neither in .csv nor in .parquet
 */
export async function checkTableFile(out: string): Promise<'csv' | 'parquet'> {
  const isFolder = await stat(out).then(
    (info) => info.isDirectory(),
    () => false,
  );
  if (isFolder) throw new UserError(`--out ${out} is a folder, expected the name of a file`);
  const extension = extname(out).toLowerCase();
  if (extension === '.csv') return 'csv';
  if (extension === '.parquet') return 'parquet';
  throw new UserError(`--out ${out}: expected a name that ends in .csv or .parquet`);
}

/**
 * Write a table that fits memory; the file appears when it is whole. CSV as RFC 4180 has it, numbers in the fewest digits that read
 * back as the same float64.
 * @throws UserError when the disk refuses
 */
export async function writeTable(
  out: string,
  form: 'csv' | 'parquet',
  columns: readonly TableColumn[],
): Promise<void> {
  const content =
    form === 'csv' ? csvOf(columns) : new Uint8Array(parquetWriteBuffer({ columnData: parquetOf(columns) }));
  const temporary = join(dirname(out), `.table-${randomUUID()}.tmp`);
  await explainWrite(out, 'Choose another with --out.', async () => {
    try {
      await writeFile(temporary, content);
      await rename(temporary, out);
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

function csvOf(columns: readonly TableColumn[]): string {
  const rows = columns[0].data.map((_, row) => columns.map(({ data }) => data[row]));
  return stringify(rows, {
    header: true,
    columns: columns.map(({ name }) => name),
    record_delimiter: '\n',
    quote_record_delimiter: true,
    cast: { boolean: String },
  });
}

function parquetOf(columns: readonly TableColumn[]): Parameters<typeof parquetWriteBuffer>[0]['columnData'] {
  return columns.map(({ name, type, data }) => ({ name, type, data: [...data] }));
}
