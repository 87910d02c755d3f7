import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainCoding } from '../../src/core/search/vector-coding.ts';
import { createRandom } from '../../src/core/random.ts';
import type { SelectionModel } from '../../src/core/scoring/selection-model.ts';
import type { CorpusPlan } from '../../src/format/corpus-manifest.ts';
import { type SelectionRecord, encodeSelection, selectionId } from '../../src/format/selection-record.ts';
import type { WritableCorpusKv } from '../../src/storage/corpus-kv.ts';
import { publishCorpus } from '../../src/storage/publish-corpus.ts';
import type { CorpusRows } from '../../src/packing/corpus-rows.ts';
import { packSegments } from '../../scripts/corpus/pack-segments.ts';
import { PLATT_CALIBRATOR } from './platt-calibrator.ts';

export const CORPUS_DIM = 128;
/** With its scale, a compact vector of 64 bytes. */
export const CORPUS_K = 60;
export const CORPUS_ENCODER = { id: 'bench-encoder', fingerprint: 'f'.repeat(64) };

/** A mask of 60 of 128 coordinates. */
export function corpusRecord(): SelectionRecord {
  const model: SelectionModel = {
    dim: CORPUS_DIM,
    k: CORPUS_K,
    imageMean: null,
    textMean: null,
    projection: { kind: 'mask', indices: Uint32Array.from({ length: CORPUS_K }, (_, i) => 2 * i) },
    fusion: { kind: 'identity' },
    calibrator: PLATT_CALIBRATOR,
  };
  const strategy = 'mutual-information';
  return { encoder: CORPUS_ENCODER, strategy, params: {}, model, relevance: null, metrics: {}, seed: 0 };
}

/** Write a corpus of seeded vectors as `index` does, into files that workerd reads as KV. */
export async function writeCorpusFolder(
  folder: string,
  { name, count, plan, rerank }: { name: string; count: number; plan: CorpusPlan; rerank: number },
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const record = corpusRecord();
  const { model, encoder } = record;
  const now = '2026-11-25T00:00:00.000Z';
  const packed = packSegments(madeRows(count), { corpus: name, model, modality: 'image', plan, fields: [] });
  const description = {
    selection: await selectionId(encodeSelection(record)),
    encoder,
    modality: 'image' as const,
    dim: model.dim,
    k: model.k,
    plan,
    rerank,
    fields: [],
    coding: {
      mean: Array<number>(CORPUS_DIM).fill(0),
      spread: Array<number>(CORPUS_DIM).fill(1),
      fittedOn: count,
    },
    createdAt: now,
    updatedAt: now,
  };
  await publishCorpus(
    intoFolder(folder),
    name,
    null,
    { segments: packed, thumbnails: new Map() },
    description,
    () => undefined,
  );
}

/** Whole numbers drawn evenly, as int8 rows are: nothing depends on what they are but recall, which this does not measure. */
function madeRows(count: number): CorpusRows {
  const random = createRandom(count);
  const rows = new Int8Array(count * CORPUS_DIM);
  for (let i = 0; i < rows.length; i++) rows[i] = random.nextInt(255) - 127;
  const scales = Float32Array.from({ length: count }, (_, row) => {
    let squares = 0;
    for (let i = row * CORPUS_DIM; i < (row + 1) * CORPUS_DIM; i++) squares += rows[i] ** 2;
    return 1 / Math.sqrt(squares);
  });
  const items = Array.from({ length: count }, (_, i) => ({ id: `v${i}`, metadata: null }));
  return { coding: plainCoding(CORPUS_DIM), items, scales, rows };
}

function intoFolder(folder: string): WritableCorpusKv {
  const write = (key: string, value: string | Uint8Array): void => writeFileSync(join(folder, key), value);
  const refuse = (): never => {
    throw new Error('this KV is only written');
  };
  return {
    get: refuse,
    list: refuse,
    deleteMany: refuse,
    put: async (key, value) => write(key, value),
    putMany: async (entries) => entries.forEach(({ key, value }) => write(key, value)),
  };
}
