import { randomBytes } from 'node:crypto';
import { hashAccessKey, hashToHex, makeAccessKey } from '../../src/format/access-key.ts';
import type { KeyRecord } from '../../src/format/key-record.ts';
import { ACCESS_KEY_PREFIX } from '../../src/format/kv-keys.ts';
import {
  type WritableKeyKv,
  deleteKeyRecord,
  readKeyRecord,
  readKeyToRevoke,
  writeKeyRecord,
} from '../../src/storage/key-kv.ts';
import { UserError } from '../cli/user-error.ts';
import { listPublished } from '../kv/list-published.ts';

/** What is told of a key; its hash is for the Worker alone. */
type ToldKey = Omit<KeyRecord, 'hash' | 'owner'> & {
  readonly owner: string | null;
  readonly state: 'valid' | 'expired' | 'revoked';
};

export interface KeyRequest {
  readonly name: string;
  readonly scopes: KeyRecord['scopes'];
  readonly lifeMs: number | null;
  readonly daily: number | null;
  /** Null: it sees the shared names alone, or as an admin all. */
  readonly owner: string | null;
}

/**
 * Makes a key and stores its hash.
 * @returns the key itself too: it is never to be had again
 * @throws UserError for an owner's key with the scope admin, which is for all owners
 */
export async function createKey(
  kv: WritableKeyKv,
  { name, scopes, lifeMs, daily, owner }: KeyRequest,
  now: Date,
): Promise<{ readonly key: string } & ToldKey> {
  if (owner !== null && scopes.includes('admin')) {
    throw new UserError(
      'the scope admin shows what is of all owners: make a key for it without --owner, and one of the owner without admin',
    );
  }
  const { id, text } = makeAccessKey((count) => randomBytes(count));
  const record: KeyRecord = {
    id,
    name,
    hash: hashToHex(hashAccessKey(text)),
    scopes,
    createdAt: now.toISOString(),
    expires: lifeMs === null ? null : new Date(now.getTime() + lifeMs).toISOString(),
    daily,
    ...(owner !== null && { owner }),
    revokedAt: null,
  };
  await writeKeyRecord(kv, record);
  return { key: text, ...told(record, now) };
}

/** Every key by id; of one that cannot be read the error. */
export async function listKeys(
  kv: WritableKeyKv,
  now: Date,
): Promise<(ToldKey | { readonly id: string; readonly error: string })[]> {
  const entries = await listPublished(
    kv,
    { what: 'keys', prefixes: [ACCESS_KEY_PREFIX] },
    async (near, id) => {
      const record = await readKeyRecord(near, id);
      return record && { told: told(record, now) };
    },
  );
  return entries.map((entry) => ('error' in entry ? { id: entry.name, error: entry.error } : entry.told));
}

/** A key whose record could not be read, and which is gone. */
interface RemovedKey {
  readonly id: string;
  readonly removed: true;
  readonly error: string;
}

/**
 * Marks a key as revoked; one that is already stays as it is, and one whose record is damaged is removed.
 * @throws UserError when no key has the id
 */
export async function revokeKey(kv: WritableKeyKv, id: string, now: Date): Promise<ToldKey | RemovedKey> {
  const { value: record, damage } = await readKeyToRevoke(kv, id);
  if (damage !== null) {
    await deleteKeyRecord(kv, id);
    return { id, removed: true, error: damage.message };
  }
  if (record === null) {
    throw new UserError(`no key has the id ${id}. \`npm run -s keys -- list\` shows those that there are.`);
  }
  const revoked = { ...record, revokedAt: record.revokedAt ?? now.toISOString() };
  if (record.revokedAt === null) await writeKeyRecord(kv, revoked);
  return told(revoked, now);
}

function told(record: KeyRecord, now: Date): ToldKey {
  const { id, name, scopes, createdAt, expires, daily, revokedAt, owner = null } = record;
  const isExpired = expires !== null && Date.parse(expires) <= now.getTime();
  const state = revokedAt !== null ? 'revoked' : isExpired ? 'expired' : 'valid';
  return { id, name, owner, scopes, expires, daily, createdAt, revokedAt, state };
}
