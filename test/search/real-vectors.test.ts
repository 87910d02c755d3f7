import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScanMemory } from '../../src/core/search/scan-memory.ts';
import { dot, normalizeRows } from '../../src/core/vector.ts';
import { SEGMENT_BYTES } from '../../src/format/corpus-manifest.ts';
import { readEmbeddings } from '../../src/format/npy.ts';
import { searchCorpus } from '../../src/search/search-corpus.ts';
import { SegmentMemory } from '../../src/search/segment-memory.ts';
import { createCorpusStore } from '../../src/storage/corpus-store.ts';
import { freshInMemory } from '../../scripts/corpus/fresh-vectors.ts';
import { indexCorpus } from '../../scripts/corpus/index-corpus.ts';
import { loadScanKernels } from '../../scripts/search/scan-kernels.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';

const FOLDER = '../shared/data/coco500-clip-vit-b16';
const isHere = existsSync(FOLDER);
if (!isHere) console.warn(`skipped: real CLIP vectors are not in ${FOLDER}`);

function unitRows(path: string): { embeddings: Float32Array; count: number; dim: number } {
  const matrix = readEmbeddings(readFileSync(`${FOLDER}/${path}`));
  normalizeRows(matrix.embeddings, matrix.dim);
  return matrix;
}

/** Rows by cosine with the query, best first. */
function exactTen(rows: Float32Array, dim: number, query: Float32Array): number[] {
  return Array.from({ length: rows.length / dim }, (_, row) => row)
    .toSorted((a, b) => dot(rows, b * dim, query, 0, dim) - dot(rows, a * dim, query, 0, dim))
    .slice(0, 10);
}

describe.skipIf(!isHere)('search among 500 pictures of COCO by CLIP ViT-B/16', () => {
  let local: LocalKv;
  beforeAll(async () => {
    local = await openMemoryKv();
  });
  afterAll(() => local.dispose());

  it.each(['full', 'compact'] as const)('finds 98 of 100 of the exact ten under plan %s', async (plan) => {
    const images = unitRows('img_emb/img_emb_0.npy');
    const texts = unitRows('text_emb/text_emb_0.npy');
    const { dim } = images;
    const record = buildSelection(1, { dim, k: 64, projection: 'map', fusion: 'identity', means: false });
    const items = Array.from({ length: images.count }, (_, i) => ({ id: String(i), metadata: null }));
    const request = {
      corpus: plan,
      selection: { id: 'a'.repeat(64), record },
      modality: 'image' as const,
      fresh: freshInMemory(items, dim, images.embeddings),
      thumbnails: new Map<string, Uint8Array>(),
      dropThumbnails: false,
      deletions: new Set<string>(),
      replace: false,
      plan,
      // The map is random: what is measured is the rounding of full vectors.
      rerank: images.count,
      fields: null,
      budgetBytes: 2 ** 26,
      now: '2026-11-25T03:00:00.000Z',
    };
    const quiet = {
      startProgress: () => ({ add: () => undefined, stop: () => undefined }),
      tell: () => undefined,
    };
    await indexCorpus(local.kv, request, quiet);
    const store = createCorpusStore(local.kv);
    const memory = createScanMemory({ slotBytes: SEGMENT_BYTES, slotCount: 1 }, loadScanKernels());
    const place = { store, segments: new SegmentMemory(memory, store) };
    const found = await store.read(plan);
    if (found === null) throw new Error('no corpus was made');
    let hits = 0;
    for (let text = 0; text < 100; text++) {
      const embedding = texts.embeddings.subarray(text * dim, (text + 1) * dim);
      const result = await searchCorpus(
        {
          manifest: found.manifest,
          model: record.model,
          embedding,
          modality: 'text',
          baseRate: undefined,
          minProbability: null,
          filters: [],
          depth: 10,
          rerank: found.manifest.rerank,
        },
        place,
      );
      const ids = await Promise.all(result.hits.map(({ segment, index }) => store.item(segment, index)));
      const exact = new Set(exactTen(images.embeddings, dim, embedding).map(String));
      hits += ids.filter(({ id }) => exact.has(id)).length;
    }
    expect(hits / 1000).toBeGreaterThanOrEqual(0.98);
  });
});
