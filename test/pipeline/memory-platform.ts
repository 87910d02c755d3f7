import type { R2Bucket } from '@cloudflare/workers-types';
import type { RunDescription } from '../../src/pipeline/run-description.ts';
import { parseRunRequest } from '../../src/pipeline/run-request.ts';
import type { Task } from '../../src/pipeline/tasks.ts';
import { memoryBucket } from './memory-bucket.ts';

export const RUN_ID = '0'.repeat(32);

export function describedRun(request: object = {}): RunDescription {
  return {
    version: 1,
    id: RUN_ID,
    request: parseRunRequest({ dataset: 'r2://alignql-datasets/photos', ...request }),
    prefix: 'photos/',
    encoder: { id: 'test', fingerprint: 'test', dim: 2 },
    createdAt: '2026-11-01T00:00:00.000Z',
    attempts: 1,
  };
}

/** What the pipeline is bound to, in memory: both buckets, a queue that keeps what it is sent, instances by their ids. */
export interface MemoryPlatform {
  readonly env: PipelineEnv;
  readonly runs: R2Bucket;
  readonly datasets: R2Bucket;
  readonly sent: Task[];
  /** Whether each goes on, by its id. */
  readonly instances: Map<string, InstanceStatus>;
}

export type InstanceStatus = 'running' | 'errored' | 'terminated' | 'complete';

export function memoryPlatform(): MemoryPlatform {
  const [runs, datasets] = [memoryBucket().bucket, memoryBucket().bucket];
  const sent: Task[] = [];
  const instances = new Map<string, InstanceStatus>();
  const instance = (id: string) => ({
    status: () => Promise.resolve({ status: instances.get(id) }),
    // As Miniflare has it.
    terminate: () =>
      instances.get(id) === 'running'
        ? Promise.resolve(instances.set(id, 'terminated'))
        : Promise.reject(new Error('Cannot terminate instance since its on a finite state')),
  });
  const env = {
    RUNS: runs,
    DATASETS: datasets,
    DATASET_BUCKET: 'alignql-datasets',
    TEXT_ROUTE: 'ai',
    AI: { run: () => Promise.reject(new Error('there is no encoder')) },
    TASKS: {
      send: (task: Task) => Promise.resolve(sent.push(task)),
      sendBatch: (messages: readonly { readonly body: Task }[]) =>
        Promise.resolve(sent.push(...messages.map(({ body }) => body))),
    },
    PIPELINE: {
      // As the platform has it: developers.cloudflare.com/workflows/build/workers-api, create.
      create: ({ id }: { readonly id: string }) =>
        instances.has(id)
          ? Promise.reject(new Error('(instance.already_exists) Workflow instance already exists'))
          : Promise.resolve(instances.set(id, 'running')),
      get: (id: string) =>
        instances.has(id)
          ? Promise.resolve(instance(id))
          : Promise.reject(new Error('(instance.not_found) Instance does not exist')),
    },
  };
  return { env: env as unknown as PipelineEnv, runs, datasets, sent, instances };
}
