import { createHash } from 'node:crypto';
import { ITEMS_PER_PAGE } from '../../src/format/corpus-items.ts';
import { type CorpusManifest, type CorpusSegment, chunkCapacity } from '../../src/format/corpus-manifest.ts';
import {
  CORPUS_PREFIX,
  OLD_CORPUS_PREFIX,
  OWNED_CORPUS_PREFIX,
  SEGMENT_PREFIX,
  type SegmentPart,
  corpusNameOfKey,
  THUMBNAIL_PREFIX,
  ownerOf,
  segmentKey,
  thumbnailKey,
} from '../../src/format/kv-keys.ts';
import { openValue } from '../../src/format/stored-value.ts';
import { type ByteStream, type CorpusKv, readBytes, readManifest } from '../../src/storage/corpus-kv.ts';
import { readThumbnail, thumbnailsOf } from '../../src/storage/corpus-thumbnails.ts';
import type { NamedCorpus } from '../../src/storage/corpus-store.ts';
import type { KvKeyList } from '../../src/storage/kv-calls.ts';
import {
  readFields,
  readFullChunk,
  readItemPage,
  readScannedVectors,
} from '../../src/storage/segment-values.ts';
import { segmentId } from '../corpus/pack-segments.ts';
import type { ProjectKv } from '../kv/local-kv.ts';
import { type OnDone, readMany, readManyTexts } from '../kv/read-many.ts';
import { Findings } from './findings.ts';
import { namesUnder, timeIn } from './stored-keys.ts';

/** Records that corpora are packed for, each with what to do when one is missing; whether all corpora could be read. */
export interface WalkedCorpora {
  readonly records: ReadonlyMap<string, string>;
  readonly isAllKnown: boolean;
  readonly count: number;
  /** Those that something else than an isolate searches. */
  readonly behindEngines: readonly NamedCorpus[];
}

const OLD_PREFIX = 'corpus:v1:';

export async function walkCorpora(
  kv: ProjectKv,
  entries: KvKeyList['keys'],
  findings: Findings,
  onDone?: OnDone,
): Promise<WalkedCorpora> {
  const keys = entries.map(({ name }) => name);
  const names = new Set(keys.map(corpusNameOfKey).filter((name) => name !== null));
  const records = new Map<string, string>();
  const reached = new Set<string>();
  /** Corpora whose manifests cannot be read. */
  const unknown = new Set<string>();
  /** Corpora whose thumbnails are not known. */
  const unshown = new Set<string>();
  let newest: number | null = null;
  const behindEngines: NamedCorpus[] = [];
  const walks = await readManyTexts(
    kv,
    { items: [...names], keyOf },
    async (near, name) => {
      const found = new Findings();
      const advice = `Index it again: npm run -s index -- --corpus ${name} --replace DATA`;
      // Which selection it was for is lost with the manifest: by itself it would be made for "default".
      const unread = `Index it again, for the selection that it was made for: npm run -s index -- --corpus ${name} --replace --selection NAME DATA`;
      const where = { namespace: 'CORPORA', key: keyOf(name), do: unread } as const;
      const manifest = await found.read(where, () => readManifest(near, name));
      const of = manifest && { name, manifest, advice };
      const isShown = of !== null && (await walkCorpus(kv, of, { reached, findings: found }));
      // Of the manifest only what is needed on: there may be thousands.
      const { selection, createdAt } = manifest ?? {};
      const behindEngine = manifest?.engine === undefined ? null : { name, manifest };
      return { name, advice, found, selection, createdAt, behindEngine, isShown };
    },
    onDone,
  );
  for (const { name, advice, found, selection, createdAt, behindEngine, isShown } of walks) {
    findings.take(found);
    if (selection === undefined || createdAt === undefined) unknown.add(name);
    else {
      records.set(selection, `${advice}, or publish the record again`);
      newest = Math.max(newest ?? 0, Date.parse(createdAt));
      if (behindEngine !== null) behindEngines.push(behindEngine);
      if (!isShown) unshown.add(name);
    }
  }
  const left = [...namesUnder(keys, OLD_CORPUS_PREFIX)].filter((name) => !names.has(name));
  for (const name of left) {
    findings.add({
      kind: 'old',
      namespace: 'CORPORA',
      key: OLD_CORPUS_PREFIX + name,
      what: 'it is stored as an earlier version did, and nothing is answered from it',
      do: `Index it again: npm run -s index -- --corpus ${name} --replace DATA`,
    });
  }
  for (const { name: key, metadata } of entries) {
    const isNamed = key.startsWith(CORPUS_PREFIX) || key.startsWith(OWNED_CORPUS_PREFIX);
    if (isNamed && corpusNameOfKey(key) === null) {
      // Something else put it there: it is no name, so that nothing reads it and no command writes it.
      findings.orphans.push({ namespace: 'CORPORA', key, writtenAt: null });
    }
    const isOld = key.startsWith(OLD_PREFIX);
    const isOurs = key.startsWith(SEGMENT_PREFIX) || key.startsWith(THUMBNAIL_PREFIX) || isOld;
    if (!isOurs || reached.has(key)) continue;
    const owner = key.startsWith(THUMBNAIL_PREFIX)
      ? key.slice(THUMBNAIL_PREFIX.length, key.lastIndexOf(':'))
      : null;
    if (
      isOld ? left.length > 0 : owner === null ? unknown.size > 0 : unknown.has(owner) || unshown.has(owner)
    )
      continue;
    // What an earlier version wrote is at least as old as the latest corpus that took the place of one.
    findings.orphans.push({
      namespace: 'CORPORA',
      key,
      writtenAt: isOld ? newest : timeIn(metadata, 'writtenAt'),
    });
  }
  return { records, isAllKnown: unknown.size === 0 && left.length === 0, count: names.size, behindEngines };
}

