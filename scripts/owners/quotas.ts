import { AppError } from '../../src/errors.ts';
import { decodeQuota, DEFAULT_QUOTA, encodeQuota, type Quota } from '../../src/format/owner-record.ts';
import {
  OWNED_CORPUS_PREFIX,
  OWNED_NAME_PREFIX,
  OWNER_PREFIX,
  corpusNameOfKey,
  isOwner,
  nameKey,
  nameOfKey,
  ownerKey,
  ownerOf,
  ownerPrefix,
} from '../../src/format/kv-keys.ts';
import { type KvKeyList, listEntries, listKeys, storageCall } from '../../src/storage/kv-calls.ts';
import { readPointer, readRecord } from '../../src/storage/selection-kv.ts';
import { type StoredOrDamaged, decodedOrDamaged } from '../../src/storage/stored-or-damaged.ts';
import { createProgress } from '../cli/progress.ts';
import type { ProjectKv } from '../kv/local-kv.ts';
import type { Namespaces } from '../kv/namespaces.ts';
import { type OnDone, readManyTexts } from '../kv/read-many.ts';
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

/** An owner whose quota is damaged. */
export interface UnreadableOwner {
  readonly owner: string;
  readonly error: string;
}

/** The quota that is set for an owner; no value where the default holds. @throws AppError STORAGE_FAILED when KV fails */
async function readStoredQuota(kv: ProjectKv, owner: string): Promise<StoredOrDamaged<Quota>> {
  const value = await storageCall('read', () => kv.get(ownerKey(owner), { type: 'arrayBuffer' }));
  if (value === null) return { value: null, damage: null };
  return decodedOrDamaged(() => decodeQuota(new Uint8Array(value), owner));
}

/** The same, null where the default holds. @throws AppError STORAGE_FAILED, also when it is damaged, saying what to do */
async function readQuota(kv: ProjectKv, owner: string): Promise<Quota | null> {
  const { value, damage } = await readStoredQuota(kv, owner);
  if (damage === null) return value;
  throw new AppError('STORAGE_FAILED', `${damage.message}. ${repairOfQuota(owner)}`, { cause: damage });
}

/** What an operator is to do about a quota that cannot be read. */
export function repairOfQuota(owner: string): string {
  return `Set it again, what is not given becomes the default: npm run -s owners -- set ${owner} --selections N --corpora N --bytes N`;
}

/**
 * Sets parts of an owner's quota; the others stay, or are the default where what was set is damaged.
 * @param onDamaged told of that, once it is replaced
 * @throws AppError BAD_INPUT when the owner is none, STORAGE_FAILED
 */
export async function setQuota(
  kvs: Namespaces,
  owner: string,
  parts: Partial<Quota>,
  onDamaged: (damage: AppError) => void = () => undefined,
): Promise<OwnerReport> {
  const { value, damage } = await readStoredQuota(kvs.selections, owner);
  const quota = { ...(value ?? DEFAULT_QUOTA), ...parts };
  await storageCall('write', () => kvs.selections.put(ownerKey(owner), encodeQuota(owner, quota)));
  if (damage !== null) onDamaged(damage);
  return reportOwner(kvs, owner);
}

/** Every owner of a name, or for whom a quota is set, ascending. @throws AppError STORAGE_FAILED */
export async function reportOwners(kvs: Namespaces): Promise<(OwnerReport | UnreadableOwner)[]> {
  const { selections, corpora } = await namesOf(kvs, '');
  const quotas = await listKeys(kvs.selections, OWNER_PREFIX);
  const progress = createProgress()('records', selections.length, { onlyIfLong: true });
  const records = await currentRecords(kvs.selections, selections, () => progress.add(1)).finally(() =>
    progress.stop(),
  );
  return reportFrom(kvs.selections, { selections, corpora, quotas, records });
}

