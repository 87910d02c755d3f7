import { AppError } from '../errors.ts';

/** What stands under names, as far as it can be read. */
export interface Readable<T> {
  /** In the order of their names. */
  readonly items: readonly T[];
  /** What is there and cannot be read, in the order of the names. */
  readonly leftOut: readonly { readonly name: string; readonly error: AppError }[];
}

/** As many calls as a Worker may have under way: more would wait, and what they have read would all be in memory at once. */
const AT_ONCE = 6;

/**
 * What stands under the names; names without a value are in neither list. One unreadable value must not hide the others: it is logged,
 * and told beside them.
 * @param what what a name names, for the log
 */
export async function listReadable<T extends object>(
  what: string,
  names: readonly string[],
  read: (name: string) => Promise<T | null>,
): Promise<Readable<T>> {
  const found: (T | null)[] = [];
  const errors = new Map<string, AppError>();
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < names.length) {
      const at = next++;
      try {
        found[at] = await read(names[at]);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        console.error(`Left ${what} "${names[at]}" out of the list:`, error);
        found[at] = null;
        errors.set(names[at], error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return {
    items: found.filter((value) => value !== null),
    leftOut: names.flatMap((name) => {
      const error = errors.get(name);
      return error ? [{ name, error }] : [];
    }),
  };
}
