/** A field of the items of a segment: see `FieldColumn` in src/format/corpus-fields.ts. */
interface Column {
  readonly name: string;
  readonly values: readonly string[];
  readonly codes: Uint32Array;
}

/**
 * A condition on one field; all that are given must hold. `eq` and `in` compare text; `min` and `max`, both included, compare
 * numbers, and a value that is not a number is outside every range. An item without the field never matches.
 */
export interface FieldFilter {
  readonly field: string;
  readonly eq?: string;
  readonly in?: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

/**
 * Which vectors of a segment meet all filters.
 * @param columns the segment's fields; a filter on a field that is not there is met by none
 * @returns length count: 1 for those that do, 0 for the others
 * O(fields asked for · count + filters · different values).
 */
export function allowedVectors(
  columns: readonly Column[],
  filters: readonly FieldFilter[],
  count: number,
): Uint8Array {
  const allowed = new Uint8Array(count).fill(1);
  for (const [field, conditions] of Map.groupBy(filters, (filter) => filter.field)) {
    const column = columns.find(({ name }) => name === field);
    if (column === undefined) return allowed.fill(0);
    const { codes } = column;
    const meets = codesThatMeet(column.values, conditions.map(conditionOf));
    for (let i = 0; i < count; i++) allowed[i] &= meets[codes[i]];
  }
  return allowed;
}

/** One flag a code: each different value is looked at once, however many vectors share it. Code 0 is "no such field". */
function codesThatMeet(values: readonly string[], conditions: readonly Condition[]): Uint8Array {
  const meets = new Uint8Array(values.length + 1);
  const needsNumber = conditions.some(({ isRange }) => isRange);
  for (let i = 0; i < values.length; i++) {
    const text = values[i];
    const number = needsNumber ? numberOf(text) : NaN;
    meets[i + 1] = conditions.every(({ isMet }) => isMet(text, number)) ? 1 : 0;
  }
  return meets;
}

interface Condition {
  readonly isRange: boolean;
  /** @param number what the text says, NaN for none; only asked for by a range */
  readonly isMet: (text: string, number: number) => boolean;
}

function conditionOf({ eq, in: any, min, max }: FieldFilter): Condition {
  const listed = any === undefined ? null : new Set(any);
  const isRange = min !== undefined || max !== undefined;
  const [least, most] = [min ?? -Infinity, max ?? Infinity];
  const isMet = (text: string, number: number): boolean =>
    (eq === undefined || text === eq) &&
    (listed === null || listed.has(text)) &&
    (!isRange || (number >= least && number <= most));
  return { isRange, isMet };
}

/** What a range compares: JSON's numbers and what else Number reads, but not the empty text; NaN for no number. */
export function numberOf(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}
