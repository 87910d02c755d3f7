import { decodeQuota, DEFAULT_QUOTA, encodeQuota, type Quota } from '../../src/format/owner-record.ts';
import {
  OWNED_CORPUS_PREFIX,
  OWNED_NAME_PREFIX,
  OWNER_PREFIX,
  corpusNameOfKey,
  isOwner,
  nameOfKey,
  ownerKey,
  ownerOf,
  ownerPrefix,
} from '../../src/format/kv-keys.ts';
import { type KvKeyList, listEntries, listKeys, storageCall } from '../../src/storage/kv-calls.ts';
import { readPointer, readRecord } from '../../src/storage/selection-kv.ts';
import type { ProjectKv } from '../kv/local-kv.ts';
import type { Namespaces } from '../kv/namespaces.ts';
import { UserError } from '../cli/user-error.ts';

/** What an owner has of what its quota counts. */
export type Usage = Quota;

/** A part of a quota that is used beyond it. */
type Part = keyof Quota;
const PARTS: readonly Part[] = ['selections', 'corpora', 'bytes'];

const SWEEP = 'npm run -s doctor -- --storage --sweep';

/** What is told of an owner. */
export interface OwnerReport {
  readonly owner: string;
  readonly usage: Usage;
  readonly quota: Quota;
  /** Whether it is the default that holds. */
  readonly isDefault: boolean;
  readonly over: readonly Part[];
}

/** The quota that is set for an owner; null where the default holds. @throws AppError STORAGE_FAILED */
async function readQuota(kv: ProjectKv, owner: string): Promise<Quota | null> {
  const value = await storageCall('read', () => kv.get(ownerKey(owner), { type: 'arrayBuffer' }));
  return value === null ? null : decodeQuota(new Uint8Array(value), owner);
}

/** Sets parts of an owner's quota; the others stay. @throws AppError BAD_INPUT when the owner is none, STORAGE_FAILED */
export async function setQuota(kvs: Namespaces, owner: string, parts: Partial<Quota>): Promise<OwnerReport> {
  const quota = { ...((await readQuota(kvs.selections, owner)) ?? DEFAULT_QUOTA), ...parts };
  await storageCall('write', () => kvs.selections.put(ownerKey(owner), encodeQuota(owner, quota)));
  return reportOwner(kvs, owner);
}

/** Every owner of a name, or for whom a quota is set, ascending. @throws AppError STORAGE_FAILED */
export async function reportOwners(kvs: Namespaces): Promise<OwnerReport[]> {
  const names = [
    ...(await listKeys(kvs.selections, OWNED_NAME_PREFIX)).map(nameOfKey),
    ...(await listKeys(kvs.corpora, OWNED_CORPUS_PREFIX)).map(corpusNameOfKey),
  ];
  const owners = new Set(names.flatMap((name) => (name === null ? [] : (ownerOf(name) ?? []))));
  for (const key of await listKeys(kvs.selections, OWNER_PREFIX)) owners.add(key.slice(OWNER_PREFIX.length));
  const reports: OwnerReport[] = [];
  for (const owner of [...owners].filter(isOwner).sort()) reports.push(await reportOwner(kvs, owner));
  return reports;
}

async function reportOwner(kvs: Namespaces, owner: string): Promise<OwnerReport> {
  const set = await readQuota(kvs.selections, owner);
  const quota = set ?? DEFAULT_QUOTA;
  const usage = await usageOf(kvs, owner, null);
  return {
    owner,
    usage,
    quota,
    isDefault: set === null,
    over: PARTS.filter((part) => usage[part] > quota[part]),
  };
}

/** @param without a name that is about to be written: it is not counted */
async function usageOf(kvs: Namespaces, owner: string, without: string | null): Promise<Usage> {
  const prefix = ownerPrefix(owner);
  const published = (await listKeys(kvs.selections, OWNED_NAME_PREFIX + prefix)).map(nameOfKey);
  const others = published.filter((name) => name !== null).filter((name) => name !== without);
  let bytes = 0;
  for (const id of new Set(await Promise.all(others.map((name) => currentId(kvs.selections, name))))) {
    // What cannot be read is for `doctor` to tell.
    const stored = id === null ? null : await readRecord(kvs.selections, id).catch(() => null);
    bytes += stored?.byteLength ?? 0;
  }
  const indexed = (await listEntries(kvs.corpora, OWNED_CORPUS_PREFIX + prefix)).filter(({ name: key }) => {
    const name = corpusNameOfKey(key);
    return name !== null && name !== without;
  });
  for (const entry of indexed) bytes += bytesIn(entry);
  return { selections: others.length, corpora: indexed.length, bytes };
}

async function currentId(kv: ProjectKv, name: string): Promise<string | null> {
  const pointer = await readPointer(kv, name).catch(() => null);
  return pointer?.id ?? null;
}

/** What `index` notes beside a manifest. */
function bytesIn({ metadata }: KvKeyList['keys'][number]): number {
  if (typeof metadata !== 'object' || metadata === null || !('bytes' in metadata)) return 0;
  return typeof metadata.bytes === 'number' ? metadata.bytes : 0;
}

/**
 * Refuses what is beyond an owner's quota: a name more than it may have at once, bytes when they are known.
 * @param name about to be written; without an owner there is no quota
 * @returns takes the bytes that the name comes to, as often as they grow
 * @throws UserError, and so does what is returned
 */
export async function roomFor(
  kvs: Namespaces,
  what: 'selections' | 'corpora',
  name: string,
): Promise<(bytes: number) => void> {
  const owner = ownerOf(name);
  if (owner === null) return () => undefined;
  const quota = (await readQuota(kvs.selections, owner)) ?? DEFAULT_QUOTA;
  const usage = await usageOf(kvs, owner, name);
  const refuse = (has: string, part: Part, left = ''): never => {
    throw new UserError(
      `${owner} ${has}: remove some, or raise it with npm run -s owners -- set ${owner} --${part} N${left}`,
    );
  };
  if (usage[what] + 1 > quota[what]) {
    refuse(`has ${usage[what]} of ${quota[what]} ${what}, and "${name}" is one more`, what);
  }
  let fitted = false;
  return (bytes) => {
    if (usage.bytes + bytes <= quota.bytes) {
      fitted = true;
      return;
    }
    // What had room may be stored by now, segment by segment, without a name.
    refuse(
      `may have ${quota.bytes} bytes and has ${usage.bytes} beside "${name}", which takes ${bytes} or more`,
      'bytes',
      fitted ? `. What is stored of it already is not visible, and is removed a day later by: ${SWEEP}` : '',
    );
  };
}
