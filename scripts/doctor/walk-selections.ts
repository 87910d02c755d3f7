import {
  MEANINGS_PREFIX,
  NAME_PREFIX,
  OLD_NAME_PREFIX,
  OWNED_NAME_PREFIX,
  RECORD_PREFIX,
  nameOfKey,
  ownerOf,
  recordKey,
} from '../../src/format/kv-keys.ts';
import type { NamePointer } from '../../src/format/name-pointer.ts';
import type { KvKeyList } from '../../src/storage/kv-calls.ts';
import {
  type SelectionKv,
  readPointer,
  readPointerToReplace,
  readRecord,
  repairOfName,
} from '../../src/storage/selection-kv.ts';
import type { ProjectKv } from '../kv/local-kv.ts';
import { type OnDone, readMany, readManyTexts } from '../kv/read-many.ts';
import type { OwnedRecords } from '../owners/quotas.ts';
import { Findings } from './findings.ts';
import { namesUnder, timeIn } from './stored-keys.ts';
import type { WalkedCorpora } from './walk-corpora.ts';
import { walkAccessKeys, walkMeanings, walkOperations } from './walk-single-values.ts';

type Entries = KvKeyList['keys'];

interface WalkedSelections {
  /** How many names there are. */
  readonly names: number;
  /** What each stands for, as far as it can be read. */
  readonly records: OwnedRecords;
}

/** @param manifests what corpora reach */
export async function walkSelections(
  kv: ProjectKv,
  entries: Entries,
  manifests: Pick<WalkedCorpora, 'records' | 'isAllKnown'>,
  findings: Findings,
  onDone?: OnDone,
): Promise<WalkedSelections> {
  const keys = new Set(entries.map(({ name }) => name));
  const names = new Set([...keys].map(nameOfKey).filter((name) => name !== null));
  const oldNames = namesUnder(keys, OLD_NAME_PREFIX);
  const reached = new Map<string, Reached>();
  for (const [id, advice] of manifests.records) reached.set(id, { name: null, advice });
  let isAllKnown = manifests.isAllKnown;
  const standing = new Map<string, readonly string[]>();
  const pointers = await readManyTexts(
    kv,
    { items: [...names], keyOf },
    async (near, name) => {
      const found = new Findings();
      const where = { namespace: 'SELECTIONS', key: keyOf(name), do: repairOfName(name) } as const;
      return { name, found, pointer: await found.read(where, () => readPointer(near, name)) };
    },
    onDone,
  );
  for (const { name, found, pointer } of pointers) {
    findings.take(found);
    if (pointer === null) isAllKnown = false;
    else {
      standing.set(name, pointer.canary === null ? [pointer.id] : [pointer.id, pointer.canary.id]);
      reachFrom(name, pointer, reached);
    }
  }
  for (const name of oldNames) {
    isAllKnown = (await walkOldName(kv, name, names.has(name), { reached, findings })) && isAllKnown;
  }
  const sizes = new Map<string, number>();
  const reads = await readMany([...reached], async ([id, { advice }]) => {
    const found = new Findings();
    const where = { namespace: 'SELECTIONS', key: recordKey(id), do: advice } as const;
    const stored = await found.read(where, () => readRecord(kv, id));
    if (stored !== null) sizes.set(id, stored.byteLength);
    found.bytes = stored?.byteLength ?? 0;
    return found;
  });
  for (const found of reads) findings.take(found);
  for (const { name: key, metadata } of entries) {
    const id = key.slice(RECORD_PREFIX.length);
    if (key.startsWith(RECORD_PREFIX) && !reached.has(id) && isAllKnown) {
      findings.orphans.push({ namespace: 'SELECTIONS', key, writtenAt: timeIn(metadata, 'createdAt') });
    }
    // Read by an isolate only beside its record, with which it goes.
    const ofRecord = key.slice(MEANINGS_PREFIX.length);
    if (key.startsWith(MEANINGS_PREFIX) && !reached.has(ofRecord) && isAllKnown) {
      findings.orphans.push({ namespace: 'SELECTIONS', key, writtenAt: null });
    }
  }
  for (const { name: key } of entries) {
    // Something else put it there: it is no name, so that nothing reads it and no command writes it.
    const isNamed = key.startsWith(NAME_PREFIX) || key.startsWith(OWNED_NAME_PREFIX);
    if (isNamed && nameOfKey(key) === null) {
      findings.orphans.push({ namespace: 'SELECTIONS', key, writtenAt: null });
    }
  }
  const byName = new Map([...reached].map(([id, { name }]) => [id, name]));
  await walkMeanings(kv, entries, byName, findings);
  await walkAccessKeys(kv, entries, findings);
  await walkOperations(kv, entries, findings);
  const records = [...standing].map(([name, ids]) => {
    const readable = ids.flatMap((id) => {
      const bytes = sizes.get(id);
      return bytes === undefined ? [] : [{ id, bytes }];
    });
    return [name, readable] as const;
  });
  return { names: names.size, records: new Map(records) };
}

/** Where the name stands, if it is one. */
function keyOf(name: string): string {
  return (ownerOf(name) === null ? NAME_PREFIX : OWNED_NAME_PREFIX) + name;
}

/** @returns whether all that it reaches is known */
async function walkOldName(
  kv: SelectionKv,
  name: string,
  hasSuccessor: boolean,
  { reached, findings }: { readonly reached: Map<string, Reached>; readonly findings: Findings },
): Promise<boolean> {
  const key = OLD_NAME_PREFIX + name;
  if (hasSuccessor) {
    // As old as what took its place at least; a name that cannot be read tells nothing.
    const pointer = await readPointer(kv, name).catch(() => null);
    const times = (pointer?.events ?? []).map(({ at }) => Date.parse(at));
    if (pointer !== null) {
      findings.orphans.push({
        namespace: 'SELECTIONS',
        key,
        writtenAt: times.length === 0 ? null : Math.max(...times),
      });
    }
    return true;
  }
  const where = { namespace: 'SELECTIONS', key } as const;
  const pointer = await findings.read({ ...where, do: repairOfName(name) }, async () => {
    const { value, damage } = await readPointerToReplace(kv, name);
    if (damage !== null) throw damage;
    return value;
  });
  if (pointer === null) return false;
  findings.add({
    ...where,
    kind: 'old',
    what: 'it is stored as an earlier version did, and nothing is answered from it',
    do: 'Take it over: npm run -s doctor -- --storage --migrate',
  });
  reachFrom(name, pointer, reached);
  return true;
}

/** What reaches a record. */
interface Reached {
  /** Null: a corpus alone does. */
  readonly name: string | null;
  /** What to do when it is damaged or missing. */
  readonly advice: string;
}

/** All that the name points at, may be switched to, or did point at. */
function reachFrom(name: string, pointer: NamePointer, reached: Map<string, Reached>): void {
  const publish = `npm run -s publish -- DIR --name ${name}`;
  const earlier = `Publish the folder of this record again and go back to the current one: ${publish} && npm run -s rollback -- --name ${name}`;
  for (const { id } of [...pointer.previous, ...pointer.events]) {
    // Where it is current under another name, that advice is the shorter.
    if ((reached.get(id)?.name ?? null) === null) reached.set(id, { name, advice: earlier });
  }
  reached.set(pointer.id, { name, advice: `Publish it again: ${publish}` });
  const { canary } = pointer;
  if (canary === null) return;
  const advice = `Publish it again: npm run -s publish -- DIR --share ${canary.share} --name ${name}`;
  reached.set(canary.id, { name, advice });
}
