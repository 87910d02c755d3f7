import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createRandom } from '../../src/core/random.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import { assembleShard } from '../../src/pipeline/assemble-shard.ts';
import { encodePart } from '../../src/pipeline/embedding-part.ts';
import { dataKeys, runKeys } from '../../src/pipeline/keys.ts';
import { makeRunRecord } from '../../src/pipeline/make-run-record.ts';
import { findPictures, fitPictures, outlineCorpus, packOneSegment } from '../../src/pipeline/pack-corpus.ts';
import type { RunDescription } from '../../src/pipeline/run-description.ts';
import { parseRunRequest } from '../../src/pipeline/run-request.ts';
import { findBound, sampleShard } from '../../src/pipeline/sample-shards.ts';
import { mergeShards, sumOneShard, wantsOfRequest, writeSumPlan } from '../../src/pipeline/sum-shards.ts';
import { fileBucket } from './file-bucket.ts';

/** A task or step, and what lived at most beyond what was there before: JavaScript's heap and all ArrayBuffers. */
export interface Held {
  readonly task: string;
  readonly bytes: number;
}

export interface HeldOptions {
  readonly pairs: number;
  readonly sample: number;
  readonly dim: number;
  readonly strategies: readonly string[];
  readonly plan: 'full' | 'compact';
}

const RUN = '0'.repeat(32);
const HASH = '1'.repeat(32);
const PAIRS_A_PART = 64;
/** Arrays from so many bytes on are looked at when they are made. */
const LARGE_BYTES = 512 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What lives, and the most that has lived when something was read, written, or made. */
class Looker {
  most = 0;

  look(): void {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    this.most = Math.max(this.most, heapUsed + external);
  }

  /** What lives now, from which the next most is counted. */
  begin(): number {
    this.most = 0;
    this.look();
    return this.most;
  }

  /** Looks whenever a large array is made by its constructor. */
  watchArrays(): void {
    for (const name of ['Float32Array', 'Float64Array', 'Int8Array', 'Uint8Array', 'Uint32Array'] as const) {
      const made = (array: ArrayBufferView): void => {
        if (array.byteLength >= LARGE_BYTES) this.look();
      };
      Reflect.set(
        globalThis,
        name,
        new Proxy(globalThis[name], {
          construct(target, args, newTarget) {
            const array = Reflect.construct(target, args, newTarget) as ArrayBufferView;
            made(array);
            return array;
          },
        }),
      );
    }
  }
}

/** Runs every task of a shard and every step after it. */
export async function measureHeld(options: HeldOptions): Promise<Held[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-held-'));
  const looker = new Looker();
  looker.watchArrays();
  const all: Held[] = [];
  try {
    await runTasks(folder, options, looker, async (task, work) => {
      const base = looker.begin();
      const result = await work();
      looker.look();
      all.push({ task, bytes: looker.most - base });
      return result;
    });
    return all;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Measure = <T>(task: string, work: () => Promise<T>) => Promise<T>;

async function runTasks(
  folder: string,
  { pairs, sample, dim, strategies, plan }: HeldOptions,
  looker: Looker,
  measured: Measure,
): Promise<void> {
  const runs = fileBucket(folder, () => looker.look());
  const request = parseRunRequest({
    dataset: 'r2://alignql-datasets/made',
    strategies,
    k: 32,
    ks: [],
    fusion: 'identity',
    folds: 2,
    sample,
    selection: 'made',
    corpus: 'made',
    plan,
  });
  const run: RunDescription = {
    version: 1,
    id: RUN,
    request,
    prefix: '',
    encoder: { id: 'made', fingerprint: 'f'.repeat(64), dim },
    createdAt: '2026-11-01T00:00:00.000Z',
    attempts: 1,
  };
  const env = { RUNS: runs, CORPORA: noKv() } as unknown as PipelineEnv;
  const parts = await putParts(runs, pairs, dim);
  const shards = [{ number: 0, hash: HASH, pairs }];
  await measured('assemble', () =>
    assembleShard(env.RUNS, run, { kind: 'assemble', run: RUN, shard: 0, hash: HASH, parts }),
  );
  const bound = await measured('find the sample', () => findBound(env.RUNS, shards, sample));
  const wants = wantsOfRequest(request);
  if (bound !== Infinity) {
    await measured('sample', () =>
      sampleShard(env.RUNS, dim, { kind: 'sample', run: RUN, shard: 0, hash: HASH, bound }),
    );
    if (wants !== null) {
      await measured('plan the sums', () =>
        writeSumPlan(env.RUNS, { id: RUN, request, dim }, shards, bound, wants),
      );
      await measured('sum', () =>
        sumOneShard(env.RUNS, dim, { kind: 'sum', run: RUN, shard: 0, hash: HASH }),
      );
      await measured('merge', () => mergeShards(env.RUNS, RUN, shards, 0));
    }
  }
  const { made } = await measured('make the record', () => makeRunRecord(env.RUNS, run, shards, bound));
  await env.RUNS.put(runKeys.record(RUN), made.bytes);
  await measured('find pictures', () => findPictures(env, run, shards));
  await measured('fit pictures', () => fitPictures(env, run, shards, 0));
  await measured('outline the corpus', () => outlineCorpus(env, run, shards));
  await measured('pack a segment', () => packOneSegment(env, run, shards, { index: 0, corpus: 'made' }));
}

/** A namespace that keeps nothing: what is written is held by whoever writes it. */
function noKv(): object {
  return {
    get: () => Promise.resolve(null),
    put: () => Promise.resolve(),
    list: () => Promise.resolve({ keys: [], list_complete: true }),
    delete: () => Promise.resolve(),
  };
}

async function putParts(runs: ReturnType<typeof fileBucket>, pairs: number, dim: number): Promise<number> {
  const random = createRandom(5);
  const row = (): number => random.nextGaussian();
  let part = 0;
  for (let start = 0; start < pairs; start += PAIRS_A_PART) {
    const count = Math.min(PAIRS_A_PART, pairs - start);
    const images = Float32Array.from({ length: count * dim }, row);
    const texts = images.map((value) => value + row());
    normalizeRows(images, dim);
    normalizeRows(texts, dim);
    const rows = Array.from({ length: count }, (_, i) => ({
      where: `00000.tar ${start + i}`,
      image: `made/00000.tar/${String(start + i).padStart(7, '0')}.png`,
      caption: `a caption of a usual length, as people write them, number ${start + i}`,
    }));
    await runs.put(dataKeys.part(HASH, part++), encodePart({ rows, skipped: [], images, texts }));
  }
  return part;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(JSON.stringify(await measureHeld(JSON.parse(process.argv[2]) as HeldOptions)));
