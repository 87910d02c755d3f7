import { setTimeout as sleep } from 'node:timers/promises';
import { ENDED_PHASES, type RunStatus } from '../../src/pipeline/run-status.ts';
import type { PipelineClient } from './pipeline-client.ts';

const POLL_MS = 500;

export function hasEnded({ phase }: Pick<RunStatus, 'phase'>): boolean {
  return ENDED_PHASES.has(phase);
}

/** Waits until a run has ended, and tells of every change on the way. */
export async function followRun(
  client: Pick<PipelineClient, 'status'>,
  id: string,
  tell: (line: string) => void,
): Promise<RunStatus> {
  for (let told = ''; ; await sleep(POLL_MS)) {
    const status = await client.status(id);
    const line = statusLine(status);
    if (line !== told) tell(line);
    told = line;
    if (hasEnded(status)) return status;
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
