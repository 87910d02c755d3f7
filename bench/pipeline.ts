import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { encodePng } from '../src/clip/images/encode-png.ts';
import { createRandom } from '../src/core/random.ts';
import { doubleMiniflareArena } from '../scripts/start/miniflare-arena.ts';
import { followRun } from '../scripts/pipeline/follow-run.ts';
import { pipelineClient } from '../scripts/pipeline/pipeline-client.ts';
import type { BenchRow } from './measure.ts';

/** PIPELINE_PICTURES makes it another number: 50,000 take about two hours of two cores. */
const DEFAULT_PICTURES = 512;
const SIDE = 64;
const WORDS = ['red', 'blue', 'small', 'bright', 'striped', 'round', 'old', 'wooden'];

/** Pictures that nobody drew, in one tar, through the whole local pipeline: workerd, queue, Workflow, R2 and the embedded encoder. */
export async function benchPipeline(tell: (line: string) => void): Promise<BenchRow[]> {
  const count = Number(process.env.PIPELINE_PICTURES ?? DEFAULT_PICTURES);
  const state = await mkdtemp(join(tmpdir(), 'alignql-bench-'));
  doubleMiniflareArena();
  const { openLocalPipeline, pipelineWorkers } = await import('../scripts/pipeline/open-local.ts');
  const local = await openLocalPipeline(state, await pipelineWorkers({}, tell));
  try {
    await local.datasets.put('made/00000.tar', await madeTar(count));
    const client = pipelineClient({ url: local.url, key: undefined });
    const request = {
      dataset: 'r2://alignql-datasets/made',
      strategy: 'variance',
      strategies: [],
      ks: [],
      k: 32,
    };
    const { id } = await client.start({ ...request, fusion: 'identity', folds: 2, sample: 200 });
    const ended = await followRun(client, id, tell);
    if (ended.phase !== 'complete') throw new Error(`the run ${ended.phase}: ${ended.error}`);
    const rate = count / ((Date.parse(ended.updatedAt) - Date.parse(ended.createdAt)) / 1000);
    const spread = { median: rate, min: rate, max: rate };
    return [
      {
        name: `${count} made pictures of ${SIDE} x ${SIDE}, one consumer, embedded encoder`,
        metric: 'pairs, from start to record',
        unit: '1/s',
        ours: spread,
        rival: null,
        ratio: null,
        target: null,
        met: null,
      },
    ];
  } finally {
    await local.close();
    await rm(state, { recursive: true, force: true });
  }
}

async function madeTar(count: number): Promise<Buffer> {
  const random = createRandom(1);
  const archive = pack();
  const chunks: Buffer[] = [];
  const collected = (async () => {
    for await (const chunk of archive) chunks.push(chunk as Buffer);
  })();
  for (let i = 0; i < count; i++) {
    const key = String(i).padStart(6, '0');
    archive.entry({ name: `${key}.png` }, Buffer.from(await madePicture(random)));
    const words = Array.from({ length: 4 }, () => WORDS[random.nextInt(WORDS.length)]);
    archive.entry({ name: `${key}.txt` }, `${words.join(' ')} number ${i}`);
  }
  archive.finalize();
  await collected;
  return Buffer.concat(chunks);
}

/** Blocks of eight by eight pixels of one colour each. */
function madePicture(random: ReturnType<typeof createRandom>): Promise<Uint8Array<ArrayBuffer>> {
  const colours = Uint8Array.from({ length: 3 * 64 }, () => random.nextInt(256));
  const data = new Uint8Array(3 * SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const block = 3 * ((y >> 3) * 8 + (x >> 3));
      data.set(colours.subarray(block, block + 3), 3 * (y * SIDE + x));
    }
  }
  return encodePng({ width: SIDE, height: SIDE, data });
}