/** What is known of all owners together. */
interface OwnedThings extends OwnedNames {
  /** Keys of the quotas that are set. */
  readonly quotas: readonly string[];
  readonly records: OwnedRecords;
}

/** As `reportOwners`, of what a walk has read already. @param entries all of both namespaces */
export function reportWalkedOwners(
  kv: ProjectKv,
  entries: { readonly selections: KvKeyList['keys']; readonly corpora: KvKeyList['keys'] },
  records: OwnedRecords,
): Promise<(OwnerReport | UnreadableOwner)[]> {
  const keys = entries.selections.map(({ name }) => name);
  return reportFrom(kv, {
    selections: ownedSelections(keys),
    corpora: ownedCorpora(entries.corpora),
    quotas: keys.filter((key) => key.startsWith(OWNER_PREFIX)),
    records,
  });
}

async function reportFrom(
  kv: ProjectKv,
  { selections, corpora, quotas, records }: OwnedThings,
): Promise<(OwnerReport | UnreadableOwner)[]> {
  const byOwner = Map.groupBy(selections, ownerOf);
  const corporaByOwner = Map.groupBy(corpora, ({ name }) => ownerOf(name));
  const owners = [
    ...[...byOwner.keys(), ...corporaByOwner.keys()].filter((owner) => owner !== null),
    ...quotas.map((key) => key.slice(OWNER_PREFIX.length)).filter(isOwner),
  ];
  return readManyTexts(kv, { items: [...new Set(owners)].sort(), keyOf: ownerKey }, async (near, owner) => {
    const names = { selections: byOwner.get(owner) ?? [], corpora: corporaByOwner.get(owner) ?? [] };
    const own = new Map(names.selections.map((name) => [name, records.get(name) ?? []]));
    const { value: quota, damage } = await readStoredQuota(near, owner);
    if (damage !== null) return { owner, error: damage.message };
    return reportOf(owner, quota, usageOf(names, own));
  });
}

async function reportOwner(kvs: Namespaces, owner: string): Promise<OwnerReport> {
  const set = await readQuota(kvs.selections, owner);
  return reportOf(owner, set, await readUsage(kvs, owner, null));
}

function reportOf(owner: string, set: Quota | null, usage: Usage): OwnerReport {
  const quota = set ?? DEFAULT_QUOTA;
  const over = PARTS.filter((part) => usage[part] > quota[part]);
  return { owner, usage, quota, isDefault: set === null, over };
}

/** By name the current record and a canary's, in this order, as far as they can be read. */
export type OwnedRecords = ReadonlyMap<string, readonly { readonly id: string; readonly bytes: number }[]>;

/** Names with an owner, and what those of corpora come to. */
interface OwnedNames {
  readonly selections: readonly string[];
  readonly corpora: readonly { readonly name: string; readonly bytes: number }[];
}

/** @param prefix what the names begin with */
async function namesOf(kvs: Namespaces, prefix: string): Promise<OwnedNames> {
  return {
    selections: ownedSelections(await listKeys(kvs.selections, OWNED_NAME_PREFIX + prefix)),
    corpora: ownedCorpora(await listEntries(kvs.corpora, OWNED_CORPUS_PREFIX + prefix)),
  };
}

function ownedSelections(keys: readonly string[]): string[] {
  return keys
    .filter((key) => key.startsWith(OWNED_NAME_PREFIX))
    .map(nameOfKey)
    .filter((name) => name !== null);
}

function ownedCorpora(entries: KvKeyList['keys']): OwnedNames['corpora'] {
  return entries.flatMap((entry) => {
    const name = entry.name.startsWith(OWNED_CORPUS_PREFIX) ? corpusNameOfKey(entry.name) : null;
    return name === null ? [] : [{ name, bytes: bytesIn(entry) }];
  });
}

