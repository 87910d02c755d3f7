import type { FieldFilter } from '../../core/search/field-filter.ts';
import { AppError } from '../../errors.ts';
import {
  type PropertyFields,
  SEGMENT_PROPERTY,
  indexedText,
  isExactText,
  numberProperty,
  textProperty,
} from './metadata-properties.ts';

/** A filter as Vectorize takes it: https://developers.cloudflare.com/vectorize/reference/metadata-filtering/ */
export type MetadataFilter = Readonly<
  Record<
    string,
    | { readonly $in: readonly string[] }
    | { readonly $nin: readonly string[] }
    | { readonly $gte?: number; readonly $lte?: number }
  >
>;

export interface AskedFilter {
  /** Null: none is asked for. */
  readonly filter: MetadataFilter | null;
  /** Whether it lets through only what the filters do: long texts are told apart by a checksum. */
  readonly isExact: boolean;
}

/** Compact JSON of a filter must be shorter. */
const MAX_FILTER_BYTES = 2048;

/**
 * The filters in the words of Vectorize. Conditions on one field are drawn together: it takes one operator a property.
 * @param retired segments whose rows are to be left out; they are not where the filter would be too long, and then take places of others
 * @returns null when no vector can meet them
 * @throws AppError LIMIT_EXCEEDED when they take more bytes than Vectorize reads
 */
export function metadataFilter(
  filters: readonly FieldFilter[],
  { texts, numbers }: PropertyFields,
  retired: readonly string[],
): AskedFilter | null {
  const asked: Record<string, MetadataFilter[string]> = {};
  let isExact = true;
  for (const [field, conditions] of Map.groupBy(filters, (filter) => filter.field)) {
    const listed = listedTexts(conditions);
    if (listed !== null) {
      const place = texts.indexOf(field);
      if (place < 0 || listed.size === 0) return null;
      isExact &&= [...listed].every(isExactText);
      asked[textProperty(place)] = { $in: [...new Set([...listed].map(indexedText))] };
    }
    const range = rangeOf(conditions);
    if (range === null) continue;
    const place = numbers.indexOf(field);
    if (place < 0 || range.least > range.most) return null;
    asked[numberProperty(place)] = {
      ...(range.least === -Infinity ? {} : { $gte: range.least }),
      ...(range.most === Infinity ? {} : { $lte: range.most }),
    };
  }
  const bytes = jsonBytes(asked);
  if (bytes >= MAX_FILTER_BYTES) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `Expected filters of less than ${MAX_FILTER_BYTES} bytes for a corpus behind the engine vectorize, got ${bytes}: ask for fewer or shorter values.`,
    );
  }
  const named = retired.length === 0 ? asked : { ...asked, [SEGMENT_PROPERTY]: { $nin: retired } };
  const filter = jsonBytes(named) < MAX_FILTER_BYTES ? named : asked;
  return { filter: Object.keys(filter).length === 0 ? null : filter, isExact };
}

function jsonBytes(value: object): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** The texts that all of the conditions allow; null where none is about texts. */
function listedTexts(conditions: readonly FieldFilter[]): Set<string> | null {
  const lists = conditions.flatMap(({ eq, in: any }) => [
    ...(eq === undefined ? [] : [new Set([eq])]),
    ...(any === undefined ? [] : [new Set(any)]),
  ]);
  return lists.length === 0 ? null : lists.reduce((common, list) => common.intersection(list));
}

/** The range that all of the conditions allow; null where none is about numbers. */
function rangeOf(
  conditions: readonly FieldFilter[],
): { readonly least: number; readonly most: number } | null {
  if (conditions.every(({ min, max }) => min === undefined && max === undefined)) return null;
  return {
    least: Math.max(...conditions.map(({ min }) => min ?? -Infinity)),
    most: Math.min(...conditions.map(({ max }) => max ?? Infinity)),
  };
}
