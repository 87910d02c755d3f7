import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerOptions } from 'miniflare';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IndexedAgain, indexShards } from '../../bench/pipeline/index-shards.ts';
import { precomputeShards } from '../../bench/pipeline/precompute-shards.ts';
import { ownWorkerds } from '../../bench/workerd/own-workerd.ts';
import { readEmbeddedEncoder } from '../../scripts/kv/deployment.ts';
import { PROJECT_ROOT } from '../../scripts/kv/project.ts';
import { downloadShards } from '../../scripts/pipeline/download-shards.ts';
import { hasEnded } from '../../scripts/pipeline/follow-run.ts';
import { type LocalPipeline, openLocalPipeline, pipelineWorkers } from '../../scripts/pipeline/open-local.ts';
import { type PipelineClient, pipelineClient } from '../../scripts/pipeline/pipeline-client.ts';
import type { RunStatus } from '../../src/pipeline/run-status.ts';
import { parseRunRequest } from '../../src/pipeline/run-request.ts';

const folders: string[] = [];

/** For the whole file. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-test-'));
  folders.push(folder);
  return folder;
}

const SAMPLE = join(PROJECT_ROOT, 'models/sample');
const quiet = {
  startProgress: () => ({ add: () => undefined, stop: () => undefined }),
  tell: () => undefined,
};
/** Few comparisons: what is compared is held elsewhere. */
const REQUEST = {
  dataset: 'r2://alignql-datasets/sample',
  selection: 'from-pipeline',
  corpus: 'from-pipeline',
  strategy: 'variance',
  strategies: ['variance'],
  k: 16,
  ks: [],
  fusion: 'identity',
  folds: 2,
  sample: 20,
  pairsPerPart: 4,
  pairsPerShard: 12,
};

const OF_LISTED = {
  dataset: 'r2://alignql-datasets/listed',
  selection: 'listed',
  corpus: 'listed',
  plan: 'compact',
};

const state = newFolder();
let workers: WorkerOptions[];
let local: LocalPipeline;
let client: PipelineClient;
/** The run over the listing. */
let listed: RunStatus;

async function open(): Promise<void> {
  local = await openLocalPipeline(state, workers);
  client = pipelineClient({ url: local.url, key: undefined });
}

/** As when the machine goes down: workerd has no moment to write anything. */
async function kill(): Promise<void> {
  const children = ownWorkerds();
  expect(children).toHaveLength(1);
  process.kill(children[0], 'SIGKILL');
  await local.close().catch(() => undefined);
}

async function until(run: string, holds: (status: RunStatus) => boolean): Promise<RunStatus> {
  for (;;) {
    const status = await client.status(run);
    if (holds(status)) return status;
    if (hasEnded(status)) throw new Error(`the run ended: ${JSON.stringify(status)}`);
    await sleep(50);
  }
}

/** KEY.ext and KEY.txt of pictures of the sample set, one of them cut off, one without a caption. */
async function sampleTar(): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  const done = (async () => {
    for await (const chunk of archive) chunks.push(chunk as Buffer);
  })();
  const rows = readFileSync(join(SAMPLE, 'captions.csv'), 'utf8').trim().split('\n').slice(1, 31);
  rows.forEach((row, i) => {
    const [image, caption] = row.split(',');
    const bytes = readFileSync(join(SAMPLE, image));
    const key = String(i).padStart(4, '0');
    archive.entry({ name: `${key}.${image.split('.').at(-1)}` }, i === 5 ? bytes.subarray(0, 40) : bytes);
    if (i !== 7) archive.entry({ name: `${key}.txt` }, caption);
  });
  archive.finalize();
  await done;
  return Buffer.concat(chunks);
}

/** Twelve pictures, each a second time with another caption: by then another shard has it. */
async function putListed(): Promise<void> {
  const rows = readFileSync(join(SAMPLE, 'captions.csv'), 'utf8').trim().split('\n').slice(1, 13);
  const cells = rows.map((row) => row.replaceAll('"', '').split(',').slice(0, 2));
  const again = cells.map(([image, caption]) => [image, `again: ${caption}`]);
  const lines = [['image', 'caption'], ...cells, ...again].map((line) => line.join());
  await local.datasets.put('listed/captions.csv', lines.join('\n'));
  for (const [image] of cells) await local.datasets.put(`listed/${image}`, readFileSync(join(SAMPLE, image)));
}

/** What `index` makes of the pictures of a run's shards under the same name, and what that changes. */
async function indexAgain(run: RunStatus, corpus: string, plan: 'auto' | 'compact'): Promise<IndexedAgain> {
  const folder = newFolder();
  await downloadShards(client, run.id, folder, quiet.startProgress);
  const record = await client.selection(run.id);
  return indexShards(local.corpora, folder, record, { corpus, plan }, quiet);
}

beforeAll(async () => {
  workers = await pipelineWorkers({}, () => undefined);
  await open();
  await local.datasets.put('sample/00000.tar', await sampleTar());
  await putListed();
  await local.datasets.put('broken/00000.tar', 'this is no tar');
});

