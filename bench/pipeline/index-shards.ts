import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { freshInMemory } from '../../scripts/corpus/fresh-vectors.ts';
import { indexCorpus } from '../../scripts/corpus/index-corpus.ts';
import { readStoredRows } from '../../scripts/corpus/stored-rows.ts';
import type { CommandOutput } from '../../scripts/cli/output.ts';
import type { ProjectKv } from '../../scripts/kv/local-kv.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import type { CorpusManifest } from '../../src/format/corpus-manifest.ts';
import { readEmbeddings } from '../../src/format/npy.ts';
import { decodeSelection, selectionId } from '../../src/format/selection-record.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';

/** The corpus that a run has packed, and what it is after `index` has made it again. */
export interface IndexedAgain {
  readonly before: CorpusManifest;
  readonly after: CorpusManifest;
  /** Values that `index` has written and that were not there, or held other bytes. */
  readonly changed: number;
}

/**
 * Has `index` make the corpus of a run again, under the same name, of the same shards.
 * @param folder as `downloadShards` wrote it
 * @param record the bytes of the run's selection
 */
export async function indexShards(
  corpora: ProjectKv,
  folder: string,
  record: Uint8Array,
  { corpus, plan }: { readonly corpus: string; readonly plan: 'auto' | 'full' | 'compact' },
  output: CommandOutput,
): Promise<IndexedAgain> {
  const found = [...(await firstOfPictures(folder))];
  const selection = { id: await selectionId(record), record: decodeSelection(record) };
  const { dim } = selection.record.model;
  const embeddings = new Float32Array(found.length * dim);
  found.forEach(([, { vector }], i) => embeddings.set(vector, i * dim));
  normalizeRows(embeddings, dim);
  const items = found.map(([id, { caption }]) => ({ id, metadata: JSON.stringify({ caption }) }));
  const before = await readManifest(corpora, corpus);
  const changes = new ChangeCount(corpora);
  await indexCorpus(
    changes.corpora,
    {
      corpus,
      selection,
      modality: 'image',
      fresh: freshInMemory(items, dim, embeddings),
      thumbnails: new Map(),
      dropThumbnails: false,
      deletions: new Set(),
      replace: true,
      plan,
      rerank: null,
      fields: null,
      budgetBytes: 2 ** 25,
      now: new Date().toISOString(),
    },
    output,
  );
  const after = await readManifest(corpora, corpus);
  if (before === null || after === null) throw new Error(`there is no corpus ${corpus}`);
  return { before, after, changed: changes.count };
}

/** Values written to a namespace that it did not hold. */
class ChangeCount {
  count = 0;
  readonly corpora: ProjectKv;

  constructor(corpora: ProjectKv) {
    const putMany: ProjectKv['putMany'] = async (entries) => {
      for (const { key, value } of entries) {
        const held = await corpora.get(key, { type: 'arrayBuffer' });
        if (held === null || !Buffer.from(held).equals(value)) this.count++;
      }
      await corpora.putMany(entries);
    };
    this.corpora = new Proxy(corpora, {
      get(target, name) {
        if (name === 'putMany') return putMany;
        const found: unknown = Reflect.get(target, name, target);
        return typeof found === 'function' ? (found.bind(target) as unknown) : found;
      },
    });
  }
}

/** What a corpus holds, whatever its order and its cut: the hash of every id with its metadata, scale and int8 row. */
export async function hashOfRows(corpora: ProjectKv, manifest: CorpusManifest): Promise<string> {
  const { items, scales, rows } = await readStoredRows(corpora, manifest, () => undefined);
  const { dim } = manifest;
  const lines = items.map(({ id, metadata }, i) =>
    JSON.stringify([id, metadata, scales[i], hashOf(rows.subarray(i * dim, (i + 1) * dim))]),
  );
  return hashOf(lines.sort().join('\n'));
}

function hashOf(data: string | Int8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

interface FirstPair {
  readonly caption: string;
  readonly vector: Float32Array;
}

/** Of each picture its first pair, in the order of the shards. */
async function firstOfPictures(folder: string): Promise<Map<string, FirstPair>> {
  const pictures = new Map<string, FirstPair>();
  for (const name of readdirSync(join(folder, 'metadata')).sort()) {
    const number = /\d+/.exec(name)?.[0];
    const file = Uint8Array.from(readFileSync(join(folder, 'metadata', name))).buffer;
    const rows = (await parquetReadObjects({ file })) as { image_path: string; caption: string }[];
    const { embeddings, dim } = readEmbeddings(readFileSync(join(folder, `img_emb/img_emb_${number}.npy`)));
    rows.forEach(({ image_path: image, caption }, row) => {
      const vector = embeddings.slice(row * dim, (row + 1) * dim);
      if (!pictures.has(image)) pictures.set(image, { caption, vector });
    });
  }
  return pictures;
}
