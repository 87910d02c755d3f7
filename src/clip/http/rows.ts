import { wrongAnswer } from '../remote/failure.ts';

export const WHO = 'The encoder';

/** @throws EncoderFailure when there are not `count` */
export function expectCount(rows: readonly unknown[], count: number): void {
  if (rows.length !== count) throw wrongAnswer(`${WHO} gave ${rows.length} vectors, expected ${count}`);
}

/** A list somewhere in an answer. @throws EncoderFailure */
export function listAt(answer: unknown, ...path: readonly string[]): readonly unknown[] {
  let value = answer;
  for (const name of path) value = isRecord(value) ? value[name] : undefined;
  if (Array.isArray(value)) return value;
  throw wrongAnswer(`${WHO} gave no list of vectors`, `its answer has none at ${path.join('.')}`);
}

/**
 * The rows of an OpenAI-like list `{data: [{index, embedding}]}`, put in the order of their `index`. Where no row has one, they are
 * taken as they come.
 * @throws EncoderFailure when a place is given twice or not at all
 */
export function rowsByIndex(answer: unknown, count: number): readonly unknown[] {
  const items = listAt(answer, 'data');
  expectCount(items, count);
  const rows = new Array<unknown>(count);
  const seen = new Set<number>();
  for (const [i, item] of items.entries()) {
    const { index = i, embedding } = isRecord(item) ? item : {};
    if (
      typeof index !== 'number' ||
      !Number.isInteger(index) ||
      index < 0 ||
      index >= count ||
      seen.has(index)
    )
      throw wrongAnswer(`${WHO} gave vectors without an order: index ${JSON.stringify(index)} of ${count}`);
    seen.add(index);
    rows[index] = embedding;
  }
  return rows;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Only the options that are given: peers refuse a field that is null. */
export function given(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  );
}
