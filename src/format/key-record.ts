import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { isAccessKeyId } from './access-key.ts';
import { accessKeyKey, isOwner } from './kv-keys.ts';
import { openJson, sealJson } from './stored-value.ts';

/**
 * What a caller may do. `read`: score what is given (embeddings, selections, corpora, the encoder's description); `encode`: have
 * pixels or text encoded; `admin`: metrics and what else is for operators. None includes another.
 */
export const SCOPES = ['read', 'encode', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What KV holds of a key. Times are ISO 8601, UTC. */
export interface KeyRecord {
  readonly id: string;
  /** For people: whom it was given to. */
  readonly name: string;
  /** SHA-256 of the key, 64 hexadecimal digits. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  /** Null: never. */
  readonly expires: string | null;
  /** Units of cost a day of UTC; null: no budget. */
  readonly daily: number | null;
  /** Whose names it sees beside the shared ones; absent: nobody's. */
  readonly owner?: string;
  /** Null: valid. A key that was revoked stays, so that lists tell it. */
  readonly revokedAt: string | null;
}

export const MAX_KEY_NAME_CHARACTERS = 100;
/** Units of cost; beyond it a day's sum is no whole number any more. */
export const MAX_DAILY = 1e12;

const time = v.pipe(
  v.string(),
  v.check((text) => Number.isFinite(Date.parse(text)), 'expected a time'),
);

const recordSchema = v.strictObject({
  id: v.pipe(v.string(), v.check(isAccessKeyId, 'expected 16 hexadecimal digits')),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_KEY_NAME_CHARACTERS)),
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')),
  scopes: v.array(v.picklist(SCOPES)),
  createdAt: time,
  expires: v.nullable(time),
  daily: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_DAILY))),
  revokedAt: v.nullable(time),
  owner: v.exactOptional(v.pipe(v.string(), v.check(isOwner, 'expected an owner of names'))),
});

/** Sealed for the key's place in KV: nothing else that KV holds reads as a key, and no scope or time changes unseen. */
export function encodeKeyRecord(record: KeyRecord): Uint8Array<ArrayBuffer> {
  return sealJson(accessKeyKey(record.id), record);
}

/**
 * The record in the value of a key's KV key.
 * @throws AppError STORAGE_FAILED when it is none, or that of another key
 */
export function decodeKeyRecord(bytes: Uint8Array, id: string): KeyRecord {
  const result = v.safeParse(recordSchema, openJson(bytes, accessKeyKey(id)));
  if (!result.success) {
    const [issue] = result.issues;
    throw corrupt(id, `${v.getDotPath(issue) ?? 'the value'}: ${issue.message}`);
  }
  const { id: found, ...record } = result.output;
  if (found !== id) throw corrupt(id, `it is that of ${found}`);
  if (record.owner !== undefined && record.scopes.includes('admin')) {
    throw corrupt(id, 'it has an owner and the scope admin, which is for all owners');
  }
  return { id, ...record };
}

function corrupt(id: string, detail: string): AppError {
  return new AppError('STORAGE_FAILED', `Corrupt record of key ${id}: ${detail}`);
}
