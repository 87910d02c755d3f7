import type { Pool } from '../scripts/parallel/pool.ts';
import { withPool } from '../scripts/parallel/pool.ts';
import { mutualInformationOn, randomForestOn } from '../scripts/parallel/strategies.ts';
import { madeMatrix } from './made-matrix.ts';
import type { BenchRow } from './measure.ts';
import { benchRow, measurePairAsync } from './measure.ts';

const DIM = 512;
const COUNT = 10_000;
const ROUNDS = 4;
const THREADS = 2;
const TARGET = 1.6;

/** What a second thread brings, against the same code on one. Threads are started before, as within one command. */
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
    const { ours, rival } = await withPool(1, (one) =>
      withPool(THREADS, (several) =>
        measurePairAsync(
          ROUNDS,
          async () => (await run(several))[0],
          async () => (await run(one))[0],
        ),
      ),
    );
    rows.push(
      benchRow(
        `${name} ${COUNT}×${DIM}, ${THREADS} threads`,
        ours,
        { name: 'ours, 1 thread', ...rival },
        TARGET,
      ),
    );
  }
  return rows;
}
