/** A field of the items of a segment: see `FieldColumn` in src/format/corpus-fields.ts. */
interface Column {
  readonly name: string;
  readonly values: readonly string[];
  readonly codes: Uint32Array;
}

/**
 * A condition on one field; all that are given must hold. `eq` and `in` compare text; `min` and `max`, both included, compare
 * numbers, and a value that is no number is outside every range. An item without the field meets no condition.
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
 * O(filters · (different values + count)).
 */
export function allowedVectors(
  columns: readonly Column[],
  filters: readonly FieldFilter[],
  count: number,
): Uint8Array {
  const allowed = new Uint8Array(count).fill(1);
  for (const filter of filters) {
    const column = columns.find(({ name }) => name === filter.field);
    if (column === undefined) return allowed.fill(0);
    // By code: each different value is looked at once, however many vectors share it. Code 0 is "no such field".
    const meets = Uint8Array.from([0, ...column.values.map((value) => (meetsFilter(value, filter) ? 1 : 0))]);
    for (let i = 0; i < count; i++) allowed[i] &= meets[column.codes[i]];
  }
  return allowed;
}

function meetsFilter(value: string, filter: FieldFilter): boolean {
  if (filter.eq !== undefined && value !== filter.eq) return false;
  if (filter.in !== undefined && !filter.in.includes(value)) return false;
  if (filter.min === undefined && filter.max === undefined) return true;
  const number = value.trim() === '' ? NaN : Number(value);
  return number >= (filter.min ?? -Infinity) && number <= (filter.max ?? Infinity);
}
