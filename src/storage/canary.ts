import type { NamePointer } from '../format/name-pointer.ts';
import { AppError } from '../errors.ts';
import {
  type Act,
  type NameSwitch,
  assertReadable,
  checkedId,
  storeRecord,
  switched,
  withEvent,
  writePointer,
} from './publish-selection.ts';
import { type SelectionKv, noSuchSelection, readPointerToChange, readRecord } from './selection-kv.ts';
import { decodeSelection } from '../format/selection-record.ts';

/** What stands under a name while a canary runs. */
export interface CanaryState {
  readonly name: string;
  /** The record that all others are given. */
  readonly id: string;
  readonly canary: { readonly id: string; readonly share: number };
}

/**
 * Gives a share of the traffic of a name to another record. Of one that runs already the share is changed, or the record replaced.
 * @param share percent, above 0, at most 100
 * @throws AppError as `publishSelection`; SELECTION_NOT_FOUND when nothing is published under the name; BAD_INPUT when the record is the
 *   current one already, or of another encoder: callers' embeddings would be refused by one of the two
 */
export async function startCanary(
  kv: SelectionKv,
  name: string,
  bytes: Uint8Array,
  { share, ...act }: Act & { readonly share: number },
): Promise<CanaryState> {
  const id = await checkedId(bytes);
  const pointer = await namedPointer(kv, name);
  if (pointer.id === id) throw new AppError('BAD_INPUT', `Record ${id} is what "${name}" points at already`);
  const current = await readRecord(kv, pointer.id);
  const { encoder } = decodeSelection(bytes);
  if (current !== null && current.record.encoder.id !== encoder.id) {
    throw new AppError(
      'BAD_INPUT',
      `The record is for encoder "${encoder.id}", the current one of "${name}" for "${current.record.encoder.id}": publish it under another name`,
    );
  }
  await storeRecord(kv, id, bytes, act.createdAt);
  const { createdAt: at, by = '' } = act;
  await writePointer(kv, name, {
    ...pointer,
    canary: { id, publishedAt: at, share },
    events: withEvent(pointer, { action: 'canary', id, at, by, share }),
  });
  return { name, id: pointer.id, canary: { id, share } };
}

/** Makes the canary the current record. @throws AppError BAD_INPUT when none runs, STORAGE_FAILED when it cannot be read */
export async function promoteCanary(kv: SelectionKv, name: string, act: Act): Promise<NameSwitch> {
  const pointer = await namedPointer(kv, name);
  const { id } = canaryOf(pointer, name);
  await assertReadable(kv, name, id);
  const next = switched(pointer, id, { ...act, action: 'promote' });
  await writePointer(kv, name, next);
  return { name, id, previous: pointer.id, changed: true, earlier: next.previous.length };
}

/** Gives all traffic to the current record again. @throws AppError BAD_INPUT when no canary runs */
export async function abortCanary(
  kv: SelectionKv,
  name: string,
  { createdAt: at, by = '' }: Act,
): Promise<{ readonly name: string; readonly id: string; readonly aborted: string }> {
  const pointer = await namedPointer(kv, name);
  const { id } = canaryOf(pointer, name);
  const events = withEvent(pointer, { action: 'abort', id, at, by });
  await writePointer(kv, name, { ...pointer, canary: null, events });
  return { name, id: pointer.id, aborted: id };
}

async function namedPointer(kv: SelectionKv, name: string): Promise<NamePointer> {
  const pointer = await readPointerToChange(kv, name);
  if (pointer !== null) return pointer;
  throw await noSuchSelection(
    kv,
    name,
    ' To try a record on a share of the callers, publish one without --share first.',
  );
}

function canaryOf(pointer: NamePointer, name: string): NonNullable<NamePointer['canary']> {
  if (pointer.canary !== null) return pointer.canary;
  throw new AppError('BAD_INPUT', `No canary of "${name}" runs: start one with publish DIR --share PERCENT`);
}
