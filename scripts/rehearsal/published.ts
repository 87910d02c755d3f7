import { createRandom } from '../../src/core/random.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import { type SelectionRecord, encodeSelection } from '../../src/format/selection-record.ts';
import { nameKey } from '../../src/format/kv-keys.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { freshInMemory } from '../corpus/fresh-vectors.ts';
import { indexCorpus } from '../corpus/index-corpus.ts';
import type { Namespaces } from '../kv/namespaces.ts';
import type { FoundSelection } from '../selection/selection-file.ts';
import { readPublished } from '../start/seed.ts';
import { UNFIT } from './endpoint-damages.ts';
import type { Published } from './storage-damages.ts';

const COUNT = 20;
const QUIET = {
  startProgress: () => ({ add: () => undefined, stop: () => undefined }),
  tell: () => undefined,
};

/** What is damaged in storage, beside what the deployment answers from: a selection with a history, and two small corpora of it. */
export async function publishToDamage(kvs: Namespaces): Promise<Published> {
  const record = await recordOfDefault(kvs);
  const publish = async (strategy: string): Promise<FoundSelection> => {
    const changed = { ...record, strategy };
    const { id } = await publishSelection(kvs.selections, 'rehearsed', encodeSelection(changed), {
      createdAt: new Date().toISOString(),
    });
    return { id, record: changed };
  };
  const earlier = await publish('earlier');
  const current = await publish('current');
  return {
    kvs,
    now: Date.now(),
    name: 'rehearsed',
    current: current.id,
    earlier: earlier.id,
    corpus: 'rehearsed',
    segment: await indexRandom(kvs, current, 'rehearsed', 1),
    beside: await indexRandom(kvs, current, 'beside', 2),
  };
}

/** @returns the id of its only segment */
async function indexRandom(
  { corpora }: Namespaces,
  selection: FoundSelection,
  corpus: string,
  seed: number,
): Promise<string> {
  const { dim } = selection.record.model;
  const random = createRandom(seed);
  const rows = Float32Array.from({ length: COUNT * dim }, () => random.nextGaussian());
  normalizeRows(rows, dim);
  const items = Array.from({ length: COUNT }, (_, i) => ({
    id: `${corpus} ${i}`,
    metadata: JSON.stringify({ price: i }),
  }));
  const request = {
    corpus,
    selection,
    modality: 'image',
    fresh: freshInMemory(items, dim, rows),
    thumbnails: new Map<string, Uint8Array>(),
    dropThumbnails: false,
    deletions: new Set<string>(),
    replace: false,
    plan: 'compact',
    rerank: null,
    fields: null,
    budgetBytes: 64 * 1024 * 1024,
    now: new Date().toISOString(),
  } as const;
  await indexCorpus(corpora, request, QUIET);
  const manifest = await readManifest(corpora, corpus);
  if (manifest === null) throw new Error(`corpus ${corpus} cannot be read back`);
  return manifest.segments[0].id;
}

/**
 * `default` as it could have been published: of another encoder, and calibrated for other pairs. Both are in KV, neither is current.
 * @returns the name's values that point at them, base64 by key and version
 */
export async function publishUnfit(kvs: Namespaces): Promise<Record<string, string>> {
  const kv = kvs.selections;
  const record = await recordOfDefault(kvs);
  const { baseRate, matchThreshold, mismatchThreshold } = record.model.calibrator;
  const thresholds = { baseRate, matchThreshold, mismatchThreshold };
  // Whatever the score, it is sure of a match.
  const sure = { kind: 'platt', slope: 1, intercept: 4, covariance: [0, 0, 0], ...thresholds } as const;
  const unfit: Record<string, SelectionRecord> = {
    [UNFIT.otherEncoder]: { ...record, encoder: { id: record.encoder.id, fingerprint: 'f'.repeat(64) } },
    [UNFIT.sureOfAll]: { ...record, model: { ...record.model, calibrator: sure } },
  };
  const key = nameKey('default');
  const old: Record<string, string> = {};
  const publish = async (bytes: Uint8Array): Promise<void> => {
    await publishSelection(kv, 'default', bytes, { createdAt: new Date().toISOString() });
  };
  for (const [version, changed] of Object.entries(unfit)) {
    await publish(encodeSelection(changed));
    const value = await kv.get(key, { type: 'arrayBuffer' });
    old[`${key} ${version}`] = Buffer.from(value ?? new ArrayBuffer()).toString('base64');
  }
  await publish(encodeSelection(record));
  return old;
}

async function recordOfDefault({ selections }: Namespaces): Promise<SelectionRecord> {
  const found = await readPublished(selections, 'default');
  if (found === null) throw new Error('no selection default');
  return found.record;
}
