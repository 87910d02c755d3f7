import type { FieldFilter } from '../core/search/field-filter.ts';
import { AppError, quote } from '../errors.ts';
import { ENGINE_TOP_K, engineKindOf } from '../format/corpus-engine.ts';
import type { CorpusManifest } from '../format/corpus-manifest.ts';
import { corpusCount } from '../format/corpus-manifest.ts';
import { LIMITS, assertWithin } from './limits.ts';

/** A condition on a metadata field, as it is given. */
export interface CorpusFilter {
  readonly field: string;
  readonly eq?: string | null;
  readonly in?: readonly string[] | null;
  readonly min?: number | null;
  readonly max?: number | null;
}

/** Which results are wanted: from place `start` on, counted from 0. */
export interface Page {
  readonly start: number;
  readonly first: number;
}

/**
 * What needs no corpus to be told, before one is read.
 * @throws AppError BAD_INPUT for a negative number, LIMIT_EXCEEDED
 */
export function assertSearchLimits({
  first,
  rerank,
  filter,
}: {
  readonly first: number;
  readonly rerank?: number | null;
  readonly filter?: readonly CorpusFilter[] | null;
}): void {
  if (first < 0) throw new AppError('BAD_INPUT', `Expected first of at least 0, got ${first}.`);
  assertWithin('results at once (first)', first, LIMITS.searchResults);
  if (rerank != null) {
    if (rerank < 0) throw new AppError('BAD_INPUT', `Expected rerank of at least 0, got ${rerank}.`);
    assertWithin('candidates to re-rank', rerank, LIMITS.rerank);
  }
  assertWithin('filters', filter?.length ?? 0, LIMITS.filters);
  for (const { in: any } of filter ?? []) {
    assertWithin('values of a filter', any?.length ?? 0, LIMITS.filterValues);
  }
}

/**
 * The page that `first` and `after` ask for.
 * @param first within its limits
 * @throws AppError BAD_INPUT for a cursor that is none of this corpus as it is now, LIMIT_EXCEEDED
 */
export function readPage(
  { first, after }: { readonly first: number; readonly after?: string | null },
  manifest: CorpusManifest,
): Page {
  const start = after == null ? 0 : placeOf(after, manifest) + 1;
  // What lies beyond is cut off rather than refused: the last page may be shorter.
  const depth = searchDepthOf(manifest);
  if (start >= depth) {
    const limit =
      depth === LIMITS.searchDepth
        ? 'limits.searchDepth'
        : `the engine ${engineKindOf(manifest)} finds no more`;
    throw new AppError(
      'LIMIT_EXCEEDED',
      `Expected to page through at most ${depth} results (${limit}): narrow the search by filter or minProbability.`,
    );
  }
  return { start, first: Math.min(first, depth - start) };
}

/** How many results of a corpus can be paged through. */
export function searchDepthOf(manifest: CorpusManifest): number {
  return Math.min(LIMITS.searchDepth, ENGINE_TOP_K[engineKindOf(manifest)] ?? Infinity);
}

/** For `after`. @param place of a result, from 0 */
export function cursorOf(place: number, manifest: CorpusManifest): string {
  return btoa(`${versionOf(manifest)}:${place}`);
}

/** A corpus that has changed since would give another order: pages would overlap or leave gaps. */
function versionOf({ updatedAt }: CorpusManifest): string {
  return Date.parse(updatedAt).toString(36);
}

function placeOf(cursor: string, manifest: CorpusManifest): number {
  const [, version, place] = /^([0-9a-z]+):(\d{1,6})$/.exec(decodeBase64(cursor)) ?? [];
  if (place === undefined) {
    throw new AppError('BAD_INPUT', 'Expected `after` to be a cursor of an earlier page.');
  }
  if (version !== versionOf(manifest)) {
    throw new AppError(
      'BAD_INPUT',
      'The cursor is of another corpus, or of this one before it was changed: begin again without `after`.',
    );
  }
  return Number(place);
}

function decodeBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return ''; // no base64: no cursor
  }
}

/** How many candidates to re-rank. @param rerank within its limits */
export function readRerank(rerank: number | null | undefined, manifest: CorpusManifest): number {
  if (rerank == null) return manifest.rerank;
  return Math.min(rerank, corpusCount(manifest));
}

/** @throws AppError BAD_INPUT unless it is null or within [0, 1] */
export function readMinProbability(minProbability: number | null | undefined): number | null {
  if (minProbability == null) return null;
  if (minProbability >= 0 && minProbability <= 1) return minProbability;
  throw new AppError('BAD_INPUT', `Expected minProbability from 0 to 1, got ${minProbability}.`);
}

/**
 * @param fields that the corpus knows
 * @throws AppError BAD_INPUT for an unknown field, a filter without a condition or an empty range
 */
export function readFilters(
  filters: readonly CorpusFilter[] | null | undefined,
  fields: readonly string[],
): FieldFilter[] {
  return (filters ?? []).map((filter) => readFilter(filter, fields));
}

function readFilter({ field, eq, in: any, min, max }: CorpusFilter, fields: readonly string[]): FieldFilter {
  const name = quote(field);
  if (!fields.includes(field)) {
    const known = fields.length === 0 ? 'no fields' : `the fields ${fields.join(', ')}`;
    throw new AppError('BAD_INPUT', `The corpus has ${known}, a filter asks for ${name}.`);
  }
  if (eq == null && any == null && min == null && max == null) {
    throw new AppError('BAD_INPUT', `Expected eq, in, min or max in the filter on ${name}, got none.`);
  }
  if (min != null && max != null && min > max) {
    throw new AppError(
      'BAD_INPUT',
      `Expected min of at most max in the filter on ${name}, got ${min} and ${max}.`,
    );
  }
  return {
    field,
    ...(eq == null ? {} : { eq }),
    ...(any == null ? {} : { in: any }),
    ...(min == null ? {} : { min }),
    ...(max == null ? {} : { max }),
  };
}
