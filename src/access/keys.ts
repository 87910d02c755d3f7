import { LRUCache } from 'lru-cache';
import { hashAccessKey, hashOfHex, isSameHash, readAccessKey } from '../format/access-key.ts';
import type { KeyRecord } from '../format/key-record.ts';
import type { KeyStore } from '../storage/key-store.ts';
import type { WaitUntil } from '../storage/shared-loads.ts';
import { type Admission, type Caller, sightOf } from './caller.ts';
import { unauthenticated } from './refusal.ts';

const BEARER = /^bearer +(\S+) *$/i;
const HOW = 'Send a key as "Authorization: Bearer alignql_...".';

/** What an isolate has made of a record: a caller is made once, not at every request. */
interface Known {
  readonly hash: Uint8Array;
  readonly expiresAt: number;
  readonly caller: Caller;
}

/** An `Authorization` header that has stood for a record: while the record is the same, it need not be hashed again. */
interface Verified {
  readonly text: string;
  readonly record: KeyRecord;
}

const MAX_VERIFIED = 1_024;
const verified = new LRUCache<string, Verified>({ max: MAX_VERIFIED });
const knownByRecord = new WeakMap<KeyRecord, Known>();

/**
 * The caller that an `Authorization` header's key stands for, or why it stands for none. Unknown keys and wrong secrets are told
 * alike; that a key is revoked or has expired is told to who has all of it.
 * @param now milliseconds since 1970
 * @throws AppError STORAGE_FAILED, by the promise, when the key cannot be looked up
 */
export function admitKey(
  authorization: string | null,
  keys: KeyStore,
  now: number,
  waitUntil: WaitUntil,
): Admission | Promise<Admission> {
  if (authorization === null) return unauthenticated(`Credentials are needed. ${HOW}`);
  const before = verified.get(authorization);
  if (before !== undefined) {
    const found = keys.find(before.record.id, waitUntil);
    if (found === before.record) return admitHolder(before.record, now);
    return admitFound(authorization, before.text, found, now);
  }
  const text = BEARER.exec(authorization)?.[1];
  if (text === undefined) {
    return unauthenticated(`Expected the scheme Bearer in the Authorization header. ${HOW}`, 'invalid_token');
  }
  const parsed = readAccessKey(text);
  if ('problem' in parsed) return unauthenticated(parsed.problem, 'invalid_token');
  return admitFound(authorization, text, keys.find(parsed.id, waitUntil), now);
}

function admitFound(
  authorization: string,
  text: string,
  found: KeyRecord | null | Promise<KeyRecord | null>,
  now: number,
): Admission | Promise<Admission> {
  return found instanceof Promise
    ? found.then((record) => admitRecord(authorization, text, record, now))
    : admitRecord(authorization, text, found, now);
}

function admitRecord(authorization: string, text: string, record: KeyRecord | null, now: number): Admission {
  const hash = hashAccessKey(text);
  const known = record === null ? null : knownOf(record);
  if (known === null || record === null || !isSameHash(hash, known.hash)) {
    return unauthenticated('The key is not valid.', 'invalid_token');
  }
  verified.set(authorization, { text, record });
  return admitHolder(record, now);
}

/** Of one who has all of the key. */
function admitHolder(record: KeyRecord, now: number): Admission {
  const known = knownOf(record);
  if (record.revokedAt !== null) return unauthenticated('The key was revoked.', 'invalid_token');
  if (now >= known.expiresAt) {
    return unauthenticated(`The key expired at ${record.expires}.`, 'invalid_token');
  }
  return known.caller;
}

function knownOf(record: KeyRecord): Known {
  const known = knownByRecord.get(record);
  if (known) return known;
  const { id, daily, expires, hash, owner = null } = record;
  const scopes = new Set(record.scopes);
  const made: Known = {
    hash: hashOfHex(hash),
    expiresAt: expires === null ? Infinity : Date.parse(expires),
    caller: { id, kind: 'key', scopes, daily, sight: sightOf(scopes, owner) },
  };
  knownByRecord.set(record, made);
  return made;
}
