import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { type ModuleDefinition, Response, type WorkerOptions } from 'miniflare';
import { pipelineWorkers as plainWorkers } from '../../pipeline/open-local.ts';

export { openLocalPipeline } from '../../pipeline/open-local.ts';

/**
 * In place of open-local.ts, where watch-local.ts is loaded in front of a command. KILL_LOG: file that gets a line a point. KILL_AT: the
 * point, as told there, and KILL_NUMBER, from 1, which of the equal ones: there the process group dies, workerd with it.
 */
const { KILL_LOG: log, KILL_AT: at, KILL_NUMBER: number = '1' } = process.env;
const MODULE = 'watch-writes.ts';
const ENTRY = 'watched-entry.js';
let met = 0;

/** The Workers of a local pipeline, and what the first of them writes passes points. */
export async function pipelineWorkers(
  vars: Readonly<Record<string, string>>,
  tell: (line: string) => void,
): Promise<WorkerOptions[]> {
  const [pipeline, ...others] = await plainWorkers(vars, tell);
  return [await watchedWorker(pipeline), ...others];
}

async function watchedWorker(worker: WorkerOptions): Promise<WorkerOptions> {
  const { modules, modulesRoot } = worker as WorkerOptions & {
    readonly modules: readonly ModuleDefinition[];
    readonly modulesRoot: string;
  };
  const source = await readFile(join(import.meta.dirname, MODULE), 'utf8');
  const main = `./${modules[0].path.slice(modulesRoot.length + 1)}`;
  const entry = `import worker, { PipelineWorkflow as Plain } from '${main}';
import { behindWatch, watchWrites } from './${MODULE}';
export class PipelineWorkflow extends Plain {
  constructor(ctx, env) {
    super(ctx, watchWrites(env));
  }
}
export default behindWatch(worker);`;
  return {
    ...worker,
    modules: [
      { type: 'ESModule', path: join(modulesRoot, ENTRY), contents: entry },
      { type: 'ESModule', path: join(modulesRoot, MODULE), contents: stripTypeScriptTypes(source) },
      ...modules,
    ],
    serviceBindings: {
      ...(worker.serviceBindings as object),
      KILLER: async (request: { text(): Promise<string> }) => {
        passPoint(await request.text());
        return new Response();
      },
    },
  } as WorkerOptions;
}

function passPoint(point: string): void {
  if (log !== undefined) appendFileSync(log, `${point}\n`);
  if (point !== at || ++met !== Number(number)) return;
  process.kill(-process.pid, 'SIGKILL');
  // The signal is on its way: nothing more may be done meanwhile.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
