import {
  OPERATIONS_KEY,
  accessKeyKey,
  corpusKey,
  meaningsKey,
  nameKey,
  ownerKey,
  recordKey,
  segmentKey,
  thumbnailKey,
} from '../../src/format/kv-keys.ts';
import { openValue, sealJson, sealValue } from '../../src/format/stored-value.ts';
import type { Namespaces } from '../kv/namespaces.ts';

const DAY_MS = 86_400_000;

/** What is published where a damage is done. */
export interface Published {
  readonly kvs: Namespaces;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** A selection whose name points at one record, with another in its history alone: their ids. */
  readonly name: string;
  readonly current: string;
  readonly earlier: string;
  /** A corpus of plan `compact` with fields, the id of a segment of it, and that of one of as many other items. */
  readonly corpus: string;
  readonly segment: string;
  readonly beside: string;
}

/** KV with something wrong, and what `doctor --storage` is to find: kinds and keys, ascending. */
export interface StorageDamage {
  readonly state: string;
  readonly damage: (published: Published) => Promise<unknown>;
  readonly found: (published: Published) => readonly string[];
}

const KEY_OF_SOMEBODY = accessKeyKey('ab'.repeat(8));
const QUOTA_OF_SOMEBODY = ownerKey('somebody');
const NOWHERE = segmentKey('9'.repeat(64), 'vectors');
const items = (segment: string): string => segmentKey(segment, 'items:0');

async function bytesOf(kv: Namespaces['corpora'], key: string): Promise<Uint8Array> {
  const value = await kv.get(key, { type: 'arrayBuffer' });
  if (value === null) throw new Error(`nothing to damage at ${key}`);
  return new Uint8Array(value);
}

/** Another value of one byte. @param at its place, from the end where it is negative */
async function changeByte(kv: Namespaces['corpora'], key: string, at = -1): Promise<void> {
  const bytes = await bytesOf(kv, key);
  await kv.put(key, bytes.with(at, bytes[bytes.length - 1] ^ 1));
}

export const STORAGE_DAMAGES: readonly StorageDamage[] = [
  {
    state: 'a name with a byte changed',
    damage: ({ kvs, name }) => changeByte(kvs.selections, nameKey(name)),
    found: ({ name }) => [`damaged ${nameKey(name)}`],
  },
  {
    state: 'a record that is gone',
    damage: ({ kvs, current }) => kvs.selections.deleteMany([recordKey(current)]),
    found: ({ current }) => [`missing ${recordKey(current)}`],
  },
  {
    state: 'a record of the history alone with a byte changed',
    damage: ({ kvs, earlier }) => changeByte(kvs.selections, recordKey(earlier)),
    found: ({ earlier }) => [`damaged ${recordKey(earlier)}`],
  },
  {
    state: 'a manifest with a digit changed',
    damage: ({ kvs, corpus }) => changeByte(kvs.corpora, corpusKey(corpus), -3),
    found: ({ corpus }) => [`damaged ${corpusKey(corpus)}`],
  },
  {
    state: 'vectors with a byte changed',
    damage: ({ kvs, segment }) => changeByte(kvs.corpora, segmentKey(segment, 'vectors')),
    found: ({ segment }) => [`damaged ${segmentKey(segment, 'vectors')}`],
  },
  {
    state: 'fields that are gone',
    damage: ({ kvs, segment }) => kvs.corpora.deleteMany([segmentKey(segment, 'fields')]),
    found: ({ segment }) => [`missing ${segmentKey(segment, 'fields')}`],
  },
  {
    state: 'items of the segment beside',
    damage: async ({ kvs, segment, beside }) =>
      kvs.corpora.put(items(segment), await bytesOf(kvs.corpora, items(beside))),
    found: ({ segment }) => [`damaged ${items(segment)}`],
  },
  {
    state: 'items of the segment beside, sealed for this place',
    async damage({ kvs, segment, beside }) {
      const other = openValue(await bytesOf(kvs.corpora, items(beside)), items(beside));
      await kvs.corpora.put(items(segment), sealValue(items(segment), other));
    },
    found: ({ segment }) => [`damaged ${segmentKey(segment, 'vectors')}`],
  },
  {
    state: 'full vectors that are cut',
    damage: ({ kvs, segment }) => kvs.corpora.put(segmentKey(segment, 'full:0'), 'alignql/1 '),
    found: ({ segment }) => [`damaged ${segmentKey(segment, 'full:0')}`],
  },
  {
    state: 'a name and a corpus of an earlier version',
    async damage({ kvs, now, current }) {
      const pointer = { id: current, publishedAt: new Date(now).toISOString(), previous: [] };
      await kvs.selections.put('selection:v1:name:old', JSON.stringify(pointer));
      await kvs.corpora.put('corpus:v1:name:old', '{}');
    },
    found: () => ['old corpus:v1:name:old', 'old selection:v1:name:old'],
  },
  {
    state: 'a key and a quota with a byte changed',
    async damage({ kvs }) {
      for (const key of [KEY_OF_SOMEBODY, QUOTA_OF_SOMEBODY]) {
        await kvs.selections.put(key, sealValue(key, new Uint8Array(4)));
        await changeByte(kvs.selections, key);
      }
    },
    found: () => [`damaged ${KEY_OF_SOMEBODY}`, `damaged ${QUOTA_OF_SOMEBODY}`],
  },
  {
    state: 'what coordinates stand for with a byte changed',
    async damage({ kvs, current }) {
      await kvs.selections.put(meaningsKey(current), sealJson(meaningsKey(current), { coordinates: [] }));
      await changeByte(kvs.selections, meaningsKey(current));
    },
    found: ({ current }) => [`damaged ${meaningsKey(current)}`],
  },
  {
    state: 'a list of operations that is cut',
    damage: ({ kvs }) => kvs.selections.put(OPERATIONS_KEY, '{"ping": "{ __typename'),
    found: () => [`damaged ${OPERATIONS_KEY}`],
  },
  {
    state: 'a segment and a thumbnail that nothing names, of two days ago',
    async damage({ kvs, now, corpus }) {
      const metadata = { writtenAt: new Date(now - 2 * DAY_MS).toISOString() };
      for (const key of [NOWHERE, thumbnailOfNobody(corpus)]) {
        await kvs.corpora.put(key, sealValue(key, new Uint8Array(4)), { metadata });
      }
    },
    found: ({ corpus }) => [`orphaned ${NOWHERE}`, `orphaned ${thumbnailOfNobody(corpus)}`],
  },
];

function thumbnailOfNobody(corpus: string): string {
  return thumbnailKey(corpus, 'ab'.repeat(16));
}
