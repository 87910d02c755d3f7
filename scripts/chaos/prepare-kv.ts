import { join } from 'node:path';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { corpusKey, nameKey } from '../../src/format/kv-keys.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { readEmbeddedEncoder, readDeployment } from '../kv/deployment.ts';
import { type ProjectKv, openLocalNamespaces } from '../kv/local-kv.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import { type IndexRequest, indexCorpus } from '../corpus/index-corpus.ts';
import type { FreshVectors } from '../corpus/fresh-vectors.ts';
import type { FoundSelection } from '../selection/selection-file.ts';
import { SAMPLES, sampleRecord, sampleRows } from '../start/samples.ts';
import { readPublished } from '../start/seed.ts';

/** What takes long is kept between runs: the sample records and the embeddings they are made from, by hash of their sources. */
const MADE = join(PROJECT_ROOT, 'node_modules/.cache/alignql/chaos');

/** Names that were changed once: as a selection and as a corpus. */
export const CHANGED = 'changed';
/** A corpus of plan `compact`, whose searches re-rank. */
export const COMPACT = 'compact';
/** Of as many vectors as `samples`, in another order: what looks alike and is not the same. */
export const REVERSED = 'reversed';

export type Tell = (line: string) => void;

/**
 * Puts the sample selections and corpora into a fresh local KV, and a selection and a corpus that were changed since.
 * @returns the changed values as they were before, base64 by key
 */
export async function prepareKv(state: string, tell: Tell): Promise<Record<string, string>> {
  const encoder = await readEmbeddedEncoder();
  const { selections, corpora } = await readDeployment(false);
  const { kvs, close } = await openLocalNamespaces(state, [selections.id, corpora.id]);
  const [selectionsKv, corporaKv] = kvs;
  try {
    const old = await publishSelections(selectionsKv, encoder, tell);
    const [whole, compact] = await Promise.all(SAMPLES.map(({ name }) => published(selectionsKv, name)));
    const rows = await sampleRows(whole, { state: MADE, choice: {}, tell });
    Object.assign(old, await indexCorpora(corporaKv, { whole, compact }, rows));
    return old;
  } finally {
    await close();
  }
}

async function publishSelections(
  kv: ProjectKv,
  encoder: EncoderInfo,
  tell: Tell,
): Promise<Record<string, string>> {
  const options = { state: MADE, choice: {}, encoder, tell };
  const records: Uint8Array[] = [];
  for (const sample of SAMPLES) {
    const { bytes } = await sampleRecord(sample, options);
    records.push(bytes);
    await publishSelection(kv, sample.name, bytes, { createdAt: new Date().toISOString() });
  }
  await publishSelection(kv, CHANGED, records[1], { createdAt: new Date().toISOString() });
  const old = { [nameKey(CHANGED)]: await base64Of(kv, nameKey(CHANGED)) };
  await publishSelection(kv, CHANGED, records[0], { createdAt: new Date().toISOString() });
  return old;
}

async function indexCorpora(
  kv: ProjectKv,
  { whole, compact }: { readonly whole: FoundSelection; readonly compact: FoundSelection },
  rows: FreshVectors,
): Promise<Record<string, string>> {
  const vectors: Float32Array[] = [];
  for await (const window of rows.windows()) vectors.push(window);
  const all = pick(rows, vectors, (i) => i);
  const count = rows.items.length;
  const index = (
    corpus: string,
    selection: FoundSelection,
    fresh: FreshVectors,
    plan: IndexRequest['plan'],
  ) =>
    indexCorpus(kv, requestOf(corpus, selection, fresh, plan), {
      startProgress: () => ({ add: () => undefined, stop: () => undefined }),
      tell: () => undefined,
    });
  await index('samples', whole, all, null);
  await index(
    REVERSED,
    whole,
    pick(rows, vectors, (i) => count - 1 - i),
    null,
  );
  await index(COMPACT, compact, all, 'compact');
  const half = pick(rows, vectors, (i) => i, Math.floor(count / 2));
  await index(CHANGED, whole, half, null);
  const old = { [corpusKey(CHANGED)]: await base64Of(kv, corpusKey(CHANGED)) };
  await index(CHANGED, whole, all, null);
  return old;
}

function requestOf(
  corpus: string,
  selection: FoundSelection,
  fresh: FreshVectors,
  plan: IndexRequest['plan'],
): IndexRequest {
  return {
    corpus,
    selection,
    modality: 'image',
    fresh,
    thumbnails: new Map(),
    dropThumbnails: false,
    deletions: new Set(),
    replace: false,
    plan,
    rerank: null,
    fields: null,
    budgetBytes: 64 * 1024 * 1024,
    now: new Date().toISOString(),
  };
}

/** The vectors at these places of all; their items keep the order of `rows`, so that the same id has another vector. */
function pick(
  rows: FreshVectors,
  vectors: readonly Float32Array[],
  placeOf: (i: number) => number,
  count = rows.items.length,
): FreshVectors {
  const { dim, items } = rows;
  const all = new Float32Array(items.length * dim);
  let at = 0;
  for (const window of vectors) {
    all.set(window, at);
    at += window.length;
  }
  const picked = new Float32Array(count * dim);
  for (let i = 0; i < count; i++) picked.set(all.subarray(placeOf(i) * dim, (placeOf(i) + 1) * dim), i * dim);
  return {
    dim,
    items: items.slice(0, count),
    async *windows() {
      yield picked.slice();
    },
  };
}

async function published(kv: ProjectKv, name: string): Promise<FoundSelection> {
  const found = await readPublished(kv, name);
  if (found === null) throw new Error(`selection ${name} cannot be read back`);
  return found;
}

async function base64Of(kv: ProjectKv, key: string): Promise<string> {
  const value = await kv.get(key, { type: 'arrayBuffer' });
  if (value === null) throw new Error(`${key} cannot be read back`);
  return Buffer.from(value).toString('base64');
}
