import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { type ColumnSource, ParquetWriter, fileWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { MetricName } from './metric-names.ts';
import type { CaptionMetrics } from './row-source.ts';
import type { PairScore } from './score-embeddings.ts';

/** One row of the result: either numbers and a decision or an error. */
export interface ScoredRow extends Partial<PairScore>, Partial<CaptionMetrics> {
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
type Column = { readonly key: keyof ScoredRow; readonly header: string };
const METRIC_COLUMNS: Readonly<Record<MetricName, Column>> = {
  'clip-score': { key: 'clipScore', header: 'clip_score' },
  'ref-clip-score': { key: 'refClipScore', header: 'ref_clip_score' },
};
const TRUNCATED = 'truncated';
const NUMBERS: ReadonlySet<string> = new Set([
  'cosine',
  'score',
  'probability',
  'low',
  'high',
  ...Object.values(METRIC_COLUMNS).map(({ header }) => header),
]);
const ROWS_A_GROUP = 50_000;

/** Those of metrics stand behind those that every table has. */
function columnsFor(metrics: readonly MetricName[]): Column[] {
  const plain = COLUMNS.map((name) => ({ key: name, header: name }));
  if (metrics.length === 0) return plain;
  const asked = Object.entries(METRIC_COLUMNS).filter(([name]) => metrics.some((metric) => metric === name));
  return [...plain, ...asked.map(([, column]) => column), { key: TRUNCATED, header: TRUNCATED }];
}

export function csvHeader(metrics: readonly MetricName[]): string {
  return `${columnsFor(metrics)
    .map(({ header }) => header)
    .join(',')}\n`;
}

/**
 * Rows as RFC 4180 has them, so that Python's csv reads back the same: numbers in the fewest digits that read back as the same
 * float64, nothing where there is none.
 * @param isSpreadsheetSafe put ' before a text that begins as a formula does (= + - @, tab, CR), which a spreadsheet would run
 */
export function csvRows(
  rows: readonly ScoredRow[],
  isSpreadsheetSafe: boolean,
  metrics: readonly MetricName[] = [],
): string {
  return stringify([...rows], {
    columns: columnsFor(metrics),
    cast: { boolean: String },
    record_delimiter: '\n',
    // A bare CR ends a row for other readers, whatever ends it here.
    quote_record_delimiter: true,
    escape_formulas: isSpreadsheetSafe,
  });
}

/** Turn the finished CSV into Parquet, a row group at a time: strings and doubles, null where the CSV has nothing. */
export async function csvToParquet(
  csv: string,
  parquet: string,
  metrics: readonly MetricName[] = [],
): Promise<void> {
  const names = columnsFor(metrics).map(({ header }) => header);
  const writer = new ParquetWriter({
    writer: fileWriter(parquet),
    schema: schemaFromColumnData({ columnData: columnsOf(names, []) }),
  });
  let group: Record<string, string>[] = [];
  const flush = async (): Promise<void> => {
    await writer.write({ columnData: columnsOf(names, group), rowGroupSize: ROWS_A_GROUP });
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

function columnsOf(
  names: readonly string[],
  rows: readonly Readonly<Record<string, string>>[],
): ColumnSource[] {
  return names.map((name) => ({
    name,
    type: name === TRUNCATED ? 'BOOLEAN' : NUMBERS.has(name) ? 'DOUBLE' : 'STRING',
    data: rows.map((row) => (row[name] === '' ? null : readCell(name, row[name]))),
  }));
}

function readCell(name: string, text: string): string | number | boolean {
  if (name === TRUNCATED) return text === 'true';
  return NUMBERS.has(name) ? Number(text) : text;
}

/** Means and counts of the columns of metrics. */
export interface MetricSummary {
  /** Over the rows that have it; null where none has. */
  readonly clipScore?: number | null;
  readonly refClipScore?: number | null;
  /** Rows without a reference, where references were asked for. */
  readonly withoutReferences?: number;
  /** Rows of which the encoder did not read all; null where it does not tell. */
  readonly truncated: number | null;
}

/** Reads a finished table of `metrics` through. */
export async function summarizeMetrics(csv: string, metrics: readonly MetricName[]): Promise<MetricSummary> {
  const sums = new Map<string, { sum: number; count: number }>();
  let [scored, known, truncated] = [0, 0, 0];
  const records = createReadStream(csv).pipe(parse({ columns: true, record_delimiter: '\n' }));
  for await (const record of records as AsyncIterable<Record<string, string>>) {
    if (record.error === '') scored++;
    if (record[TRUNCATED] !== '') known++;
    if (record[TRUNCATED] === 'true') truncated++;
    for (const name of metrics) {
      const { header } = METRIC_COLUMNS[name];
      const { sum, count } = sums.get(header) ?? { sum: 0, count: 0 };
      if (record[header] !== '') sums.set(header, { sum: sum + Number(record[header]), count: count + 1 });
    }
  }
  const meanOf = ({ key, header }: Column): object => {
    const { sum, count } = sums.get(header) ?? { sum: 0, count: 0 };
    return { [key]: count === 0 ? null : sum / count };
  };
  const means = metrics.map((name) => meanOf(METRIC_COLUMNS[name]));
  const referred = sums.get(METRIC_COLUMNS['ref-clip-score'].header)?.count ?? 0;
  return {
    ...Object.assign({}, ...means),
    ...(metrics.includes('ref-clip-score') ? { withoutReferences: scored - referred } : {}),
    truncated: known === 0 ? null : truncated,
  };
}
