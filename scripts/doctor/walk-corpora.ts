import { createHash } from 'node:crypto';
import { ITEMS_PER_PAGE } from '../../src/format/corpus-items.ts';
import { type CorpusManifest, type CorpusSegment, chunkCapacity } from '../../src/format/corpus-manifest.ts';
import {
  CORPUS_PREFIX,
  OLD_CORPUS_PREFIX,
  OWNED_CORPUS_PREFIX,
  SEGMENT_PREFIX,
  type SegmentPart,
  THUMBNAIL_PREFIX,
  ownerOf,
  segmentKey,
  thumbnailKey,
} from '../../src/format/kv-keys.ts';
import { openValue } from '../../src/format/stored-value.ts';
import { readBytes, readManifest } from '../../src/storage/corpus-kv.ts';
import { readThumbnail, thumbnailsOf } from '../../src/storage/corpus-thumbnails.ts';
import type { KvKeyList } from '../../src/storage/kv-calls.ts';
import {
  readFields,
  readFullChunk,
  readItemPage,
  readScannedVectors,
} from '../../src/storage/segment-values.ts';
import { segmentId } from '../corpus/pack-segments.ts';
import type { ProjectKv } from '../kv/local-kv.ts';
import type { Findings } from './findings.ts';
import { namesUnder, timeIn } from './stored-keys.ts';

/** Records that corpora are packed for, each with what to do when one is missing; whether all corpora could be read. */
export interface ReachedRecords {
  readonly records: ReadonlyMap<string, string>;
  readonly isAllKnown: boolean;
  readonly count: number;
}

const OLD_PREFIX = 'corpus:v1:';

export async function walkCorpora(
  kv: ProjectKv,
  entries: KvKeyList['keys'],
  findings: Findings,
): Promise<ReachedRecords> {
  const keys = entries.map(({ name }) => name);
  const names = namesUnder(keys, CORPUS_PREFIX).union(namesUnder(keys, OWNED_CORPUS_PREFIX));
  const records = new Map<string, string>();
  const reached = new Set<string>();
  /** Corpora whose manifests cannot be read. */
  const unknown = new Set<string>();
  /** Corpora whose thumbnails are not known. */
  const unshown = new Set<string>();
  let newest: number | null = null;
  for (const name of names) {
    const advice = `Index it again: npm run -s index -- --corpus ${name} --replace DATA`;
    const where = { namespace: 'CORPORA', key: keyOf(name), do: advice } as const;
    const manifest = await findings.read(where, () => readManifest(kv, name));
    if (manifest === null) unknown.add(name);
    else {
      records.set(manifest.selection, `${advice}, or publish the record again`);
      newest = Math.max(newest ?? 0, Date.parse(manifest.createdAt));
      if (!(await walkCorpus(kv, { name, manifest, advice }, { reached, findings }))) unshown.add(name);
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
  return { records, isAllKnown: unknown.size === 0 && left.length === 0, count: names.size };
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
  for (const segment of manifest.segments) {
    const problemsBefore = findings.problems.length;
    const parts = segmentReads(kv, manifest, segment);
    for (const { part, read } of parts) {
      const key = segmentKey(segment.id, part);
      reached.add(key);
      await findings.read({ namespace: 'CORPORA', key, do: advice }, read);
    }
    if (findings.problems.length === problemsBefore) {
      await checkContent(kv, { name, segment, parts: parts.map(({ part }) => part), advice }, findings);
    }
  }
  for (const { id, count, dim } of manifest.retired) {
    for (const part of partsOf(count, dim, 'compact', true)) reached.add(segmentKey(id, part));
  }
  return walkThumbnails(kv, { name, manifest, advice }, { reached, findings });
}

interface PartRead {
  readonly part: SegmentPart;
  readonly read: () => Promise<unknown>;
}

/** Every part with what reads it as a search does. */
function segmentReads(kv: ProjectKv, manifest: CorpusManifest, segment: CorpusSegment): PartRead[] {
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
  kv: ProjectKv,
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

async function walkThumbnails(
  kv: ProjectKv,
  { name, manifest, advice }: Walked,
  { reached, findings }: { readonly reached: Set<string>; readonly findings: Findings },
): Promise<boolean> {
  const where = { namespace: 'CORPORA', key: keyOf(name), do: advice } as const;
  // Items that are damaged have been found already; their thumbnails are then not known.
  const shown = await thumbnailsOf(kv, manifest.thumbnails === undefined ? [] : manifest.segments).catch(
    () => null,
  );
  const kept = await thumbnailsOf(
    kv,
    manifest.retired.filter(({ hasThumbnails }) => hasThumbnails === true),
  ).catch(() => null);
  for (const id of [...(shown ?? []), ...(kept ?? [])]) reached.add(thumbnailKey(name, id));
  if (shown === null || kept === null) {
    findings.add({ ...where, kind: 'damaged', what: 'which thumbnails it shows cannot be read' });
    return false;
  }
  for (const id of shown) {
    const key = thumbnailKey(name, id);
    await findings.read({ ...where, key }, async () => {
      const bytes = await readThumbnail(kv, name, id);
      const hash = bytes && createHash('sha256').update(bytes).digest('hex');
      if (hash !== null && !hash.startsWith(id)) {
        findings.add({ ...where, key, kind: 'damaged', what: `its bytes hash to ${hash}` });
      }
      return bytes;
    });
  }
  return true;
}
