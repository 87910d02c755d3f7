import { AppError } from '../errors.ts';

/** Told of a name whose value cannot be read. */
export type OnLeftOut = (what: string, name: string, error: AppError) => void;

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
  const outcomes = await Promise.all(names.map(readOrError));
  const failures = outcomes.flatMap(({ error }) => error ?? []);
  if (failures.length > 0 && failures.length === names.length) throw failures[0];
  return outcomes.map(({ value }) => value).filter((value) => value !== null);
}
