import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOfRows, indexShards } from '../../bench/pipeline/index-shards.ts';
import { precomputeShards } from '../../bench/pipeline/precompute-shards.ts';
import { createRandom } from '../../src/core/random.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import type { CorpusManifest } from '../../src/format/corpus-manifest.ts';
import { decodeSelection } from '../../src/format/selection-record.ts';
import { assembleShard } from '../../src/pipeline/assemble-shard.ts';
import { requireBytes } from '../../src/pipeline/bucket.ts';
import { SHARDS_A_MERGE } from '../../src/pipeline/cut.ts';
import { encodePart } from '../../src/pipeline/embedding-part.ts';
import { dataKeys, runKeys } from '../../src/pipeline/keys.ts';
import { makeRunRecord } from '../../src/pipeline/make-run-record.ts';
import {
  findPictures,
  fitPictures,
  nameCorpus,
  outlineCorpus,
  packOneSegment,
} from '../../src/pipeline/pack-corpus.ts';
import type { RunDescription } from '../../src/pipeline/run-description.ts';
import { type DoneShard, findBound, sampleShard } from '../../src/pipeline/sample-shards.ts';
import { mergeShards, sumOneShard, wantsOfRequest, writeSumPlan } from '../../src/pipeline/sum-shards.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { createCorpusStore } from '../../src/storage/corpus-store.ts';
import { searchCorpus } from '../../src/search/search-corpus.ts';
import { openIsolate, searchOf } from '../search/isolate.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';
import { type MemoryPlatform, RUN_ID, describedRun, memoryPlatform } from './memory-platform.ts';

/** More shards than one step merges or fits, and more rows than lie in two chunks of the corpus. */
const SHARDS = SHARDS_A_MERGE + 10;
const PAIRS = 10;
const DIM = 256;
const SHARED = 8;
const quiet = {
  startProgress: () => ({ add: () => undefined, stop: () => undefined }),
  tell: () => undefined,
};
const run: RunDescription = {
  ...describedRun({
    strategy: 'variance',
    strategies: ['variance'],
    k: 16,
    ks: [],
    fusion: 'identity',
    folds: 2,
    sample: 100,
    plan: 'compact',
    selection: 'made',
    corpus: 'made',
  }),
  encoder: { id: 'test', fingerprint: 'a'.repeat(64), dim: DIM },
};

let platform: MemoryPlatform;
let env: PipelineEnv;
let local: LocalKv;
let shards: DoneShard[];
/** Captions' vectors. */
const queries: Float32Array[] = [];
const folder = mkdtempSync(join(tmpdir(), 'alignql-test-'));

/** Pairs whose captions are near their pictures; every fifth picture of a shard is one of the shard before as well. */
async function putShards(): Promise<DoneShard[]> {
  const random = createRandom(3);
  const patterns = Array.from({ length: SHARED }, () =>
    Float32Array.from({ length: DIM }, () => random.nextGaussian()),
  );
  const made: DoneShard[] = [];
  let last: { readonly image: string; readonly vector: Float32Array } | null = null;
  for (let number = 0; number < SHARDS; number++) {
    const [images, texts] = [new Float32Array(PAIRS * DIM), new Float32Array(PAIRS * DIM)];
    const rows = [];
    for (let i = 0; i < PAIRS; i++) {
      const pattern = patterns[random.nextInt(SHARED)];
      const near = (): Float32Array => pattern.map((value) => value + random.nextGaussian());
      const image: { readonly image: string; readonly vector: Float32Array } =
        i === 4 && last !== null ? last : { image: `${number}-${i}.png`, vector: near() };
      images.set(image.vector, i * DIM);
      texts.set(near(), i * DIM);
      rows.push({ where: `${number} ${i}`, image: image.image, caption: `caption ${number} ${i}` });
      last = image;
    }
    normalizeRows(images, DIM);
    normalizeRows(texts, DIM);
    queries.push(texts.slice(0, DIM));
    const hash = String(number).padStart(32, '0');
    await platform.runs.put(dataKeys.part(hash, 0), encodePart({ rows, skipped: [], images, texts }));
    await assembleShard(env.RUNS, run, { kind: 'assemble', run: RUN_ID, shard: number, hash, parts: 1 });
    made.push({ number, hash, pairs: PAIRS });
  }
  return made;
}

