import { join } from 'node:path';
import type { WorkerOptions } from 'miniflare';
import { PROJECT_ROOT } from '../kv/project.ts';
import { localWorkers } from './workers.ts';

/**
 * The pipeline Worker for the page's view of runs, behind the API Worker's binding PIPELINE. It tells of the runs in the state folder and
 * leads none: a Workflow and a queue of its own would go on with those that `npm run pipeline` leads from another process.
 * @param vars who may ask, as of the API Worker
 */
export async function runsWorker(
  vars: Readonly<Record<string, string>>,
  tell: (line: string) => void,
): Promise<WorkerOptions> {
  const source = { configs: [join(PROJECT_ROOT, 'wrangler.pipeline.toml')], fingerprint: null };
  const [worker] = await localWorkers(source, vars, tell);
  return { ...worker, workflows: {}, queueProducers: {}, queueConsumers: {}, serviceBindings: {} };
}

/** The API Worker, which comes first, bound to it. */
export function bindRuns([api, ...others]: readonly WorkerOptions[], runs: WorkerOptions): WorkerOptions[] {
  const bound = { ...api.serviceBindings, PIPELINE: runs.name ?? '' };
  return [{ ...api, serviceBindings: bound } as WorkerOptions, ...others, runs];
}
