import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWorker } from './build-worker.ts';
import { DIM, ENCODER_VARS, publishedEntries } from './score-requests.ts';
import { type RunningWorkerd, type WorkerdOptions, startWorkerd } from './start-workerd.ts';

/** Our Worker, also with a path to collect its garbage; yoga, yoga with our options, and graphql without yoga, all with constants for answers. */
type Side = 'ours' | 'collectable' | 'yoga' | 'lean' | 'bare';

const MAIN_FILES: Readonly<Record<Side, string | undefined>> = {
  ours: undefined,
  collectable: 'bench/workerd/workers/collectable.js',
  yoga: 'bench/workerd/workers/plain-yoga.ts',
  lean: 'bench/workerd/workers/lean-yoga.ts',
  bare: 'bench/workerd/workers/bare-graphql.ts',
};

/** Runs `work` with these Workers up, each in a workerd of its own with one published selection, and stops them. */
export async function withWorkers<Wanted extends Side, Result>(
  sides: readonly Wanted[],
  work: (workers: Record<Wanted, RunningWorkerd>) => Promise<Result>,
  options: Pick<WorkerdOptions, 'v8Flags' | 'onLine'> = {},
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-workerd-'));
  const running: [Wanted, RunningWorkerd][] = [];
  try {
    const entries = await publishedEntries();
    for (const side of sides) {
      const worker = buildWorker(folder, { entry: MAIN_FILES[side] });
      running.push([
        side,
        await startWorkerd({ ...options, worker, entries, vars: ENCODER_VARS, aiDim: DIM }),
      ]);
    }
    return await work(Object.fromEntries(running) as Record<Wanted, RunningWorkerd>);
  } finally {
    for (const [, workerd] of running) await workerd.stop();
    rmSync(folder, { recursive: true });
  }
}
