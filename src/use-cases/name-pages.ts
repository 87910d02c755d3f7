import { AppError } from '../errors.ts';
import type { Names } from '../storage/name-list.ts';
import { LIMITS, type RequestBudget, assertWithin } from './limits.ts';

export interface NamePageArguments {
  readonly first: number;
  /** A name, whether there is one or not. */
  readonly after?: string | null;
  readonly prefix: string;
}

/** As `SelectionPage` and `CorpusPage` of schema.graphql, but for `nodes`. */
export interface NamePage {
  readonly names: readonly string[];
  readonly count: number | null;
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** Names in sight, and what stands under them, of selections or of corpora. */
export interface Listing<Item> {
  /** That begin so, ascending. @throws AppError STORAGE_FAILED */
  readonly names: (prefix: string) => Promise<Names>;
  /** What cannot be read is noted for the answer. @throws AppError STORAGE_FAILED */
  readonly read: (names: readonly string[]) => Promise<Item[]>;
  /** Told of what an answer lacks. */
  readonly warn: (message: string) => void;
}

/** One page of the names that begin alike. @throws AppError BAD_INPUT, LIMIT_EXCEEDED, STORAGE_FAILED */
export async function namePage(
  { first, after = null, prefix }: NamePageArguments,
  { names: find, warn }: Pick<Listing<unknown>, 'names' | 'warn'>,
): Promise<NamePage> {
  if (first < 0) throw new AppError('BAD_INPUT', `Expected first of at least 0, got ${first}.`);
  assertWithin('names at once (first)', first, LIMITS.names);
  const { names: all, isWhole } = await find(prefix);
  if (!isWhole) warn(`Not all names are listed, there are too many: ask for those with a longer prefix.`);
  const start = after === null ? 0 : placeAfter(all, after);
  const names = all.slice(start, start + first);
  return {
    names,
    count: isWhole ? all.length : null,
    pageInfo: {
      hasNextPage: start + first < all.length,
      hasPreviousPage: start > 0,
      startCursor: names[0] ?? null,
      endCursor: names.at(-1) ?? null,
    },
  };
}

/** The first that comes after the name; O(log count). */
function placeAfter(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (names[middle] > name) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * As many as a list without pages gives; that there are more is noted for the answer.
 * @param fields of schema.graphql: the list, and the one that pages
 * @throws AppError LIMIT_EXCEEDED, STORAGE_FAILED
 */
export async function listFirst<Item>(
  listing: Listing<Item>,
  budget: RequestBudget,
  { list, page }: { readonly list: string; readonly page: string },
): Promise<Item[]> {
  const { names, isWhole } = await listing.names('');
  if (names.length > LIMITS.unpaged) {
    const all = isWhole ? String(names.length) : `more than ${names.length}`;
    listing.warn(
      `${list} gives the first ${LIMITS.unpaged} of ${all} by name; ${page} gives them all, page by page.`,
    );
  }
  return readListed(names.slice(0, LIMITS.unpaged), listing, budget);
}

/** What stands under the names of a page. @throws AppError LIMIT_EXCEEDED, STORAGE_FAILED */
export async function readListed<Item>(
  names: readonly string[],
  { read }: Pick<Listing<Item>, 'read'>,
  budget: RequestBudget,
): Promise<Item[]> {
  budget.spend('listed', names.length);
  return read(names);
}
