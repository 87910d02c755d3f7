import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../scripts/kv/project.ts';

/** A Worker as wrangler would deploy it: modules by file name, the one with the entry first. */
export interface BuiltWorker {
  readonly folder: string;
  readonly modules: readonly string[];
}

const CONFIG = 'wrangler.toml';

/**
 * Bundle a Worker by `wrangler deploy --dry-run` under the top level of wrangler.toml, so that ours is what is deployed, and
 * a rival is minified and loaded as ours is. Takes about a second.
 * @param entry its main file, relative to the project; what wrangler.toml names when left out
 * @param parent folder that gets the bundle, in a folder of its own
 * @throws Error when wrangler fails; what it said is on stderr
 */
export function buildWorker(parent: string, entry?: string): BuiltWorker {
  const folder = mkdtempSync(join(parent, 'worker-'));
  const noAssets = join(folder, 'assets');
  mkdirSync(noAssets);
  const wrangler = join(PROJECT_ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const out = join(folder, 'out');
  const options = ['-c', CONFIG, '--env', '', '--dry-run', '--outdir', out, '--assets', noAssets];
  execFileSync(process.execPath, [wrangler, 'deploy', ...(entry === undefined ? [] : [entry]), ...options], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    // Without it wrangler warns that there are other environments; errors still show.
    env: { ...process.env, WRANGLER_LOG: 'error' },
  });
  const modules = readdirSync(out)
    .filter((file) => !/\.(map|md)$/.test(file))
    .sort((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js')) || (a < b ? -1 : 1));
  return { folder: out, modules };
}
