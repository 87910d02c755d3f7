import type { ComparisonRow } from '../../src/core/evaluation/cross-validation.ts';
import { meanRecallAt1 } from '../../src/core/evaluation/mean-recall.ts';
import { textTable } from '../cli/text-table.ts';

/**
 * Recall@1, mean of both directions, of every strategy and encoding at each size, the best of each size marked; in brackets with a
 * float32 query. Full vectors stand above with the bytes they take, and are not counted for best but where they take that size.
 */
export function equalBytesTable(rows: readonly ComparisonRow[], sizes: readonly number[]): string {
  const isAsked = (row: ComparisonRow): boolean => row.recallFloatQuery !== undefined;
  const full = rows.filter((row) => row.strategy === 'full');
  const others = rows.filter((row) => row.strategy !== 'full' && isAsked(row));
  const best = sizes.map((size) =>
    Math.max(...[...others, ...full].filter(({ bytes }) => bytes === size).map(recallOf)),
  );
  const lines = [...Map.groupBy(others, ({ strategy, encoding }) => `${strategy} ${encoding}`).values()];
  const fullTable = textTable(
    ['full vectors', 'bytes', 'recall@1', 'float query'],
    full.map((row) => [row.encoding, String(row.bytes), fixed(recallOf(row)), floatQuery(row)]),
  );
  const table = textTable(
    ['strategy', 'encoding', ...sizes.map((size) => `${size} B`)],
    lines.map((line) => [
      line[0].strategy,
      line[0].encoding,
      ...sizes.map((size, at) => cell(line, size, best[at])),
    ]),
  );
  return `${fullTable}\n\n${table}\nrecall@1, mean of both directions, both sides stored so; in brackets with a float32 query. * best of its size`;
}

function cell(line: readonly ComparisonRow[], size: number, best: number): string {
  const row = line.find(({ bytes }) => bytes === size);
  if (row === undefined) return '-';
  const recall = recallOf(row);
  return `${fixed(recall)}${recall === best ? '*' : ' '} (${floatQuery(row)})`;
}

function floatQuery({ recallFloatQuery }: ComparisonRow): string {
  return recallFloatQuery === undefined ? '-' : fixed(meanRecallAt1({ recall: recallFloatQuery }).mean);
}

function recallOf(row: ComparisonRow): number {
  return meanRecallAt1(row).mean;
}

function fixed(value: number): string {
  return value.toFixed(3);
}
