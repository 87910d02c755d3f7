import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { persistFolder } from '../scripts/kv/project.ts';
import { hasEnded, statusLine } from '../scripts/pipeline/follow-run.ts';
import type { LocalPipeline } from '../scripts/pipeline/open-local.ts';
import { type PipelineClient, pipelineClient } from '../scripts/pipeline/pipeline-client.ts';
import { doubleMiniflareArena } from '../scripts/start/miniflare-arena.ts';
import { planPlatform } from '../src/pipeline/platform-plan.ts';
import { type RunRequest, parseRunRequest } from '../src/pipeline/run-request.ts';
import type { RunStatus } from '../src/pipeline/run-status.ts';
import { type BenchRow, limitRow, spreadOf } from './measure.ts';
import { ownCpuMs } from './measure-cpu.ts';
import { madeTars } from './pipeline/made-pictures.ts';
import { type StandIn, startStandIn } from './pipeline/start-stand-in.ts';
import { cpuMicroseconds } from './workerd/cpu.ts';
import { ownWorkerds } from './workerd/own-workerd.ts';
import { memoryOf } from './workerd/process-memory.ts';

/**
 * PIPELINE_PICTURES makes it another number, PIPELINE_ENCODER=stand-in another encoder, PIPELINE_PLAN=compact another corpus, PIPELINE_SHARD
 * other shards.
 */
const DEFAULT_PICTURES = 512;
const PICTURES_A_TAR = 10_000;
const STAND_IN_DIM = 512;
const SAMPLE = 2_000;
const POLL_MS = 2_000;
const POLLS_A_LINE = 10;

interface Usage {
  readonly workerdSeconds: number;
  readonly nodeSeconds: number;
  readonly encoderSeconds: number;
  readonly peakMegabytes: number;
  readonly writtenBytes: number;
  readonly messages: number;
  readonly steps: number;
}

/**
 * Pictures that nobody drew through the whole local pipeline: R2, queue, Workflow, workerd, the record in KV and the corpus. The record is
 * held against what `precompute` makes of the same shards, the corpus against `index`; what the run took against the plan.
 * @throws Error when any of it differs
 */
export async function benchPipeline(tell: (line: string) => void): Promise<BenchRow[]> {
  const { PIPELINE_PICTURES, PIPELINE_ENCODER, PIPELINE_PLAN, PIPELINE_SHARD } = process.env;
  const count = Number(PIPELINE_PICTURES ?? DEFAULT_PICTURES);
  const request = parseRunRequest({
    dataset: 'r2://alignql-datasets/made',
    selection: 'made',
    corpus: 'made',
    ...(PIPELINE_PLAN === undefined ? {} : { plan: PIPELINE_PLAN }),
    strategies: ['variance', 'cross-covariance'],
    ks: [],
    k: 32,
    fusion: 'identity',
    folds: 2,
    sample: Math.min(SAMPLE, Math.floor(count / 2)),
    ...(PIPELINE_SHARD === undefined ? {} : { pairsPerShard: Number(PIPELINE_SHARD) }),
  });
  const state = await mkdtemp(join(tmpdir(), 'alignql-bench-'));
  doubleMiniflareArena();
  const standIn = PIPELINE_ENCODER === 'stand-in' ? await startStandIn(STAND_IN_DIM, 0) : null;
  try {
    return await runOnce(count, request, state, standIn, tell);
  } finally {
    standIn?.child.kill();
    await rm(state, { recursive: true, force: true });
  }
}

