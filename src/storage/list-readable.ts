import { AppError } from '../errors.ts';

/** Told of a name whose value cannot be read. */
export type OnLeftOut = (what: string, name: string, error: AppError) => void;

/** As many calls as a Worker may have under way: more would wait, and what they have read would all be in memory at once. */
const AT_ONCE = 6;

/**
 * What stands under the names, in their order; names without a value are left out. One unreadable value must not hide the
 * others: it is logged, told and left out.
 * @param what what a name names, for the log
 * @throws AppError STORAGE_FAILED, of the first name, when there are names and none can be read: an outage must not read as
 * an empty storage
 */
export async function listReadable<T extends object>(
  what: string,
  names: readonly string[],
  read: (name: string) => Promise<T | null>,
  onLeftOut?: OnLeftOut,
): Promise<T[]> {
  const readOrError = async (name: string): Promise<{ value: T | null; error?: AppError }> => {
    try {
      return { value: await read(name) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      console.error(`Left ${what} "${name}" out of the list:`, error);
      onLeftOut?.(what, name, error);
      return { value: null, error };
    }
  };
  const outcomes: { value: T | null; error?: AppError }[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < names.length) {
      const at = next++;
      outcomes[at] = await readOrError(names[at]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const failures = outcomes.flatMap(({ error }) => error ?? []);
  if (failures.length > 0 && failures.length === names.length) throw failures[0];
  return outcomes.map(({ value }) => value).filter((value) => value !== null);
}