/** As `pipeline shards` brings them. */
async function bringShards(): Promise<void> {
  const write = async (path: string, key: string): Promise<void> => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), await requireBytes(env.RUNS, key));
  };
  for (const { number, hash } of shards) {
    const name = String(number).padStart(6, '0');
    await write(`img_emb/img_emb_${name}.npy`, dataKeys.images(hash));
    await write(`text_emb/text_emb_${name}.npy`, dataKeys.texts(hash));
    await write(`metadata/metadata_${name}.parquet`, dataKeys.metadata(hash));
  }
}

/** The tasks and steps of a run, from shards to the record. */
async function makeRecord(): Promise<Uint8Array> {
  const { RUNS: runs } = env;
  const bound = await findBound(runs, shards, run.request.sample);
  for (const { number: shard, hash } of shards)
    await sampleShard(runs, DIM, { kind: 'sample', run: RUN_ID, shard, hash, bound });
  const wants = wantsOfRequest(run.request);
  if (wants === null) throw new Error('variance adds up');
  await writeSumPlan(runs, { id: RUN_ID, request: run.request, dim: DIM }, shards, bound, wants);
  for (const { number: shard, hash } of shards)
    await sumOneShard(runs, DIM, { kind: 'sum', run: RUN_ID, shard, hash });
  for (let start = 0; start < SHARDS; start += SHARDS_A_MERGE) await mergeShards(runs, RUN_ID, shards, start);
  const { made } = await makeRunRecord(runs, run, shards, bound);
  await runs.put(runKeys.record(RUN_ID), made.bytes);
  return made.bytes;
}

/** The steps of a run from the record to the corpus. @param windowBytes as a run has it unless given */
async function pack(of: RunDescription, corpus: string, windowBytes?: number): Promise<CorpusManifest> {
  await findPictures(env, of, shards);
  for (let start = 0; start < SHARDS; start += SHARDS_A_MERGE) await fitPictures(env, of, shards, start);
  const count = await outlineCorpus(env, of, shards, windowBytes);
  const segments = [];
  for (let index = 0; index < count; index++)
    segments.push(await packOneSegment(env, of, shards, { index, corpus }));
  await nameCorpus(env, of, segments, corpus);
  const manifest = await readManifest(local.kv, corpus);
  if (manifest === null) throw new Error('it was named');
  return manifest;
}

let record: Uint8Array;

beforeAll(async () => {
  local = await openMemoryKv();
  platform = memoryPlatform();
  env = Object.assign(platform.env, { CORPORA: local.kv as unknown as KVNamespace });
  shards = await putShards();
  await bringShards();
  record = await makeRecord();
});

afterAll(async () => {
  await local.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('a run of more shards than one step merges', () => {
  it('makes the record that precompute makes of them, to the byte', async () => {
    const made = await precomputeShards(folder, run.request, run.encoder, quiet);
    expect(made.record.metrics).toMatchObject({ sampledFrom: SHARDS * PAIRS });
    expect(Buffer.from(record).equals(made.bytes)).toBe(true);
  });

  it.each(['full', 'compact'] as const)(
    'packs, under plan %s, the corpus that index makes of them',
    async (plan) => {
      const corpus = `one-window-${plan}`;
      await pack({ ...run, request: { ...run.request, plan } }, corpus);
      const again = await indexShards(local.kv, folder, record, { corpus, plan }, quiet);
      expect(again.changed).toBe(0);
      expect(again.after).toEqual({ ...again.before, updatedAt: again.after.updatedAt });
    },
  );
});

describe('a corpus of several windows', () => {
  it('holds the vectors, ids and captions that index stores, and gives the same answers', async () => {
    const packed = await pack(run, 'windows', 1);
    expect(packed.segments.length).toBeGreaterThan(2);
    const rows = await hashOfRows(local.kv, packed);
    const found = await answers(packed);
    const { after } = await indexShards(
      local.kv,
      folder,
      record,
      { corpus: 'windows', plan: 'compact' },
      quiet,
    );
    expect(after.segments).toHaveLength(1);
    expect(after.coding).toEqual(packed.coding);
    expect(await hashOfRows(local.kv, after)).toBe(rows);
    expect(await answers(after)).toEqual(found);
  });
});

/** The ten best of a caption of every shard: what is scanned and what is rescored does not depend on where a row lies. */
async function answers(manifest: CorpusManifest): Promise<object[]> {
  const { model } = decodeSelection(record);
  const place = openIsolate(local.kv);
  const store = createCorpusStore(local.kv);
  const all: object[] = [];
  for (const query of queries) {
    const { hits } = await searchCorpus(searchOf({ manifest }, model, query), place);
    for (const { segment, index, score, cosine } of hits)
      all.push({ id: (await store.item(segment, index)).id, score, cosine });
  }
  return all;
}
