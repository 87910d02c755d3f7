import { readJson, writeJson } from './bucket.ts';
import { runKeys } from './keys.ts';
import type { ShardPlan } from './plan-shards.ts';
import type { RunPhase, RunResult } from './run-status.ts';

/** What the Workflow notes as it goes on; the rest of a status is counted from markers. */
export interface RunState {
  readonly phase: RunPhase;
  readonly updatedAt: string;
  readonly inputs: number | null;
  readonly plan: ShardPlan | null;
  /** When encoding began in this attempt, and how many pairs were encoded by then. */
  readonly encoding: { readonly since: string; readonly pairs: number } | null;
  readonly error: string | null;
  readonly result: RunResult | null;
}

const FIRST: RunState = {
  phase: 'listing',
  updatedAt: '',
  inputs: null,
  plan: null,
  encoding: null,
  error: null,
  result: null,
};

export async function readState(runs: R2Bucket, id: string): Promise<RunState> {
  return (await readJson<RunState>(runs, runKeys.state(id))) ?? FIRST;
}

/** R2 takes one write a second to a key, and phases may follow on each other faster. */
const MS_BETWEEN_WRITES = 1_100;

/** Only the Workflow writes it, and whoever cancels or resumes a run while no instance of it works. */
export async function updateState(
  runs: R2Bucket,
  id: string,
  change: Partial<Omit<RunState, 'updatedAt'>>,
): Promise<void> {
  const state = { ...(await readState(runs, id)), ...change, updatedAt: new Date().toISOString() };
  const write = (): Promise<void> => writeJson(runs, runKeys.state(id), state);
  try {
    await write();
  } catch (error) {
    console.warn(`the state of run ${id} is written again: ${String(error)}`);
    await new Promise((resolve) => setTimeout(resolve, MS_BETWEEN_WRITES));
    await write();
  }
}
