import linearKernels from './core/linear-algebra/kernels/linear-kernels.wasm';
import { provideLinearKernels } from './core/linear-algebra/kernels/load.ts';
import { consumeDeadTasks, consumeTasks } from './pipeline/consume.ts';
import { servePipeline } from './pipeline/serve.ts';

export { PipelineWorkflow } from './pipeline/workflow.ts';

provideLinearKernels(linearKernels);

const DEAD_QUEUE = 'alignql-dead-tasks';

/**
 * The pipeline: datasets in R2 become embedding shards, a record and a corpus. A Workflow leads, messages of a queue carry the work, and
 * this Worker consumes them. docs/scale.md
 */
export default {
  fetch: servePipeline,
  queue: (batch, env) =>
    batch.queue === DEAD_QUEUE ? consumeDeadTasks(batch, env) : consumeTasks(batch, env),
} satisfies ExportedHandler<PipelineEnv>;