afterAll(async () => {
  await local.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('a run that is killed while it encodes, resumed, cancelled and resumed', () => {
  let cancelled: RunStatus;
  let later: RunStatus;
  let status: RunStatus;
  beforeAll(async () => {
    const { id } = await client.start(REQUEST);
    await until(id, ({ pairs }) => pairs !== null && pairs.done >= 8);
    await kill();
    await open();
    await client.resume(id);
    await until(id, ({ phase, pairs }) => phase === 'encoding' && pairs !== null && pairs.done >= 12);
    cancelled = await client.cancel(id);
    // Messages come in their order: what this run has sent goes by before what that one sends.
    const other = await client.start({ ...REQUEST, ...OF_LISTED });
    listed = await until(other.id, hasEnded);
    later = await client.status(id);
    await client.resume(id);
    status = await until(id, hasEnded);
  });

  it('is told as cancelled, and its messages are dropped', () => {
    expect(cancelled).toMatchObject({ phase: 'cancelled', attempts: 2, error: null, result: null });
    expect(later).toMatchObject({ phase: 'cancelled', attempts: 2, dead: [], secondsLeft: null });
    expect(later.pairs?.done).toBeLessThan(29);
  });

  it('counts every pair once, and lists what was left out with the reason', () => {
    expect(status).toMatchObject({
      phase: 'complete',
      attempts: 3,
      inputs: { done: 1, total: 1 },
      shards: { done: 3, total: 3 },
      pairs: { done: 29, total: 29 },
      dead: [],
      result: {
        pairs: 28,
        strategy: 'variance',
        k: 16,
        selection: 'from-pipeline',
        corpus: { corpus: 'from-pipeline', count: 28, plan: 'full', segments: 1, fields: ['caption'] },
      },
    });
    expect(status.skipped.count).toBe(2);
    expect(status.skipped.rows.map(({ where, reason }) => `${where}: ${reason}`).sort()).toEqual([
      expect.stringMatching(/^00000\.tar 0005: sample\/00000\.tar\/0005\.\w+: /),
      expect.stringMatching(/^00000\.tar 0007: no 0007\.txt and no caption/),
    ]);
  });

  it('ends with the bytes that precompute makes of the same shards', async () => {
    const folder = newFolder();
    expect(await downloadShards(client, status.id, folder, quiet.startProgress)).toEqual({
      shards: 3,
      pairs: 28,
    });
    const made = await precomputeShards(folder, parseRunRequest(REQUEST), await readEmbeddedEncoder(), quiet);
    expect(made.record.metrics).toMatchObject({ sampledFrom: 28 });
    expect(Buffer.from(await client.selection(status.id)).equals(made.bytes)).toBe(true);
    expect(status.result?.id).toBe(made.id);
  });

  it('packs the corpus that index makes of the same shards: it finds every value there', async () => {
    const { before, after, changed } = await indexAgain(status, 'from-pipeline', 'auto');
    expect(changed).toBe(0);
    expect(after).toEqual({ ...before, updatedAt: after.updatedAt });
  });

  it('does not make a corpus whose name is taken', async () => {
    await expect(client.start({ ...REQUEST, round: 1 })).rejects.toThrow(
      'there is a corpus "from-pipeline" already',
    );
  });

  it('is the same run when it is started again, and is listed', async () => {
    expect(await client.start(REQUEST)).toMatchObject({ id: status.id, phase: 'complete', attempts: 3 });
    expect(await client.list()).toEqual([
      expect.objectContaining({ id: listed.id, phase: 'complete' }),
      expect.objectContaining({ id: status.id, phase: 'complete' }),
    ]);
  });
});

describe('a run over a listing that names pictures twice', () => {
  it('packs each once, with its first caption, also under plan compact', async () => {
    expect(listed.dead).toEqual([]);
    expect(listed.result?.corpus).toMatchObject({ corpus: 'listed', count: 12, plan: 'compact' });
    const { before, after, changed } = await indexAgain(listed, 'listed', 'compact');
    expect(changed).toBe(0);
    expect(after).toEqual({ ...before, updatedAt: after.updatedAt });
  });
});

describe('a batch that fails however often it is delivered', () => {
  it('is given up and listed with its reason', async () => {
    const { id } = await client.start({
      ...REQUEST,
      dataset: 'r2://alignql-datasets/broken',
      corpus: 'broken',
    });
    const failed = await until(id, hasEnded);
    expect(failed).toMatchObject({ phase: 'failed', dead: [{ task: 'index input 0' }] });
    expect(failed.dead[0].reason).toContain('Unexpected end of data');
    expect(failed.error).toContain('batches were given up (1)');
  });
});

describe('a request', () => {
  it('for a run that is not there says how to find those that are', async () => {
    const id = 'a'.repeat(32);
    const refusal = `(404): There is no run ${id}. Without an id, \`npm run -s pipeline -- status\` lists the runs.`;
    for (const ask of [client.status, client.cancel, client.resume, client.shards]) {
      await expect(ask(id)).rejects.toThrow(refusal);
    }
  });

  it.each([
    [{ ...REQUEST, dataset: 'r2://elsewhere/sample' }, 'expected the bucket alignql-datasets'],
    [{ ...REQUEST, k: 9999 }, 'k: '],
    [{ ...REQUEST, selection: null }, 'corpus: it is searched by the published record'],
    [{ ...REQUEST, corpus: 'anna/photos' }, 'corpus: expected a name of a-z'],
    [{ ...REQUEST, corpus: undefined, plan: 'full' }, 'plan: it is how a corpus is stored'],
    [{ ...REQUEST, pairsPerShard: 13 }, 'expected a multiple of pairsPerPart (4), got 13'],
    [{ ...REQUEST, strategy: 'guess' }, 'guess'],
    [{ dataset: '/tmp/photos' }, 'expected r2://BUCKET/PREFIX'],
  ])('of %o is refused by name', async (request, message) => {
    await expect(client.start(request)).rejects.toThrow(message);
  });
});
