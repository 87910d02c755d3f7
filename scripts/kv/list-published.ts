import { AppError } from '../../src/errors.ts';
import { type ListableKv, listNames } from '../../src/storage/kv-calls.ts';
import { tell } from '../cli/messages.ts';
import { explainSystemError } from '../cli/system-error.ts';

/** What a name stands for, or why that cannot be said. */
export type Published<T> = { readonly name: string } & (T | { readonly error: string });

/** Names looked up at once: a look-up in the account's KV is a process of wrangler. */
const MAX_CONCURRENT = 4;

/**
 * Every name under the prefixes of keys, ascending, with what it stands for. One that cannot be read has its error there: it must
 * not hide the others.
 * @param describe null: the name went away while the list was made, and is left out
 * @throws AppError STORAGE_FAILED when KV does not list, and the system's error when the disk refuses
 */
export async function listPublished<T extends object>(
  kv: ListableKv,
  prefixes: readonly string[],
  describe: (name: string) => Promise<T | null>,
): Promise<Published<T>[]> {
  const names = await listNames(kv, prefixes);
  const entries: (Published<T> | null)[] = [];
  for (let start = 0; start < names.length; start += MAX_CONCURRENT) {
    const batch = names.slice(start, start + MAX_CONCURRENT);
    entries.push(...(await Promise.all(batch.map((name) => describeOrExplain(name, describe)))));
  }
  return entries.filter((entry) => entry !== null);
}

/** A line on stderr for each that cannot be read: of a list in a pipe nobody looks at the entries. */
export function tellUnreadable(entries: readonly Published<object>[]): void {
  for (const entry of entries) {
    if ('error' in entry)
      tell(
        `note: "${entry.name}" cannot be read: ${entry.error}. \`npm run -s doctor -- --storage\` says more.`,
      );
  }
}

async function describeOrExplain<T extends object>(
  name: string,
  describe: (name: string) => Promise<T | null>,
): Promise<Published<T> | null> {
  try {
    const described = await describe(name);
    return described === null ? null : { name, ...described };
  } catch (error) {
    if (!(error instanceof AppError) || explainSystemError(error) !== null) throw error;
    return { name, error: error.message };
  }
}