/** Where the manifest stands, if the name is one. */
function keyOf(name: string): string {
  return (ownerOf(name) === null ? CORPUS_PREFIX : OWNED_CORPUS_PREFIX) + name;
}

interface Walked {
  readonly name: string;
  readonly manifest: CorpusManifest;
  readonly advice: string;
}

/** @returns whether all thumbnails that it shows are known */
async function walkCorpus(
  kv: ProjectKv,
  { name, manifest, advice }: Walked,
  { reached, findings }: { readonly reached: Set<string>; readonly findings: Findings },
): Promise<boolean> {
  const shown = new Set<string>();
  let isShown = true;
  for (const segment of manifest.segments) {
    const problemsBefore = findings.problems.length;
    const kept = keepReads(kv);
    const parts = segmentReads(kept, manifest, segment);
    for (const { part, read } of parts) {
      const key = segmentKey(segment.id, part);
      reached.add(key);
      await findings.read({ namespace: 'CORPORA', key, do: advice }, read);
    }
    if (findings.problems.length === problemsBefore) {
      await checkContent(kept, { name, segment, parts: parts.map(({ part }) => part), advice }, findings);
    }
    if (manifest.thumbnails !== undefined) {
      // Items that are damaged have been found already; their thumbnails are then not known.
      const ids = await thumbnailsOf(kept, [segment]).catch(() => null);
      if (ids === null) isShown = false;
      else for (const id of ids) shown.add(id);
    }
  }
  for (const { id, count, dim } of manifest.retired) {
    for (const part of partsOf(count, dim, 'compact', true)) reached.add(segmentKey(id, part));
  }
  return walkThumbnails(kv, { name, manifest, advice }, isShown ? shown : null, { reached, findings });
}

interface PartRead {
  readonly part: SegmentPart;
  readonly read: () => Promise<unknown>;
}

/** Every part with what reads it as a search does. */
function segmentReads(kv: CorpusKv, manifest: CorpusManifest, segment: CorpusSegment): PartRead[] {
  return partsOf(segment.count, manifest.dim, manifest.plan, manifest.fields.length > 0).map((part) => {
    const [kind, number] = part.split(':');
    const readers: Record<string, () => Promise<unknown>> = {
      vectors: () => readScannedVectors(kv, manifest, segment, () => undefined).then(() => true),
      fields: () => readFields(kv, segment),
      items: () => readItemPage(kv, segment, Number(number)),
      full: () => readFullChunk(kv, manifest.dim, segment, Number(number)),
    };
    return { part, read: readers[kind] };
  });
}

