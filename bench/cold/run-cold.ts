import type { BuiltWorker } from '../workerd/build-worker.ts';
import { dataOf, openClient } from '../workerd/client.ts';
import { cpuMicroseconds } from '../workerd/cpu.ts';
import { startWorkerd } from '../workerd/start-workerd.ts';

/** What a cold process has spent, and when, at the end of each step: the start of workerd, then every request. */
export interface ColdStep {
  /** Since the process began: user and system, all threads. */
  readonly cpuMs: number;
  /** Since workerd listened. */
  readonly wallMs: number;
}

/**
 * Start workerd on a Worker that has answered nothing, send it queries one after the other and end it.
 * @param queries such as need no KV
 * @returns one step for workerd's start and one for each query
 */
export async function runCold(worker: BuiltWorker, queries: readonly string[]): Promise<ColdStep[]> {
  const { url, pid, stop } = await startWorkerd({ worker });
  const client = openClient(url);
  try {
    const began = performance.now();
    const step = (): ColdStep => ({
      cpuMs: cpuMicroseconds(pid) / 1000,
      wallMs: performance.now() - began,
    });
    const steps = [step()];
    for (const query of queries) {
      dataOf(await client.post(JSON.stringify({ query })));
      steps.push(step());
    }
    return steps;
  } finally {
    client.close();
    await stop();
  }
}
