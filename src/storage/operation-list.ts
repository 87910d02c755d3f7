import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { AppError, quote } from '../errors.ts';
import { OPERATIONS_KEY } from '../format/kv-keys.ts';
import { storageCall } from './kv-calls.ts';
import type { WaitUntil } from './shared-loads.ts';
import { StaleCache } from './stale-cache.ts';

/** The part of a KVNamespace that is used. */
export interface OperationKv {
  get(key: string, options: { readonly type: 'text' }): Promise<string | null>;
}

/** The operations that a deployment answers when it answers listed ones only. */
export interface OperationList {
  readonly byId: ReadonlyMap<string, string>;
  readonly texts: ReadonlySet<string>;
}

export interface OperationStore {
  /** An empty list where none is stored. @throws AppError STORAGE_FAILED when KV fails, or what it holds is no list */
  read(waitUntil?: WaitUntil): Promise<OperationList>;
}

const TTL_MS = 10_000;
const MAX_OPERATIONS = 4_096;
const MAX_LIST_CHARACTERS = 4 * 1024 * 1024;
const HEX_SHA256 = /^[0-9a-f]{64}$/;
const EMPTY: OperationList = { byId: new Map(), texts: new Set() };

/** What is stored now. @throws AppError STORAGE_FAILED when KV fails, or what it holds is no list */
export async function readOperationList(kv: OperationKv): Promise<OperationList> {
  return (await loadOperationList(kv)) ?? EMPTY;
}

async function loadOperationList(kv: OperationKv): Promise<OperationList | null> {
  const text = await storageCall('read', () => kv.get(OPERATIONS_KEY, { type: 'text' }));
  return text === null ? null : decodeOperationList(text);
}

/** The list in KV, kept by an isolate as names are: the old one answers while a new one is read in the background. */
export function createOperationStore(kv: OperationKv): OperationStore {
  const cache = new StaleCache<OperationList>({ ttlMs: TTL_MS, maxKeys: 1, now: Date.now });
  return {
    read: async (waitUntil) => (await cache.get('list', () => loadOperationList(kv), waitUntil)) ?? EMPTY,
  };
}

/**
 * @param text a JSON object from id to document, as tools of clients write it; an id that is a SHA-256 must be that of its document
 * @throws AppError STORAGE_FAILED naming what is wrong
 */
export function decodeOperationList(text: string): OperationList {
  if (text.length > MAX_LIST_CHARACTERS) throw corrupt(`${text.length} characters`);
  const entries = Object.entries(parseObject(text));
  if (entries.length > MAX_OPERATIONS) throw corrupt(`${entries.length} operations`);
  const byId = new Map<string, string>();
  for (const [id, document] of entries) {
    if (typeof document !== 'string') throw corrupt(`no document under ${quote(id)}`);
    if (HEX_SHA256.test(id) && id !== hashOfDocument(document))
      throw corrupt(`another document under ${quote(id)}`);
    byId.set(id, document);
  }
  return { byId, texts: new Set(byId.values()) };
}

/** Lower-case hex SHA-256 of a document, by which clients name it. */
export function hashOfDocument(document: string): string {
  return bytesToHex(sha256(utf8ToBytes(document)));
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // worded below
  }
  throw corrupt('no JSON object');
}

function corrupt(found: string): AppError {
  return new AppError(
    'STORAGE_FAILED',
    `Corrupt list of operations: ${found}, expected a JSON object of at most ${MAX_OPERATIONS} documents by id`,
  );
}
