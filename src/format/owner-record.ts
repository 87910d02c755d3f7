import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { isOwner, ownerKey } from './kv-keys.ts';
import { openJson, sealJson } from './stored-value.ts';

/** What an owner may have. */
export interface Quota {
  /** Names of selections. */
  readonly selections: number;
  /** Names of corpora. */
  readonly corpora: number;
  /** Of its current records and its corpora's values together. */
  readonly bytes: number;
}

/** Of an owner for whom nothing else is set. */
export const DEFAULT_QUOTA: Quota = { selections: 20, corpora: 200, bytes: 1024 ** 3 };

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const schema = v.strictObject({
  owner: v.pipe(v.string(), v.check(isOwner, 'expected an owner of names')),
  selections: count,
  corpora: count,
  bytes: count,
});

/** Sealed for the owner's place in KV. @throws AppError BAD_INPUT when the owner is none */
export function encodeQuota(owner: string, { selections, corpora, bytes }: Quota): Uint8Array<ArrayBuffer> {
  return sealJson(ownerKey(owner), { owner, selections, corpora, bytes });
}

/** @throws AppError STORAGE_FAILED when the bytes are not the quota of this owner */
export function decodeQuota(bytes: Uint8Array, owner: string): Quota {
  const result = v.safeParse(schema, openJson(bytes, ownerKey(owner)));
  if (result.success && result.output.owner === owner) {
    const { selections, corpora, bytes: most } = result.output;
    return { selections, corpora, bytes: most };
  }
  const detail = result.success ? `it is that of ${result.output.owner}` : result.issues[0].message;
  throw new AppError('STORAGE_FAILED', `Corrupt quota of owner ${owner}: ${detail}`);
}
