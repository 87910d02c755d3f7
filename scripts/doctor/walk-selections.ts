import {
  ACCESS_KEY_PREFIX,
  MEANINGS_PREFIX,
  NAME_PREFIX,
  OLD_NAME_PREFIX,
  OWNED_NAME_PREFIX,
  RECORD_PREFIX,
  ownerOf,
  recordKey,
} from '../../src/format/kv-keys.ts';
import type { KvKeyList } from '../../src/storage/kv-calls.ts';
import { readKeyRecord } from '../../src/storage/key-kv.ts';
import {
  type SelectionKv,
  readPointer,
  readPointerToChange,
  readRecord,
} from '../../src/storage/selection-kv.ts';
import type { ProjectKv } from '../kv/local-kv.ts';
import { type OnDone, readMany, readManyTexts } from '../kv/read-many.ts';
import type { OwnedRecords } from '../owners/quotas.ts';
import { Findings } from './findings.ts';
import { namesUnder, timeIn } from './stored-keys.ts';
import type { WalkedCorpora } from './walk-corpora.ts';

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
  const names = namesUnder(keys, NAME_PREFIX).union(namesUnder(keys, OWNED_NAME_PREFIX));
  const oldNames = namesUnder(keys, OLD_NAME_PREFIX);
  const reached = new Map(manifests.records);
  let isAllKnown = manifests.isAllKnown;
  const standing = new Map<string, readonly string[]>();
  const pointers = await readManyTexts(
    kv,
    { items: [...names], keyOf },
    async (near, name) => {
      const found = new Findings();
      const advice = `Publish it again: npm run -s publish -- DIR --name ${name}`;
      const where = { namespace: 'SELECTIONS', key: keyOf(name), do: advice } as const;
      return { name, advice, found, pointer: await found.read(where, () => readPointer(near, name)) };
    },
    onDone,
  );
  for (const { name, advice, found, pointer } of pointers) {
    findings.take(found);
    if (pointer === null) isAllKnown = false;
    else {
      standing.set(name, pointer.canary === null ? [pointer.id] : [pointer.id, pointer.canary.id]);
      for (const { id } of [pointer, ...pointer.previous, ...pointer.events]) reached.set(id, advice);
    }
    if (pointer?.canary) reached.set(pointer.canary.id, advice);
  }
  for (const name of oldNames) {
    isAllKnown = (await walkOldName(kv, name, names.has(name), { reached, findings })) && isAllKnown;
  }
  const sizes = new Map<string, number>();
  const reads = await readMany([...reached], async ([id, advice]) => {
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
  const keyKeys = entries.map(({ name }) => name).filter((key) => key.startsWith(ACCESS_KEY_PREFIX));
  await readManyTexts(kv, { items: keyKeys, keyOf: (key) => key }, (near, key) =>
    walkAccessKey(near, key, findings),
  );
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
  { reached, findings }: { readonly reached: Map<string, string>; readonly findings: Findings },
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
  const advice = 'Take it over: npm run -s doctor -- --storage --migrate';
  findings.add({
    kind: 'old',
    namespace: 'SELECTIONS',
    key,
    what: 'it is stored as an earlier version did, and nothing is answered from it',
    do: advice,
  });
  const pointer = await findings.read({ namespace: 'SELECTIONS', key, do: 'Publish it again' }, () =>
    readPointerToChange(kv, name),
  );
  for (const { id } of pointer === null ? [] : [pointer, ...pointer.previous]) reached.set(id, advice);
  return pointer !== null;
}

async function walkAccessKey(kv: ProjectKv, key: string, findings: Findings): Promise<void> {
  const advice = 'Whoever has the key is refused: make a new one with npm run -s keys -- create';
  await findings.read({ namespace: 'SELECTIONS', key, do: advice }, () =>
    readKeyRecord(kv, key.slice(ACCESS_KEY_PREFIX.length)),
  );
}
