import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findModel, readJson } from '../scripts/clip/model-folder.ts';
import { nodeOnnx } from '../scripts/clip/node-runtime.ts';
import { createTextTokenizer } from '../src/clip/towers/text-tokenizer.ts';
import type { TextEncoder } from '../src/clip/text-encoder.ts';
import { type TextTowerFiles, createTextTower } from '../src/clip/towers/text-tower.ts';
import { type BenchRow, type Spread, benchRow, inTurn, limitRow, spreadOf } from './measure.ts';
import { ownCpuMs } from './measure-cpu.ts';
import { type BuiltWorker, buildWorker } from './workerd/build-worker.ts';
import { type Client, openClient } from './workerd/client.ts';
import { cpuMicroseconds } from './workerd/cpu.ts';
import { type RunningWorkerd, startWorkerd } from './workerd/start-workerd.ts';

const ROUNDS = 15;
const COLD_STARTS = 7;
const TOKENS = 16;
const DIM = 256;
const WORDS = 'a drawing of a small red dog on a green hill in the snow'.split(' ');
/** ONNX Runtime with one thread may be at most four times as fast as in the Worker. */
const TARGET = 0.25;
/** Weights are int8 in the file; the native build also computes in int8, the Worker in float32: 0.99998, measured. */
const MIN_COSINE = 0.9999;