/** @param without what is about to be written: it is not counted, nor what it takes the place of */
async function readUsage(kvs: Namespaces, owner: string, without: BeingWritten | null): Promise<Usage> {
  const all = await namesOf(kvs, ownerPrefix(owner));
  // A selection and a corpus may have the same name.
  const others = (what: BeingWritten['what']) => (name: string) =>
    without?.what !== what || name !== without.name;
  const names = {
    selections: all.selections.filter(others('selections')),
    corpora: all.corpora.filter(({ name }) => others('corpora')(name)),
  };
  if (without?.isCanary !== true)
    return usageOf(names, await currentRecords(kvs.selections, names.selections));
  const records = await currentRecords(kvs.selections, all.selections);
  records.set(without.name, (records.get(without.name) ?? []).slice(0, 1));
  return usageOf(names, records);
}

interface BeingWritten {
  readonly what: 'selections' | 'corpora';
  readonly name: string;
  /** Whether it stands beside the current record of the name, in the place of another canary alone. */
  readonly isCanary: boolean;
}

/** A record counts once, however many of the names stand for it. @param records of those names, and what counts besides */
function usageOf({ selections, corpora }: OwnedNames, records: OwnedRecords): Usage {
  const bytesById = new Map<string, number>();
  for (const { id, bytes } of [...records.values()].flat()) bytesById.set(id, bytes);
  const bytes = [...bytesById.values(), ...corpora.map((corpus) => corpus.bytes)];
  return {
    selections: selections.length,
    corpora: corpora.length,
    bytes: bytes.reduce((sum, each) => sum + each, 0),
  };
}

/** By name. What cannot be read is for `doctor` to tell. */
async function currentRecords(
  kv: ProjectKv,
  names: readonly string[],
  onDone?: OnDone,
): Promise<Map<string, { readonly id: string; readonly bytes: number }[]>> {
  const reads = new Map<string, Promise<number | null>>();
  const bytesOf = (id: string): Promise<number | null> => {
    const read =
      reads.get(id) ??
      readRecord(kv, id).then(
        (stored) => stored?.byteLength ?? null,
        () => null,
      );
    reads.set(id, read);
    return read;
  };
  const found = await readManyTexts(
    kv,
    { items: names, keyOf: nameKey },
    async (near, name) => {
      const pointer = await readPointer(near, name).catch(() => null);
      const records: { id: string; bytes: number }[] = [];
      for (const { id } of [pointer, pointer?.canary].filter((each) => each != null)) {
        const bytes = await bytesOf(id);
        if (bytes !== null) records.push({ id, bytes });
      }
      return [name, records] as const;
    },
    onDone,
  );
  return new Map(found);
}

/** What `index` notes beside a manifest. */
function bytesIn({ metadata }: KvKeyList['keys'][number]): number {
  if (typeof metadata !== 'object' || metadata === null || !('bytes' in metadata)) return 0;
  return typeof metadata.bytes === 'number' ? metadata.bytes : 0;
}

/**
 * Refuses what is beyond an owner's quota: a name more than it may have at once, bytes when they are known.
 * @param name about to be written; without an owner there is no quota
 * @param options.isCanary whether the record is to stand beside the current one
 * @returns takes the bytes that the name comes to, as often as they grow
 * @throws UserError, and so does what is returned
 */
export async function roomFor(
  kvs: Namespaces,
  what: BeingWritten['what'],
  name: string,
  { isCanary = false }: { readonly isCanary?: boolean } = {},
): Promise<(bytes: number) => void> {
  const owner = ownerOf(name);
  if (owner === null) return () => undefined;
  const quota = (await readQuota(kvs.selections, owner)) ?? DEFAULT_QUOTA;
  const usage = await readUsage(kvs, owner, { what, name, isCanary });
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
      `may have ${quota.bytes} bytes and has ${usage.bytes} beside ${isCanary ? 'the canary of ' : ''}"${name}", which takes ${bytes} or more`,
      'bytes',
      fitted ? `. What is stored of it already is not visible, and is removed a day later by: ${SWEEP}` : '',
    );
  };
}