async function runOnce(
  count: number,
  request: RunRequest,
  state: string,
  standIn: StandIn | null,
  tell: (line: string) => void,
): Promise<BenchRow[]> {
  // Miniflare may load only now that its source is mended.
  const { openLocalPipeline, pipelineWorkers } = await import('../scripts/pipeline/open-local.ts');
  const { QueueLog, folderBytes, workflowSteps } = await import('./pipeline/run-usage.ts');
  const { holdCorpus, holdRecord } = await import('./pipeline/hold-run.ts');
  const log = new QueueLog();
  const local = await openLocalPipeline(state, await pipelineWorkers(standIn?.vars ?? {}, tell), log);
  const files = persistFolder(state);
  try {
    await putPictures(local, count);
    const datasetBytes = folderBytes(files);
    tell(`${count} pictures, ${(datasetBytes / 1e6).toFixed(0)} MB`);
    const client = pipelineClient({ url: local.url, key: undefined });
    const [pid] = ownWorkerds();
    const before = { workerd: cpuMicroseconds(pid), own: ownCpuMs() };
    const { id } = await client.start(request);
    const { run, seconds } = await follow(client, id, tell);
    const steps = workflowSteps(files);
    const usage: Usage = {
      workerdSeconds: (cpuMicroseconds(pid) - before.workerd) / 1e6,
      nodeSeconds: (ownCpuMs() - before.own) / 1000,
      encoderSeconds: standIn?.child.pid === undefined ? 0 : cpuMicroseconds(standIn.child.pid) / 1e6,
      peakMegabytes: memoryOf(pid).peak,
      writtenBytes: folderBytes(files) - datasetBytes,
      messages: log.messages.get('alignql-tasks') ?? 0,
      steps: steps.reduce((sum, step) => sum + step.count, 0),
    };
    for (const step of steps) {
      tell(
        `step ${step.name}: ${step.count}, ${step.seconds.toFixed(1)} s, results of up to ${step.resultBytes} bytes`,
      );
    }
    tell(`${log.failed} deliveries failed; corpus: ${JSON.stringify(run.result?.corpus)}`);
    const folder = join(state, 'shards');
    await holdRecord(client, run, request, folder, tell);
    await holdCorpus(local, client, run, request, folder, tell);
    const dim = Number(standIn?.vars.ENCODER_DIM ?? 256);
    return rowsOf(`${count} made pictures, ${run.encoder.id}`, { count, dim, request, seconds, usage });
  } finally {
    await local.close();
  }
}

async function putPictures({ datasets }: LocalPipeline, count: number): Promise<void> {
  let tar = 0;
  for await (const bytes of madeTars(count, PICTURES_A_TAR)) {
    await datasets.put(`made/${String(tar++).padStart(5, '0')}.tar`, bytes);
  }
}

/** Asks rarely, since every look counts markers. @returns the end, and how long each phase took @throws Error when it fails */
async function follow(
  client: PipelineClient,
  id: string,
  tell: (line: string) => void,
): Promise<{ readonly run: RunStatus; readonly seconds: ReadonlyMap<string, number> }> {
  const seconds = new Map<string, number>();
  let since = performance.now();
  let last = '';
  for (let poll = 0; ; poll++, await sleep(POLL_MS)) {
    const run = await client.status(id);
    const now = performance.now();
    if (last !== '') seconds.set(last, (seconds.get(last) ?? 0) + (now - since) / 1000);
    since = now;
    if (last !== run.phase || poll % POLLS_A_LINE === 0) tell(statusLine(run));
    last = run.phase;
    if (run.phase === 'complete') return { run, seconds };
    if (hasEnded(run)) throw new Error(`the run ${run.phase}: ${run.error}`);
  }
}

interface Measured {
  readonly count: number;
  readonly dim: number;
  readonly request: RunRequest;
  readonly seconds: ReadonlyMap<string, number>;
  readonly usage: Usage;
}

function rowsOf(name: string, { count, dim, request, seconds, usage }: Measured): BenchRow[] {
  const plan = planPlatform({
    pairs: count,
    pairsPerInput: PICTURES_A_TAR,
    dim,
    pairsPerPart: request.pairsPerPart,
    pairsPerShard: request.pairsPerShard,
    sample: request.sample,
    consumers: 1,
    encodeMs: (1000 * (seconds.get('encoding') ?? 0)) / count,
    // What there is to read of a picture is in the time of its encoding.
    pictureBytes: 1,
    corpus: { plan: request.plan === 'full' ? 'full' : 'compact', k: request.k },
  });
  const total = [...seconds.values()].reduce((sum, phase) => sum + phase, 0);
  const row = (metric: string, unit: string, value: number): BenchRow =>
    limitRow(name, metric, unit, spreadOf([value]), null);
  return [
    row('pairs, from start to corpus', '1/s', count / total),
    row('CPU of workerd', 's', usage.workerdSeconds),
    row('peak memory of workerd', 'MB', usage.peakMegabytes),
    row('CPU of Node', 's', usage.nodeSeconds),
    row('CPU of the stand-in', 's', usage.encoderSeconds),
    row('written', 'MB', usage.writtenBytes / 1e6),
    row('messages', '', usage.messages),
    row('messages as planned', '', plan.messages),
    row('steps', '', usage.steps),
    row('steps as planned', '', plan.steps),
  ];
}
