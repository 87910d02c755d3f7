import { runKeys } from './keys.ts';
import type { ShardPlan } from './plan-shards.ts';
import type { RunDescription } from './run-description.ts';
import type { RunPhase, RunResult } from './run-status.ts';

/** What the Workflow notes as it goes on; the rest of a status is counted from markers. */
export interface RunState {
  readonly phase: RunPhase;
  /** Whose instance may write here: starts and resumptions so far. Null before the first, and in states of before. */
  readonly attempt: number | null;
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
  attempt: null,
  updatedAt: '',
  inputs: null,
  plan: null,
  encoding: null,
  error: null,
  result: null,
};

export type StateChange = Partial<Omit<RunState, 'updatedAt'>>;

export async function readState(runs: R2Bucket, id: string): Promise<RunState> {
  return (await readTagged(runs, id)).state;
}

/** Starts and resumptions. */
export function attemptsOf(
  { attempts }: Pick<RunDescription, 'attempts'>,
  { attempt }: Pick<RunState, 'attempt'>,
): number {
  return attempt ?? attempts;
}

/** R2 takes one write a second to a key, and phases may follow on each other faster. */
const MS_BETWEEN_WRITES = 1_100;
const TRIES = 4;

/**
 * Changes the state as it is read, and only that: where another has written meanwhile, it is read anew.
 * @param change what to change; null for nothing
 * @returns what is written; null for nothing
 */
export async function changeState(
  runs: R2Bucket,
  id: string,
  change: (state: RunState) => StateChange | null,
): Promise<RunState | null> {
  for (let left = TRIES - 1; ; left--) {
    const { state, etag } = await readTagged(runs, id);
    const changed = change(state);
    if (changed === null) return null;
    const next = { ...state, ...changed, updatedAt: new Date().toISOString() };
    const onlyIf = etag === null ? { etagDoesNotMatch: '*' } : { etagMatches: etag };
    try {
      if ((await runs.put(runKeys.state(id), JSON.stringify(next), { onlyIf })) !== null) return next;
      if (left === 0) throw new Error(`the state of run ${id} is written by others all the time`);
    } catch (error) {
      if (left === 0) throw error;
      console.warn(`the state of run ${id} is written again: ${String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, MS_BETWEEN_WRITES));
    }
  }
}

/** Whether the instance of an attempt is to go on with the run. States of before name no attempt. */
export function isOwn({ phase, attempt }: RunState, own: number): boolean {
  return (attempt ?? own) === own && phase !== 'cancelled';
}

/** What the instance of an attempt notes. @returns false, and nothing is noted, when the run is no longer its own */
export async function noteState(
  runs: R2Bucket,
  id: string,
  own: number,
  change: StateChange,
): Promise<boolean> {
  const noted = await changeState(runs, id, (state) => (isOwn(state, own) ? change : null));
  return noted !== null;
}

async function readTagged(
  runs: R2Bucket,
  id: string,
): Promise<{ readonly state: RunState; readonly etag: string | null }> {
  const object = await runs.get(runKeys.state(id));
  if (object === null) return { state: FIRST, etag: null };
  return { state: { ...FIRST, ...(await object.json<Partial<RunState>>()) }, etag: object.etag };
}
