import { AppError } from '../../src/errors.ts';
import { listKeys } from '../../src/storage/kv-calls.ts';
import { tell } from '../cli/messages.ts';
import { createProgress } from '../cli/progress.ts';
import { explainSystemError } from '../cli/system-error.ts';
import { type ReadableKv, readManyTexts } from './read-many.ts';

/** What a name stands for, or why that cannot be said. */
export type Published<T> = { readonly name: string } & (T | { readonly error: string });

/**
 * Every name under the prefixes of keys, ascending, with what it stands for. One that cannot be read has its error there: it must
 * not hide the others. Progress is told where it takes long.
 * @param of what names name, and what their keys begin with: of names under several, the first is where they are read
 * @param describe null: the name went away while the list was made, and is left out
 * @throws AppError STORAGE_FAILED when KV does not list, and the system's error when the disk refuses
 */
export async function listPublished<Kv extends ReadableKv, T extends object>(
  kv: Kv,
  { what, prefixes }: { readonly what: string; readonly prefixes: readonly string[] },
  describe: (kv: Kv, name: string) => Promise<T | null>,
): Promise<Published<T>[]> {
  const keys = new Map<string, string>();
  for (const prefix of prefixes) {
    for (const key of await listKeys(kv, prefix)) {
      const name = key.slice(prefix.length);
      keys.set(name, keys.get(name) ?? key);
    }
  }
  const items = [...keys].map(([name, key]) => ({ name, key })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const progress = createProgress()(what, items.length, { onlyIfLong: true });
  const entries = await readManyTexts(
    kv,
    { items, keyOf: ({ key }) => key },
    (near, { name }) => describeOrExplain(name, (each) => describe(near, each)),
    () => progress.add(1),
  ).finally(() => progress.stop());
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
