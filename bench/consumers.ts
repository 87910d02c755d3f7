import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalPipeline } from '../scripts/pipeline/open-local.ts';
import { pipelineClient } from '../scripts/pipeline/pipeline-client.ts';
import { doubleMiniflareArena } from '../scripts/start/miniflare-arena.ts';
import { runKeys } from '../src/pipeline/keys.ts';
import type { PlannedShard } from '../src/pipeline/plan-shards.ts';
import { DEFAULT_PAIRS_PER_PART, parseRunRequest } from '../src/pipeline/run-request.ts';
import { type Task, describeTask } from '../src/pipeline/tasks.ts';
import { type BenchRow, limitRow, spreadOf } from './measure.ts';
import { madeTars } from './pipeline/made-pictures.ts';
import { startStandIn } from './pipeline/start-stand-in.ts';
import { cpuMicroseconds } from './workerd/cpu.ts';
import { ownWorkerds } from './workerd/own-workerd.ts';

const DIM = 512;
const CONSUMERS = [1, 2, 3, 4];
const POLL_MS = 250;
/** Before anything is measured: code is compiled, the encoder has read its model. */
const WARM_PARTS = 2;
/** As wrangler.pipeline.toml has it: the first, and five more. */
const MAX_DELIVERIES = 6;

/** The embedded encoder is on the same thread: a call waits for those of the other consumers. */
const PATIENT = { AI_TIMEOUT_MS: '300000' };

interface Side {
  readonly name: string;
  /** Of a call of the stand-in; null: the embedded encoder. */
  readonly latencyMs: number | null;
  /** That each consumer encodes. */
  readonly parts: number;
}

const SIDES: readonly Side[] = [
  { name: 'stand-in, 1 s a call', latencyMs: 1_000, parts: 4 },
  { name: 'stand-in, 250 ms a call', latencyMs: 250, parts: 8 },
  { name: 'stand-in, 20 ms a call', latencyMs: 20, parts: 8 },
  { name: 'embedded encoder', latencyMs: null, parts: 2 },
];

/**
 * Pairs a second by how many invocations of the consumer run side by side. Miniflare's queue hands on one batch after the other (the broker
 * sets its next flush only when the last has been answered), so here the parts of a run's plan are handed to the Worker directly, by as
 * many hands as there are consumers: the real Worker, bucket and encoder, on the one thread that workerd has. CPU says what bounds it: with
 * 1,000 ms of it a second the thread is full, and consumers of the platform are not on one thread.
 */
export async function benchConsumers(tell: (line: string) => void): Promise<BenchRow[]> {
  doubleMiniflareArena();
  const rows: BenchRow[] = [];
  for (const side of SIDES) rows.push(...(await measureSide(side, tell)));
  return rows;
}

async function measureSide(side: Side, tell: (line: string) => void): Promise<BenchRow[]> {
  // Miniflare may load only now that its source is mended.
  const { openLocalPipeline, pipelineWorkers } = await import('../scripts/pipeline/open-local.ts');
  const state = await mkdtemp(join(tmpdir(), 'alignql-bench-'));
  const standIn = side.latencyMs === null ? null : await startStandIn(DIM, side.latencyMs);
  const [pipeline, ...others] = await pipelineWorkers(standIn?.vars ?? PATIENT, tell);
  // What is sent to a queue without a consumer is dropped.
  const local = await openLocalPipeline(state, [{ ...pipeline, queueConsumers: {} }, ...others]);
  try {
    const tasks = await planTasks(local, side);
    const rows: BenchRow[] = [];
    await consumeBy(1, tasks.splice(0, WARM_PARTS), local);
    for (const consumers of CONSUMERS) {
      const [pid] = ownWorkerds();
      const before = cpuMicroseconds(pid);
      const start = performance.now();
      const pairs = await consumeBy(consumers, tasks.splice(0, consumers * side.parts), local);
      const seconds = (performance.now() - start) / 1000;
      const cpuMs = (cpuMicroseconds(pid) - before) / 1000;
      const name = `${side.name}, ${consumers} consumers`;
      rows.push(
        limitRow(name, 'pairs', '1/s', spreadOf([pairs / seconds]), null),
        limitRow(name, 'CPU of workerd a pair', 'ms', spreadOf([cpuMs / pairs]), null),
        limitRow(name, 'CPU of workerd a second', 'ms', spreadOf([cpuMs / seconds]), null),
      );
      tell(
        `${name}: ${(pairs / seconds).toFixed(0)} pairs/s, ${(cpuMs / pairs).toFixed(2)} ms of CPU a pair`,
      );
    }
    return rows;
  } finally {
    await local.close();
    standIn?.child.kill();
    await rm(state, { recursive: true, force: true });
  }
}

/** Starts a run over made pictures and brings it to its plan. @returns the parts to encode */
async function planTasks(local: LocalPipeline, { parts }: Side): Promise<Task[]> {
  const needed = WARM_PARTS + CONSUMERS.reduce((sum, consumers) => sum + consumers * parts, 0);
  const request = parseRunRequest({ dataset: 'r2://alignql-datasets/made', strategies: ['variance'] });
  const count = needed * DEFAULT_PAIRS_PER_PART;
  for await (const bytes of madeTars(count, count)) await local.datasets.put('made/00000.tar', bytes);
  const client = pipelineClient({ url: local.url, key: undefined });
  const { id: run } = await client.start(request);
  const until = async (phase: string): Promise<void> => {
    while ((await client.status(run)).phase !== phase) await sleep(POLL_MS);
  };
  await until('indexing');
  await consumeBy(1, [{ kind: 'index', run, input: 0 }], local);
  await until('encoding');
  const plan = await local.runs.get(runKeys.plan(run, 0));
  if (plan === null) throw new Error('the plan was written before the phase');
  const shards = await plan.json<PlannedShard[]>();
  return shards.flatMap(({ hash, pages }, shard) =>
    pages.map((page, part): Task => ({ kind: 'encode', run, shard, hash, part, page, parts: pages.length })),
  );
}

/** What fails is delivered again, as by a queue. @returns pairs that were encoded @throws Error when a task has failed too often */
async function consumeBy(
  consumers: number,
  tasks: readonly Task[],
  { consume }: LocalPipeline,
): Promise<number> {
  const waiting = tasks.map((task) => ({ task, deliveries: 0 }));
  const hand = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      if (++one.deliveries > MAX_DELIVERIES)
        throw new Error(`${describeTask(one.task)} has failed too often`);
      const { failed } = await consume([one.task]);
      if (failed === 0) continue;
      process.stderr.write(`${describeTask(one.task)} is delivered again\n`);
      waiting.push(one);
    }
  };
  await Promise.all(Array.from({ length: consumers }, hand));
  return tasks.length * DEFAULT_PAIRS_PER_PART;
}
