import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Miniflare, type ModuleDefinition, type WorkerOptions } from 'miniflare';
import { persistFolder } from '../kv/project.ts';
import { doubleMiniflareArena } from '../start/miniflare-arena.ts';
import { workerConfigs } from '../start/worker-config.ts';
import { localWorkers } from '../start/workers.ts';
import type { Tell } from './prepare-kv.ts';

/** The text of one request's encoding in a run: short, so that what never answers costs little. */
export const ENCODER_DEADLINE_MS = 2_000;

const SHIM = ['fault-plan.ts', 'faulty-ai.ts', 'faulty-kv.ts', 'chaos-worker.ts'];
const ENTRY = 'chaos-entry.js';

/** The whole deployment in a workerd of its own, its bindings behind faults, on a free port of the loopback. */
export async function serveBehindFaults(
  state: string,
  oldValues: Readonly<Record<string, string>>,
  tell: Tell,
): Promise<{ readonly origin: string; readonly log: () => readonly string[]; close(): Promise<void> }> {
  doubleMiniflareArena();
  const [api, ...others] = await localWorkers(
    { configs: await workerConfigs(null, state), fingerprint: null },
    {},
    tell,
  );

  const log: string[] = [];
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    kvPersist: join(persistFolder(state), 'v3', 'kv'),
    cachePersist: join(persistFolder(state), 'v3', 'cache'),
    handleRuntimeStdio: (stdout, stderr) => {
      for (const input of [stdout, stderr]) createInterface({ input }).on('line', (line) => log.push(line));
    },
    workers: [await behindFaults(api, oldValues), ...others],
  });
  const { origin } = await miniflare.ready;
  return { origin, log: () => log, close: () => miniflare.dispose() };
}

async function behindFaults(
  api: WorkerOptions,
  oldValues: Readonly<Record<string, string>>,
): Promise<WorkerOptions> {
  const { modules, modulesRoot, bindings } = api as WorkerOptions & {
    readonly modules: readonly ModuleDefinition[];
    readonly modulesRoot: string;
    readonly bindings?: Record<string, unknown>;
  };
  const folder = join(import.meta.dirname, 'worker');
  const shim = await Promise.all(
    SHIM.map(async (name): Promise<ModuleDefinition> => {
      const source = await readFile(join(folder, name), 'utf8');
      return { type: 'ESModule', path: join(modulesRoot, name), contents: stripTypeScriptTypes(source) };
    }),
  );
  const main = `./${modules[0].path.slice(modulesRoot.length + 1)}`;
  const entry = `import worker from '${main}';
import { behindFaults } from './chaos-worker.ts';
export * from '${main}';
export default behindFaults(worker);`;
  return {
    ...api,
    modules: [{ type: 'ESModule', path: join(modulesRoot, ENTRY), contents: entry }, ...shim, ...modules],
    bindings: {
      ...bindings,
      AI_TIMEOUT_MS: String(ENCODER_DEADLINE_MS),
      // An embedding kept from a batch differs in its last digits from one of another batch, and answers are compared exactly.
      EMBEDDING_CACHE: 'off',
      CORPUS_MEMORY_MIB: '4',
      CHAOS_OLD_VALUES: oldValues,
    },
  } as WorkerOptions;
}
