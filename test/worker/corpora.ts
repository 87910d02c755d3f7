import { env } from 'cloudflare:workers';
import { encodeFields } from '../../src/format/corpus-fields.ts';
import { encodeItems } from '../../src/format/corpus-items.ts';
import { type CorpusManifest, encodeManifest } from '../../src/format/corpus-manifest.ts';
import { encodeVectors } from '../../src/format/corpus-vectors.ts';
import { corpusKey, segmentKey } from '../../src/format/kv-keys.ts';
import { sealValue } from '../../src/format/stored-value.ts';
import { otherEncoder } from './setup.ts';

export interface MadeItem {
  readonly id: string;
  /** Whole numbers from -127 to 127. */
  readonly vector: readonly number[];
  readonly metadata?: Readonly<Record<string, string | number>>;
  readonly thumbnail?: string;
}

/** A corpus of plan full in one segment, written value by value: not by the command, which has tests of its own. */
export async function writeCorpus(
  name: string,
  selection: string,
  items: readonly MadeItem[],
  changes: Partial<CorpusManifest> = {},
): Promise<CorpusManifest> {
  const dim = items[0].vector.length;
  const count = items.length;
  const scales = Float32Array.from(items, ({ vector }) => 1 / Math.hypot(...vector));
  const vectors = encodeVectors({
    count,
    dim,
    columns: [scales, new Float32Array(count).fill(1)],
    rows: Int8Array.from(items.flatMap(({ vector }) => vector)),
  });
  const fields = [...new Set(items.flatMap(({ metadata }) => Object.keys(metadata ?? {})))];
  const columns = fields.map((field) => {
    const texts = items.map(({ metadata }) => metadata?.[field]);
    const values = [...new Set(texts.filter((text) => text !== undefined).map(String))];
    return {
      name: field,
      values,
      codes: Uint32Array.from(texts, (text) => values.indexOf(String(text)) + 1),
    };
  });
  const id = await sha256(`${name} ${JSON.stringify(items)}`);
  const pages = items.map(({ id: itemId, metadata, thumbnail }) => ({
    id: itemId,
    metadata: metadata === undefined ? null : JSON.stringify(metadata),
    ...(thumbnail === undefined ? {} : { thumbnail }),
  }));
  await putSealed(segmentKey(id, 'vectors'), vectors);
  await putSealed(segmentKey(id, 'fields'), encodeFields(count, columns));
  await putSealed(segmentKey(id, 'items:0'), encodeItems(pages));
  const manifest: CorpusManifest = {
    selection,
    encoder: otherEncoder,
    modality: 'image',
    dim,
    k: dim,
    plan: 'full',
    rerank: 0,
    fields,
    segments: [{ id, count }],
    coding: { mean: Array<number>(dim).fill(0), spread: Array<number>(dim).fill(1), fittedOn: count },
    retired: [],
    createdAt: '2026-11-24T03:00:00.000Z',
    updatedAt: '2026-11-25T03:00:00.000Z',
    ...changes,
  };
  await env.CORPORA.put(corpusKey(name), encodeManifest(manifest, name));
  return manifest;
}

/** As the publisher stores a value of a corpus. */
export async function putSealed(key: string, value: Uint8Array): Promise<void> {
  await env.CORPORA.put(key, sealValue(key, value));
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
