import { setTimeout as sleep } from 'node:timers/promises';
import { ENDED_PHASES, type RunStatus } from '../../src/pipeline/run-status.ts';
import type { PipelineClient } from './pipeline-client.ts';

/** On this machine a look costs nothing but time; a deployed Worker's is paid for. */
const LOOKS = {
  here: { firstSeconds: 0.5, growth: 1.2, mostSeconds: 5, shareOfLeft: 1 / 2 },
  deployed: { firstSeconds: 5, growth: 1.3, mostSeconds: 60, shareOfLeft: 1 / 20 },
} as const;

/** Where the pipeline runs. */
export type Whereabouts = keyof typeof LOOKS;

export function hasEnded({ phase }: Pick<RunStatus, 'phase'>): boolean {
  return ENDED_PHASES.has(phase);
}

/**
 * Until a run is looked at again: by what is left where that is known, else longer with every look at the same phase.
 * @param looks at this phase so far, from 1
 */
export function secondsToNextLook(
  { secondsLeft }: Pick<RunStatus, 'secondsLeft'>,
  looks: number,
  where: Whereabouts,
): number {
  const { firstSeconds, growth, mostSeconds, shareOfLeft } = LOOKS[where];
  const grown = Math.min(mostSeconds, firstSeconds * growth ** (looks - 1));
  if (secondsLeft === null || secondsLeft === 0) return grown;
  const byLeft = Math.min(mostSeconds, Math.max(firstSeconds, secondsLeft * shareOfLeft));
  return where === 'deployed' ? byLeft : Math.min(grown, byLeft);
}

/** Waits until a run has ended, and tells of every change on the way. */
export async function followRun(
  client: Pick<PipelineClient, 'status'>,
  id: string,
  tell: (line: string) => void,
  where: Whereabouts = 'here',
): Promise<RunStatus> {
  let [told, phase, looks] = ['', '', 0];
  for (;;) {
    const status = await client.status(id);
    const line = statusLine(status);
    if (line !== told) tell(line);
    told = line;
    if (hasEnded(status)) return status;
    looks = status.phase === phase ? looks + 1 : 1;
    phase = status.phase;
    await sleep(secondsToNextLook(status, looks, where) * 1000);
  }
}

/** A run in one line: phase, how far, how fast, how long, what it has cost. */
export function statusLine({
  phase,
  inputs,
  pairs,
  shards,
  rate,
  secondsLeft,
  cost,
  skipped,
  dead,
}: RunStatus): string {
  const parts: string[] = [phase];
  if (inputs !== null && pairs === null) parts.push(`${inputs.done} of ${inputs.total} inputs`);
  if (pairs !== null) parts.push(`${pairs.done} of ${pairs.total} pairs`);
  if (shards !== null) parts.push(`${shards.done} of ${shards.total} shards`);
  if (rate !== null) parts.push(`${rate}/s`);
  if (secondsLeft !== null && secondsLeft > 0) parts.push(`about ${secondsLeft} s left`);
  if (skipped.count > 0) parts.push(`${skipped.count} skipped`);
  if (dead.length > 0) parts.push(`${dead.length} batches given up`);
  parts.push(`$${cost.total.toFixed(4)}`);
  return parts.join(', ');
}
