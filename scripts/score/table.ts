import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { type ColumnSource, ParquetWriter, fileWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { PairScore } from './score-embeddings.ts';

/** One row of the result: either numbers and a decision or an error. */
export interface ScoredRow extends Partial<PairScore> {
  readonly image: string | null;
  readonly caption: string | null;
  readonly error: string | null;
  readonly where: string;
}

const COLUMNS = [
  'image',
  'caption',
  'cosine',
  'score',
  'probability',
  'low',
  'high',
  'decision',
  'error',
  'where',
] as const;
const NUMBERS: ReadonlySet<string> = new Set(['cosine', 'score', 'probability', 'low', 'high']);
const ROWS_A_GROUP = 50_000;

export const CSV_HEADER = `${COLUMNS.join(',')}\n`;

/**
 * Rows as RFC 4180 has them, so that Python's csv reads back the same: numbers in the fewest digits that read back as the same
 * float64, nothing where there is none.
 * @param isSpreadsheetSafe put ' before a text that begins as a formula does (= + - @, tab, CR), which a spreadsheet would run
 */
export function csvRows(rows: readonly ScoredRow[], isSpreadsheetSafe: boolean): string {
  return stringify([...rows], {
    columns: [...COLUMNS],
    record_delimiter: '\n',
    // A bare CR ends a row for other readers, whatever ends it here.
    quote_record_delimiter: true,
    escape_formulas: isSpreadsheetSafe,
  });
}

/** Turn the finished CSV into Parquet, a row group at a time: strings and doubles, null where the CSV has nothing. */
export async function csvToParquet(csv: string, parquet: string): Promise<void> {
  const writer = new ParquetWriter({
    writer: fileWriter(parquet),
    schema: schemaFromColumnData({ columnData: columnsOf([]) }),
  });
  let group: Record<string, string>[] = [];
  const flush = async (): Promise<void> => {
    await writer.write({ columnData: columnsOf(group), rowGroupSize: ROWS_A_GROUP });
    group = [];
  };
  const records = createReadStream(csv).pipe(parse({ columns: true, record_delimiter: '\n' }));
  for await (const record of records as AsyncIterable<Record<string, string>>) {
    group.push(record);
    if (group.length === ROWS_A_GROUP) await flush();
  }
  if (group.length > 0) await flush();
  await writer.finish();
}

function columnsOf(rows: readonly Readonly<Record<string, string>>[]): ColumnSource[] {
  return COLUMNS.map((name) => ({
    name,
    type: NUMBERS.has(name) ? 'DOUBLE' : 'STRING',
    data: rows.map((row) => (row[name] === '' ? null : NUMBERS.has(name) ? Number(row[name]) : row[name])),
  }));
}
