import type { Worker } from 'node:worker_threads';
import type { Pool } from '../scripts/parallel/pool.ts';
import { withPool } from '../scripts/parallel/pool.ts';
import { mutualInformationOn, randomForestOn } from '../scripts/parallel/strategies.ts';
import { madeMatrix } from './made-matrix.ts';
import type { BenchRow } from './measure.ts';
import { benchRow, inTurn, spreadOf } from './measure.ts';

const DIM = 512;
const COUNT = 10_000;
const ROUNDS = 4;
const THREADS = 2;
const TARGET = 1.6;

/**
 * What a second thread brings, against the same code on one. Threads are started before, as within one command. On the
 * clock, and by the CPU of what the others wait for: this thread and the busiest of the others, one after the other. That
 * is the time that two free cores would take, whatever else the machine does.
 */
export async function benchThreads(tell: (line: string) => void): Promise<BenchRow[]> {
  const { features, labels } = madeMatrix(COUNT, DIM);
  const options = { count: COUNT, dim: DIM, seed: 0 };
  const runs: Record<string, (pool: Pool) => Promise<Float64Array>> = {
    'mutual-information': (pool) => mutualInformationOn(pool, features, labels, options),
    'random-forest': (pool) => randomForestOn(pool, features, labels, { ...options, trees: 100 }),
  };
  const rows: BenchRow[] = [];
  for (const [name, run] of Object.entries(runs)) {
    tell(`${name}: 1 and ${THREADS} threads at ${COUNT}×${DIM}`);
    const [one, several] = await race(run);
    const title = `${name} ${COUNT}×${DIM}, ${THREADS} threads`;
    const rowOf = (ours: readonly number[], rival: readonly number[]): BenchRow =>
      benchRow(title, spreadOf(ours), { name: 'ours, 1 thread', ...spreadOf(rival) }, TARGET);
    rows.push(
      rowOf(
        several.map(({ wallMs }) => wallMs),
        one.map(({ wallMs }) => wallMs),
      ),
      {
        ...rowOf(
          several.map(({ cpuMs }) => cpuMs),
          one.map(({ cpuMs }) => cpuMs),
        ),
        metric: 'CPU in turn',
      },
    );
  }
  return rows;
}

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** @returns the costs on one thread and on several */
async function race(run: (pool: Pool) => Promise<Float64Array>): Promise<[one: Cost[], several: Cost[]]> {
  const workers = new Set<Worker>();
  const note = (worker: Worker): unknown => workers.add(worker);
  process.on('worker', note);
  // A thread that idles does not keep the process alive until it has answered.
  const alive = setInterval(() => undefined, 2 ** 30);
  try {
    return await withPool(1, (one) =>
      withPool(THREADS, async (several) => {
        const sides = [one, several].map((pool) => ({ pool, costs: new Array<Cost>() }));
        // The first round of all starts the threads and compiles.
        for (let round = -1; round < ROUNDS; round++) {
          for (const { pool, costs } of inTurn(sides, round)) {
            const cost = await costOf(() => run(pool), pool.threads === 1 ? [] : [...workers]);
            if (round >= 0) costs.push(cost);
          }
        }
        return [sides[0].costs, sides[1].costs];
      }),
    );
  } finally {
    clearInterval(alive);
    process.off('worker', note);
  }
}

async function costOf(run: () => Promise<Float64Array>, workers: readonly Worker[]): Promise<Cost> {
  const before = await Promise.all(workers.map((worker) => worker.cpuUsage()));
  const ownBefore = process.threadCpuUsage();
  const start = performance.now();
  const [first] = await run();
  const wallMs = performance.now() - start;
  if (Number.isNaN(first)) throw new Error('a timed function returned NaN');
  const own = process.threadCpuUsage(ownBefore);
  const others = await Promise.all(workers.map((worker, i) => worker.cpuUsage(before[i])));
  return { wallMs, cpuMs: msOf(own) + Math.max(0, ...others.map(msOf)) };
}

function msOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}