/** What a text costs in the Worker: against native ONNX Runtime on the same file, and the first one of an isolate. CPU time. */
export async function benchTextEncoding(tell: (line: string) => void): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-bench-'));
  try {
    tell('bundling two Workers');
    const tower = buildWorker(folder, { entry: 'bench/text-encoding/tower-worker.ts' });
    const api = buildWorker(folder);
    return [...(await benchTower(tower, tell)), ...(await benchRequests(api, tell))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchTower(worker: BuiltWorker, tell: (line: string) => void): Promise<BenchRow[]> {
  const files = await readFiles();
  const texts = madeTexts(files);
  const native = createTextTower(() => Promise.resolve({ runtime: nodeOnnx(1), files }), DIM);
  const workerd = await startWorkerd({ worker });
  const rows: BenchRow[] = [];
  try {
    for (const [count, runs] of [
      [1, 40],
      [16, 5],
    ]) {
      tell(`texts of ${TOKENS} tokens, ${count} a run`);
      const { ours, rival } = await race(workerd, native, texts.slice(0, count), runs);
      const name = `texts of ${TOKENS} tokens in the Worker, ${count} a run`;
      const row = benchRow(name, ours, { name: 'onnxruntime-node, 1 thread', ...rival }, TARGET);
      rows.push({ ...row, metric: 'CPU time' });
    }
  } finally {
    await workerd.stop();
  }
  return rows;
}

async function readFiles(): Promise<TextTowerFiles> {
  const model = findModel('tiny-clip');
  return {
    model: new Uint8Array(readFileSync(model.textModel)),
    tokenizer: await readJson(model.tokenizer),
    tokenizerConfig: model.tokenizerConfig === null ? null : await readJson(model.tokenizerConfig),
    config: await readJson(model.config),
  };
}

/** Sixteen orders of the same words: different texts of equal length. */
function madeTexts(files: TextTowerFiles): string[] {
  const tokenizer = createTextTokenizer(files);
  return Array.from({ length: 16 }, (_, i) => {
    const text = WORDS.map((_, k) => WORDS[(k + i) % WORDS.length]).join(' ');
    const tokens = tokenizer.tokenizeWhole(text).length;
    if (tokens !== TOKENS) throw new Error(`"${text}" has ${tokens} tokens, expected ${TOKENS}`);
    return text;
  });
}

/** Both sides in turn, `runs` runs each, so that a busy moment of the machine hits both. Milliseconds of CPU a run. */
async function race(
  { url, pid }: RunningWorkerd,
  native: TextEncoder,
  texts: readonly string[],
  runs: number,
): Promise<{ readonly ours: Spread; readonly rival: Spread }> {
  const client = openClient(url);
  const ours: number[] = [];
  const rival: number[] = [];
  let vectors: number[][] = [];
  let expected: Float32Array[] = [];
  const runOurs = async (): Promise<void> => {
    const before = cpuMicroseconds(pid);
    const answer = await client.post(JSON.stringify({ texts, runs }));
    ours.push((cpuMicroseconds(pid) - before) / 1000 / runs);
    vectors = JSON.parse(answer.text) as number[][];
  };
  const runRival = async (): Promise<void> => {
    const before = ownCpuMs();
    for (let run = 0; run < runs; run++) expected = await native.encodeTexts(texts);
    rival.push((ownCpuMs() - before) / runs);
  };
  for (let round = -1; round < ROUNDS; round++) {
    for (const run of inTurn([runOurs, runRival], round)) await run();
    vectors.forEach((vector, i) => assertSame(vector, expected[i]));
  }
  client.close();
  // The first round loads the model on both sides.
  return { ours: spreadOf(ours.slice(1)), rival: spreadOf(rival.slice(1)) };
}

function assertSame(ours: readonly number[], theirs: Float32Array): void {
  const cosine = theirs.reduce((sum, value, i) => sum + value * ours[i], 0);
  if (!(cosine >= MIN_COSINE)) throw new Error(`the sides gave vectors of cosine ${cosine}`);
}

const EMBED = { query: '{ embedTexts(texts: ["a cat on a hill"]) { __typename } }' };
const NOTHING = { query: '{ __typename }' };

/** Whole GraphQL requests to the API Worker, in processes that have answered nothing yet. */
async function benchRequests(worker: BuiltWorker, tell: (line: string) => void): Promise<BenchRow[]> {
  const samples = { nothing: [] as Cost[], first: [] as Cost[], next: [] as Cost[], kept: [] as Cost[] };
  for (let start = 0; start < COLD_STARTS; start++) {
    tell(`cold start ${start + 1} of ${COLD_STARTS}`);
    const workerd = await startWorkerd({ worker, vars: { EMBEDDING_CACHE: 'isolate' } });
    const client = openClient(workerd.url);
    const costOf = (requests: readonly object[]): Promise<Cost> => costOfEach(client, workerd.pid, requests);
    try {
      samples.nothing.push(await costOf([NOTHING]));
      samples.first.push(await costOf([EMBED]));
      const others = Array.from({ length: 50 }, (_, i) => ({
        query: EMBED.query.replace('cat', `cat ${start} ${i}`),
      }));
      samples.next.push(await costOf(others));
      samples.kept.push(await costOf(new Array<object>(200).fill(EMBED)));
    } finally {
      client.close();
      await workerd.stop();
    }
  }
  const rows = (name: string, costs: readonly Cost[]): BenchRow[] => [
    limitRow(name, 'CPU time', 'ms', spreadOf(costs.map(({ cpuMs }) => cpuMs)), null),
    limitRow(name, 'time to the answer', 'ms', spreadOf(costs.map(({ ms }) => ms)), null),
  ];
  return [
    ...rows('first request of a process, no text', samples.nothing),
    ...rows('first text of a process', samples.first),
    ...rows('later text, encoded', samples.next),
    ...rows('later text, kept in the isolate', samples.kept),
  ];
}

/** Of one request among those sent. */
interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

async function costOfEach(client: Client, pid: number, requests: readonly object[]): Promise<Cost> {
  const cpuBefore = cpuMicroseconds(pid);
  const start = performance.now();
  for (const request of requests) {
    const { text } = await client.post(JSON.stringify(request));
    if (!/"__typename":"(Embedding|Query)"/.test(text)) throw new Error(`expected an answer, got ${text}`);
  }
  const count = requests.length;
  const cpuMs = (cpuMicroseconds(pid) - cpuBefore) / 1000;
  return { ms: (performance.now() - start) / count, cpuMs: cpuMs / count };
}
