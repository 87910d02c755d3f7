import { AppError } from '../errors.ts';
import type { Readable } from '../storage/list-readable.ts';
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
  readonly read: (names: readonly string[]) => Promise<Readable<Item>>;
  /** Told of a name whose value cannot be read. */
  readonly leaveOut: (name: string, error: AppError) => void;
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
 * As many as a list without pages gives; that there are more is noted for the answer. Where there are names and none can be read, it
 * fails: an outage must not read as an empty storage.
 * @param fields of schema.graphql: the list, and the one that pages
 * @throws AppError LIMIT_EXCEEDED, STORAGE_FAILED
 */
export async function listFirst<Item>(
  listing: Listing<Item>,
  budget: RequestBudget,
  { list, page }: { readonly list: string; readonly page: string },
): Promise<readonly Item[]> {
  const { names, isWhole } = await listing.names('');
  if (names.length > LIMITS.unpaged) {
    const all = isWhole ? String(names.length) : `more than ${names.length}`;
    listing.warn(
      `${list} gives the first ${LIMITS.unpaged} of ${all} by name; ${page} gives them all, page by page.`,
    );
  }
  const { items, leftOut } = await read(names.slice(0, LIMITS.unpaged), listing, budget);
  if (items.length === 0 && leftOut.length > 0) throw leftOut[0].error;
  return items;
}

/**
 * What stands under the names of a page. What cannot be read is noted for the answer, and may be all of it: the page still tells the
 * names, and where the next begins.
 * @throws AppError LIMIT_EXCEEDED
 */
export async function readListed<Item>(
  names: readonly string[],
  listing: Pick<Listing<Item>, 'read' | 'leaveOut'>,
  budget: RequestBudget,
): Promise<readonly Item[]> {
  return (await read(names, listing, budget)).items;
}

async function read<Item>(
  names: readonly string[],
  listing: Pick<Listing<Item>, 'read' | 'leaveOut'>,
  budget: RequestBudget,
): Promise<Readable<Item>> {
  budget.spend('listed', names.length);
  const found = await listing.read(names);
  for (const { name, error } of found.leftOut) listing.leaveOut(name, error);
  return found;
}
