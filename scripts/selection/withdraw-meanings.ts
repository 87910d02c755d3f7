import { MEANINGS_PREFIX, meaningsKey } from '../../src/format/kv-keys.ts';
import { listKeys } from '../../src/storage/kv-calls.ts';
import { noSuchSelection, readPointerToChange } from '../../src/storage/selection-kv.ts';
import type { ProjectKv } from '../kv/local-kv.ts';

/** What was taken away. */
export interface Withdrawn {
  readonly name: string;
  /** Ids of the records that had meanings. */
  readonly withdrawn: readonly string[];
}

/**
 * Takes what coordinates stand for (captions, names of pictures) out of KV, of every record that the name points at, has pointed at or
 * may be switched to. The records stay; an isolate that has read the meanings forgets them within about a minute.
 * @throws AppError SELECTION_NOT_FOUND when there is no such name, STORAGE_FAILED when it cannot be read
 */
export async function withdrawMeanings(kv: ProjectKv, name: string): Promise<Withdrawn> {
  const pointer = await readPointerToChange(kv, name);
  if (pointer === null) throw await noSuchSelection(kv, name);
  const { id, previous, events, canary } = pointer;
  const ids = new Set([
    id,
    ...[...previous, ...events].map((entry) => entry.id),
    ...(canary ? [canary.id] : []),
  ]);
  const there = new Set(await listKeys(kv, MEANINGS_PREFIX));
  const withdrawn = [...ids].filter((one) => there.has(meaningsKey(one)));
  if (withdrawn.length > 0) await kv.deleteMany(withdrawn.map(meaningsKey));
  return { name, withdrawn };
}
