import type * as workers from '@cloudflare/workers-types';

/** Names that are global in a Worker: those of them that the tested modules of src/pipeline take. */
declare global {
  type R2Bucket = workers.R2Bucket;
  type R2Object = workers.R2Object;
  type R2ObjectBody = workers.R2ObjectBody;
  type KVNamespace = workers.KVNamespace;
  type Queue = workers.Queue;
  type Message = workers.Message;
  type MessageBatch = workers.MessageBatch;
  interface PipelineEnv {
    readonly DATASETS: R2Bucket;
    readonly RUNS: R2Bucket;
    readonly SELECTIONS: KVNamespace;
    readonly CORPORA: KVNamespace;
    readonly TASKS: Queue;
    readonly PIPELINE: workers.Workflow<{ readonly run: string }>;
    readonly DATASET_BUCKET: string;
  }
}
