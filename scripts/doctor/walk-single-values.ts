import { isAccessKeyId } from '../../src/format/access-key.ts';
import { decodeMeanings } from '../../src/format/coordinate-meanings.ts';
import { ACCESS_KEY_PREFIX, MEANINGS_PREFIX, OPERATIONS_KEY, meaningsKey } from '../../src/format/kv-keys.ts';
import type { KvKeyList } from '../../src/storage/kv-calls.ts';
import { readKeyRecord } from '../../src/storage/key-kv.ts';
import { decodeOperationList } from '../../src/storage/operation-list.ts';
import type { ProjectKv } from '../kv/local-kv.ts';
import { readMany, readManyTexts } from '../kv/read-many.ts';
import type { Findings } from './findings.ts';

/** Keys of callers: whoever has one that is damaged is refused. */
export async function walkAccessKeys(
  kv: ProjectKv,
  entries: KvKeyList['keys'],
  findings: Findings,
): Promise<void> {
  const ids: string[] = [];
  for (const { name: key } of entries) {
    if (!key.startsWith(ACCESS_KEY_PREFIX)) continue;
    const id = key.slice(ACCESS_KEY_PREFIX.length);
    if (isAccessKeyId(id)) ids.push(id);
    else findings.orphans.push({ namespace: 'SELECTIONS', key, writtenAt: null });
  }
  await readManyTexts(kv, { items: ids, keyOf: (id) => ACCESS_KEY_PREFIX + id }, async (near, id) => {
    const where = {
      namespace: 'SELECTIONS',
      key: ACCESS_KEY_PREFIX + id,
      do: `Whoever has the key is refused. Remove it, and make a new one where it is missed: npm run -s keys -- revoke ${id}`,
    } as const;
    await findings.read(where, () => readKeyRecord(near, id));
  });
}

/** What coordinates of records stand for. @param reached by the id of a record a name that reaches it; null: none does */
export async function walkMeanings(
  kv: ProjectKv,
  entries: KvKeyList['keys'],
  reached: ReadonlyMap<string, string | null>,
  findings: Findings,
): Promise<void> {
  const ids = entries
    .filter(({ name }) => name.startsWith(MEANINGS_PREFIX))
    .map(({ name }) => name.slice(MEANINGS_PREFIX.length))
    .filter((id) => reached.has(id));
  await readMany(ids, async (id) => {
    const name = reached.get(id) ?? null;
    const advice =
      name === null
        ? 'Publish the folder of its record again: npm run -s publish -- DIR --name NAME'
        : `Take it away, and publish the folder of its record again where it is missed: npm run -s publish -- --withdraw-meanings --name ${name}`;
    await findings.read({ namespace: 'SELECTIONS', key: meaningsKey(id), do: advice }, async () => {
      const value = await kv.get(meaningsKey(id), { type: 'arrayBuffer' });
      findings.bytes += value?.byteLength ?? 0;
      return value && decodeMeanings(new Uint8Array(value), id);
    });
  });
}

/** The operations that a deployment answers where it answers listed ones only. */
export async function walkOperations(
  kv: ProjectKv,
  entries: KvKeyList['keys'],
  findings: Findings,
): Promise<void> {
  if (!entries.some(({ name }) => name === OPERATIONS_KEY)) return;
  const advice = 'Put the list of your clients there again (docs/operate.md, "At the door")';
  await findings.read({ namespace: 'SELECTIONS', key: OPERATIONS_KEY, do: advice }, async () => {
    const value = await kv.get(OPERATIONS_KEY, { type: 'arrayBuffer' });
    return value && decodeOperationList(new TextDecoder().decode(value));
  });
}
