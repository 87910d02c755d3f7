import { AppError } from '../../src/errors.ts';
import { NAME_PREFIX, OLD_NAME_PREFIX, OWNED_NAME_PREFIX } from '../../src/format/kv-keys.ts';
import { type SelectionKv, readPointer, readRecord } from '../../src/storage/selection-kv.ts';
import { type Published, listPublished } from '../kv/list-published.ts';

/** A published selection, for people: names and figures are those of the type Selection of the API. */
interface ListedSelection {
  readonly id: string;
  /** ISO 8601, UTC: when the name was switched to the record. */
  readonly publishedAt: string;
  /** Publications that a rollback can reach. */
  readonly earlier: number;
  readonly encoder: string;
  readonly encoderFingerprint: string;
  readonly strategy: string;
  readonly dim: number;
  readonly k: number;
  readonly fusion: string;
  readonly centred: boolean;
  readonly baseRate: number;
  /** Of the stored record. */
  readonly bytes: number;
}

/**
 * Every name that selections are published under, ascending; one that cannot be read with its error.
 * @throws AppError STORAGE_FAILED when KV does not list
 */
export function listSelections(kv: SelectionKv): Promise<Published<ListedSelection>[]> {
  return listPublished(kv, [NAME_PREFIX, OLD_NAME_PREFIX, OWNED_NAME_PREFIX], (name) =>
    describeSelection(kv, name),
  );
}

async function describeSelection(kv: SelectionKv, name: string): Promise<ListedSelection | null> {
  const pointer = await readPointer(kv, name);
  if (pointer === null) return null;
  const { id, publishedAt, previous } = pointer;
  const stored = await readRecord(kv, id);
  if (stored === null) throw new AppError('STORAGE_FAILED', `It points at record ${id}, which is not in KV`);
  const { encoder, strategy, model } = stored.record;
  return {
    id,
    publishedAt,
    earlier: previous.length,
    encoder: encoder.id,
    encoderFingerprint: encoder.fingerprint,
    strategy,
    dim: model.dim,
    k: model.k,
    fusion: model.fusion.kind,
    centred: model.imageMean !== null,
    baseRate: model.calibrator.baseRate,
    bytes: stored.byteLength,
  };
}
