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
import type { Findings } from './findings.ts';
import { namesUnder, timeIn } from './stored-keys.ts';
import type { ReachedRecords } from './walk-corpora.ts';

type Entries = KvKeyList['keys'];

/** @param manifests what corpora reach @returns how many names there are */
export async function walkSelections(
  kv: ProjectKv,
  entries: Entries,
  manifests: ReachedRecords,
  findings: Findings,
): Promise<number> {
  const keys = new Set(entries.map(({ name }) => name));
  const names = namesUnder(keys, NAME_PREFIX).union(namesUnder(keys, OWNED_NAME_PREFIX));
  const oldNames = namesUnder(keys, OLD_NAME_PREFIX);
  const reached = new Map(manifests.records);
  let isAllKnown = manifests.isAllKnown;
  for (const name of names) {
    const advice = `Publish it again: npm run -s publish -- DIR --name ${name}`;
    const pointer = await findings.read({ namespace: 'SELECTIONS', key: keyOf(name), do: advice }, () =>
      readPointer(kv, name),
    );
    if (pointer === null) isAllKnown = false;
    else for (const { id } of [pointer, ...pointer.previous, ...pointer.events]) reached.set(id, advice);
    if (pointer?.canary) reached.set(pointer.canary.id, advice);
  }
  for (const name of oldNames) {
    isAllKnown = (await walkOldName(kv, name, names.has(name), { reached, findings })) && isAllKnown;
  }
  for (const [id, advice] of reached) {
    const where = { namespace: 'SELECTIONS', key: recordKey(id), do: advice } as const;
    const stored = await findings.read(where, () => readRecord(kv, id));
    findings.bytes += stored?.byteLength ?? 0;
  }
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
    if (key.startsWith(ACCESS_KEY_PREFIX)) await walkAccessKey(kv, key, findings);
  }
  return names.size;
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
