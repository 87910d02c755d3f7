import { createRandom } from '../src/core/random.ts';
import { encodeManifest } from '../src/format/corpus-manifest.ts';
import { corpusKey } from '../src/format/kv-keys.ts';
import { type SelectionRecord, encodeSelection, selectionId } from '../src/format/selection-record.ts';
import { publishSelection } from '../src/storage/publish-selection.ts';
import { PLATT_CALIBRATOR } from './workerd/platt-calibrator.ts';
import { inMemory } from './workerd/score-requests.ts';
import type { KvEntry } from './workerd/start-workerd.ts';

export const SELECTIONS = 100;
export const CORPORA = 1_000;
export const ENCODER = { id: 'bench-encoder', fingerprint: 'f'.repeat(64) };
/** Of ten owners. */
const OWNERS = 10;
const NOW = '2026-11-30T00:00:00.000Z';

/** Of a map: what a record takes is its matrix. */
export interface RecordSize {
  readonly dim: number;
  readonly k: number;
}

export function selectionName(i: number): string {
  return `owner-${i % OWNERS}/selection-${String(i).padStart(3, '0')}`;
}

function corpusName(i: number): string {
  return `owner-${i % OWNERS}/corpus-${String(i).padStart(4, '0')}`;
}

/** KV with a hundred selections of different records, and a thousand manifests of small corpora; what the corpora hold is not there. */
export async function tenantEntries(size: RecordSize): Promise<Record<string, KvEntry>> {
  const entries: Record<string, KvEntry> = {};
  const ids: string[] = [];
  for (let i = 0; i < SELECTIONS; i++) {
    const bytes = encodeSelection(recordOf(size, i));
    ids.push(await selectionId(bytes));
    await publishSelection(inMemory(entries), selectionName(i), bytes, { createdAt: NOW });
  }
  for (let i = 0; i < CORPORA; i++) {
    const value = manifestOf(size, i, ids[i % SELECTIONS]);
    entries[corpusKey(corpusName(i))] = { base64: Buffer.from(value).toString('base64'), metadata: null };
  }
  return entries;
}

function recordOf({ dim, k }: RecordSize, seed: number): SelectionRecord {
  const random = createRandom(seed);
  const numbers = (count: number) => Float32Array.from({ length: count }, () => random.nextGaussian() / 10);
  return {
    encoder: ENCODER,
    strategy: 'pca',
    params: {},
    model: {
      dim,
      k,
      imageMean: numbers(dim),
      textMean: numbers(dim),
      projection: { kind: 'map', matrix: numbers(dim * k) },
      fusion: { kind: 'identity' },
      calibrator: PLATT_CALIBRATOR,
    },
    relevance: null,
    metrics: {},
    seed: 0,
  };
}

function manifestOf({ dim, k }: RecordSize, seed: number, selection: string): Uint8Array {
  const random = createRandom(seed);
  const number = (): number => Number((random.next() / 10 + 0.01).toPrecision(6));
  const numbers = (): number[] => Array.from({ length: dim }, number);
  return encodeManifest(
    {
      selection,
      encoder: ENCODER,
      modality: 'image',
      dim,
      k,
      plan: 'full',
      rerank: 0,
      fields: [],
      segments: [{ id: seed.toString(16).padStart(64, '0'), count: 100 }],
      coding: { mean: numbers(), spread: numbers(), fittedOn: 100 },
      retired: [],
      createdAt: NOW,
      updatedAt: NOW,
    },
    corpusName(seed),
  );
}
