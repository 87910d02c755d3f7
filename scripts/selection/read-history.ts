import { AppError } from '../../src/errors.ts';
import type { NameEvent, NamePointer } from '../../src/format/name-pointer.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';
import {
  type SelectionKv,
  noSuchSelection,
  readPointerToTell,
  readRecord,
} from '../../src/storage/selection-kv.ts';

/** One thing that was done to a name, with what is known of the record that it was about. */
export type HistoryEntry = NameEvent & { readonly current: boolean } & (
    { readonly metrics: SelectionRecord['metrics'] } | { readonly error: string }
  );

export interface History {
  readonly name: string;
  readonly id: string;
  readonly canary: NamePointer['canary'];
  /** Latest first. */
  readonly entries: readonly HistoryEntry[];
}

const SWITCHES: ReadonlySet<NameEvent['action']> = new Set(['publish', 'rollback', 'promote', 'migrate']);

/** @throws AppError SELECTION_NOT_FOUND when there is no such name, STORAGE_FAILED when it cannot be read */
export async function readHistory(kv: SelectionKv, name: string): Promise<History> {
  const pointer = await readPointerToTell(kv, name);
  if (pointer === null) throw await noSuchSelection(kv, name);
  const { id: currentId, events } = pointer;
  const known = new Map<string, { metrics: SelectionRecord['metrics'] } | { error: string }>();
  for (const id of new Set(events.map((event) => event.id))) {
    known.set(id, await describeRecord(kv, id));
  }
  // Only what switched the name made the record current: giving it a share did not, nor taking that away.
  const current = events.find(({ id, action }) => id === currentId && SWITCHES.has(action));
  const entries = events.map((event) => ({
    ...event,
    current: event === current,
    ...(known.get(event.id) ?? { error: 'unknown' }),
  }));
  return { name, id: pointer.id, canary: pointer.canary, entries };
}

async function describeRecord(
  kv: SelectionKv,
  id: string,
): Promise<{ metrics: SelectionRecord['metrics'] } | { error: string }> {
  try {
    const stored = await readRecord(kv, id);
    return stored === null ? { error: 'the record is not in storage' } : { metrics: stored.record.metrics };
  } catch (error) {
    if (error instanceof AppError) return { error: error.message };
    throw error;
  }
}
