import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../scripts/kv/project.ts';

/** A Worker as wrangler would deploy it: modules by file name, the one with the entry first. */
export interface BuiltWorker {
  readonly folder: string;
  readonly modules: readonly string[];
}

/** What is built; both relative to the project. */
interface Source {
  /** The main file, in place of the one that the configuration names. */
  readonly entry?: string | undefined;
  /** Of wrangler, its top level, so that ours is what is deployed, and a rival is minified and loaded as ours is. */
  readonly config?: string;
}

/** WebAssembly's magic number and version: a module of nothing. */
const EMPTY_WASM = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * Bundle a Worker by `wrangler deploy --dry-run`. Takes about a second.
 * @param parent folder that gets the bundle, in a folder of its own
 * @throws Error when wrangler fails; what it said is on stderr
 */
export function buildWorker(parent: string, source: Source = {}): BuiltWorker {
  const folder = join(mkdtempSync(join(parent, 'worker-')), 'out');
  dryRun(parent, source, ['--outdir', folder]);
  const modules = readdirSync(folder)
    .filter((file) => !/\.(map|md)$/.test(file))
    .sort((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js')) || (a < b ? -1 : 1));
  return { folder, modules };
}

/** The same as one file, as `wrangler check startup` takes it. @returns the file */
export function buildUpload(parent: string, source: Source = {}): string {
  const file = join(mkdtempSync(join(parent, 'upload-')), 'worker.bundle');
  dryRun(parent, source, ['--outfile', file]);
  return file;
}

/**
 * A copy whose WebAssembly is empty: for what a process costs beside compiling it, which the platform does at deployment.
 * @param parent folder that gets the copy, in a folder of its own
 */
export function withoutWasm({ folder, modules }: BuiltWorker, parent: string): BuiltWorker {
  const copy = mkdtempSync(join(parent, 'bare-'));
  cpSync(folder, copy, { recursive: true });
  for (const name of modules) if (name.endsWith('.wasm')) writeFileSync(join(copy, name), EMPTY_WASM);
  return { folder: copy, modules };
}

function dryRun(
  parent: string,
  { entry, config = 'wrangler.toml' }: Source,
  output: readonly string[],
): void {
  const noAssets = join(parent, 'no-assets');
  mkdirSync(noAssets, { recursive: true });
  const main = entry === undefined ? [] : [withBudgets(parent, entry)];
  const wrangler = join(PROJECT_ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const target = [...main, '-c', config, '--env', '', '--assets', noAssets];
  execFileSync(process.execPath, [wrangler, 'deploy', ...target, '--dry-run', ...output], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    // Without it wrangler warns that there are other environments; errors still show.
    env: { ...process.env, WRANGLER_LOG: 'error', WRANGLER_SEND_METRICS: 'false' },
  });
}

/** An entry that has what wrangler.toml's Durable Objects ask of it; what stands behind it is empty. @returns the file */
function withBudgets(parent: string, entry: string): string {
  const file = join(mkdtempSync(join(parent, 'entry-')), 'entry.ts');
  const from = JSON.stringify(join(PROJECT_ROOT, entry));
  writeFileSync(file, `export { default } from ${from};\nexport class DailyBudget {}\n`);
  return file;
}
