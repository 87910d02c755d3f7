import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWorker } from './build-worker.ts';
import { DIM, ENCODER_VARS, keyEntries, publishedEntries } from './score-requests.ts';
import { type KvEntry, type RunningWorkerd, type WorkerdOptions, startWorkerd } from './start-workerd.ts';

/**
 * Our Worker, open to all; the same with a line in the log for every request, as is the default; locked, for a key without and one with a daily budget; with a path to collect its garbage; yoga, yoga with our options, and graphql without yoga, all with constants for answers.
 */
type Side = 'ours' | 'logging' | 'locked' | 'budgeted' | 'collectable' | 'yoga' | 'lean' | 'bare';

const MAIN_FILES: Readonly<Record<Side, string | undefined>> = {
  ours: undefined,
  logging: undefined,
  locked: undefined,
  budgeted: undefined,
  collectable: 'bench/workerd/workers/collectable.js',
  yoga: 'bench/workerd/workers/plain-yoga.ts',
  lean: 'bench/workerd/workers/lean-yoga.ts',
  bare: 'bench/workerd/workers/bare-graphql.ts',
};

/** Units of cost a day that no benchmark uses up. */
const PLENTY = 1e9;
const KEYS: Readonly<Partial<Record<Side, Record<string, KvEntry>>>> = {
  locked: keyEntries(null),
  budgeted: keyEntries(PLENTY),
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
        await startWorkerd({
          ...options,
          worker,
          entries: { ...entries, ...KEYS[side] },
          vars: {
            ...ENCODER_VARS,
            AUTH: side in KEYS ? 'keys' : 'open',
            REQUEST_LOG: side === 'logging' ? 'all' : 'off',
          },
          // A line a request would be all that one sees.
          ...(side === 'logging' && { onLine: () => undefined }),
          aiDim: DIM,
        }),
      ]);
    }
    return await work(Object.fromEntries(running) as Record<Wanted, RunningWorkerd>);
  } finally {
    for (const [, workerd] of running) await workerd.stop();
    rmSync(folder, { recursive: true });
  }
}
