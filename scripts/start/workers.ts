import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ModuleDefinition, WorkerOptions } from 'miniflare';
import { LOCAL_ENVIRONMENT, PROJECT_ROOT } from '../kv/project.ts';
import { type BundleSource, bundleWorkers } from './bundle.ts';

/**
 * The Workers of these configuration files as Miniflare takes them: what wrangler makes of their bindings, variables and
 * assets, and the modules that it would deploy.
 * @param vars of the first, in place of those of its file
 */
export async function localWorkers(
  source: BundleSource,
  vars: Readonly<Record<string, string>>,
  tell: (line: string) => void,
): Promise<WorkerOptions[]> {
  const folders = await bundleWorkers(source, tell);
  const commit = await readCommit();
  const { unstable_getMiniflareWorkerOptions, unstable_readConfig } = await import('wrangler');
  return Promise.all(
    source.configs.map(async (path, i) => {
      const config = unstable_readConfig({ config: path, env: LOCAL_ENVIRONMENT }, { hideWarnings: true });
      const { workerOptions } = unstable_getMiniflareWorkerOptions(config, LOCAL_ENVIRONMENT);
      const modules = await readModules(folders[i]);
      const bindings = { ...workerOptions.bindings, ...commit, ...(i === 0 ? vars : {}) };
      // wrangler's types are those of a Miniflare of its own; package-lock.json has one for both.
      return {
        ...workerOptions,
        bindings,
        name: config.name,
        modulesRoot: folders[i],
        modules,
      } as WorkerOptions;
    }),
  );
}

/** What a deployment gives by `--var COMMIT:...`; nothing outside a checkout. */
export async function readCommit(): Promise<{ readonly COMMIT?: string }> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: PROJECT_ROOT });
    return { COMMIT: stdout.trim() };
  } catch {
    return {}; // no git, or no repository
  }
}

/** With their contents, so that nothing depends on the files any more; the entry first. */
async function readModules(folder: string): Promise<ModuleDefinition[]> {
  const files = await readdir(folder, { withFileTypes: true });
  const names = files
    .filter((file) => file.isFile() && !/\.(map|md)$/.test(file.name))
    .map(({ name }) => name);
  names.sort((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js')));
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { type: moduleType(name), path, contents: await readFile(path) };
    }),
  );
}

/** As the rules of wrangler.toml have it. */
function moduleType(name: string): ModuleDefinition['type'] {
  if (name.endsWith('.js')) return 'ESModule';
  if (name.endsWith('.wasm')) return 'CompiledWasm';
  return /\.(graphql|txt)$/.test(name) ? 'Text' : 'Data';
}