/** In the order that the id of a segment is made of. */
function partsOf(
  count: number,
  dim: number,
  plan: CorpusManifest['plan'],
  hasFields: boolean,
): SegmentPart[] {
  const numbered = (kind: 'items' | 'full', size: number): SegmentPart[] =>
    Array.from({ length: Math.ceil(count / size) }, (_, i): SegmentPart => `${kind}:${i}`);
  return [
    'vectors',
    ...(hasFields ? (['fields'] as const) : []),
    ...numbered('items', ITEMS_PER_PAGE),
    ...(plan === 'compact' ? numbered('full', chunkCapacity(dim)) : []),
  ];
}

/** The parts may be whole and yet not those that were packed together: their hash is the segment's id. */
async function checkContent(
  kv: CorpusKv,
  {
    name,
    segment,
    parts,
    advice,
  }: { name: string; segment: CorpusSegment; parts: SegmentPart[]; advice: string },
  findings: Findings,
): Promise<void> {
  const values: { part: SegmentPart; bytes: Uint8Array }[] = [];
  for (const part of parts) {
    const key = segmentKey(segment.id, part);
    const bytes = await readBytes(kv, key);
    if (bytes === null) return;
    findings.bytes += bytes.length;
    values.push({ part, bytes: openValue(bytes, key) });
  }
  if (segmentId(name, values) === segment.id) return;
  findings.add({
    kind: 'damaged',
    namespace: 'CORPORA',
    key: segmentKey(segment.id, 'vectors'),
    what: `the parts of segment ${segment.id} do not hash to its id`,
    do: advice,
  });
}

/** @param shown ids of those that its items name; null: not all can be read */
async function walkThumbnails(
  kv: ProjectKv,
  { name, manifest, advice }: Walked,
  shown: ReadonlySet<string> | null,
  { reached, findings }: { readonly reached: Set<string>; readonly findings: Findings },
): Promise<boolean> {
  const where = { namespace: 'CORPORA', key: keyOf(name), do: advice } as const;
  const kept = await thumbnailsOf(
    kv,
    manifest.retired.filter(({ hasThumbnails }) => hasThumbnails === true),
  ).catch(() => null);
  for (const id of [...(shown ?? []), ...(kept ?? [])]) reached.add(thumbnailKey(name, id));
  if (shown === null || kept === null) {
    findings.add({ ...where, kind: 'damaged', what: 'which thumbnails it shows cannot be read' });
    return false;
  }
  await readMany([...shown], async (id) => {
    const key = thumbnailKey(name, id);
    await findings.read({ ...where, key }, async () => {
      const bytes = await readThumbnail(kv, name, id);
      const hash = bytes && createHash('sha256').update(bytes).digest('hex');
      if (hash !== null && !hash.startsWith(id)) {
        findings.add({ ...where, key, kind: 'damaged', what: `its bytes hash to ${hash}` });
      }
      return bytes;
    });
  });
  return true;
}

/** KV that reads each value once: a segment is read as a search reads it, and then hashed. */
function keepReads(kv: CorpusKv): CorpusKv {
  const reads = new Map<string, Promise<ArrayBuffer | null>>();
  const read = (key: string): Promise<ArrayBuffer | null> => {
    const kept = reads.get(key) ?? kv.get(key, { type: 'arrayBuffer' });
    reads.set(key, kept);
    return kept;
  };
  async function get(key: string, options: { type: 'arrayBuffer' }): Promise<ArrayBuffer | null>;
  async function get(key: string, options: { type: 'stream' }): Promise<ByteStream | null>;
  async function get(key: string, { type }: { type: string }): Promise<ArrayBuffer | ByteStream | null> {
    const value = await read(key);
    return value === null || type === 'arrayBuffer' ? value : new Blob([value]).stream();
  }
  return { get, list: (options) => kv.list(options) };
}
