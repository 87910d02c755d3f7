import { AppError } from '../../src/errors.ts';
import { NAME_PREFIX, OLD_NAME_PREFIX, OWNED_NAME_PREFIX } from '../../src/format/kv-keys.ts';
import { type SelectionKv, readPointer, readRecord } from '../../src/storage/selection-kv.ts';
import { type Published, listPublished } from '../kv/list-published.ts';
import type { ReadableKv } from '../kv/read-many.ts';

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
export function listSelections(kv: SelectionKv & ReadableKv): Promise<Published<ListedSelection>[]> {
  const prefixes = [NAME_PREFIX, OLD_NAME_PREFIX, OWNED_NAME_PREFIX];
  // Names of one record, which is read once.
  const records = new Map<string, Promise<RecordFacts>>();
  return listPublished(kv, { what: 'selections', prefixes }, async (near, name) => {
    const pointer = await readPointer(near, name);
    if (pointer === null) return null;
    const { id, publishedAt, previous } = pointer;
    const facts = records.get(id) ?? describeRecord(kv, id);
    records.set(id, facts);
    return { id, publishedAt, earlier: previous.length, ...(await facts) };
  });
}

type RecordFacts = Omit<ListedSelection, 'id' | 'publishedAt' | 'earlier'>;

async function describeRecord(kv: SelectionKv, id: string): Promise<RecordFacts> {
  const stored = await readRecord(kv, id);
  if (stored === null) throw new AppError('STORAGE_FAILED', `It points at record ${id}, which is not in KV`);
  const { encoder, strategy, model } = stored.record;
  return {
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
