import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL_ENVIRONMENT, PROJECT_ROOT } from '../kv/project.ts';
import { QUIET_WRANGLER, WRANGLER_ENTRY } from '../kv/wrangler.ts';
import { contentHash } from './content-hash.ts';

/** What the Workers are bundled from, packages included; their configurations come beside. */
export const WORKER_SOURCES = [
  'src',
  'models/tiny-clip',
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.worker.json',
];
const CACHE = join(PROJECT_ROOT, 'node_modules/.cache/alignql/workers');
/** Kept for those who change sources to and fro, or start with one model and another: about 45 MB each, and 23 of the pipeline. */
const MAX_KEPT = 6;

export interface BundleSource {
  /** Absolute paths of the configuration files, one a Worker. */
  readonly configs: readonly string[];
  /** Of the model that replaces models/tiny-clip; null when none does. */
  readonly fingerprint: string | null;
}

/**
 * Bundles the Workers by wrangler as it would deploy them, unless that was done before from the same sources.
 * @returns a folder of modules for each configuration file, in their order
 * @throws Error with wrangler's output when that fails: a bug
 */
export async function bundleWorkers(
  { configs, fingerprint }: BundleSource,
  tell: (line: string) => void,
): Promise<string[]> {
  const hashes = await Promise.all([
    contentHash(PROJECT_ROOT, WORKER_SOURCES),
    ...configs.map((path) => contentHash('/', [path])),
  ]);
  const key = createHash('sha256')
    .update([...hashes, fingerprint].join(' '))
    .digest('hex');
  const folder = join(CACHE, key.slice(0, 32));
  if (await isThere(folder)) {
    await utimes(folder, new Date(), new Date()); // the last to be removed
  } else {
    tell('Bundling the Workers (once)…');
    await mkdir(CACHE, { recursive: true });
    const fresh = await mkdtemp(join(CACHE, 'new-'));
    await Promise.all(configs.map((config, i) => bundle(config, join(fresh, String(i)))));
    await moveInPlace(fresh, folder);
    await removeOldest(CACHE);
  }
  return configs.map((_, i) => join(folder, String(i)));
}

async function bundle(config: string, outDir: string): Promise<void> {
  // An empty folder for the page, which is built at this moment; a bundle has nothing of it.
  const noAssets = join(outDir, 'no-assets');
  await mkdir(noAssets, { recursive: true });
  const target = ['-c', config, '--env', LOCAL_ENVIRONMENT, '--assets', noAssets, '--outdir', outDir];
  const child = spawn(process.execPath, [WRANGLER_ENTRY, 'deploy', '--dry-run', ...target], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...QUIET_WRANGLER },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (exitCode === 0) return;
  throw new Error(`the Workers were not bundled:\n${Buffer.concat(output).toString('utf8')}`);
}

/** In one step; another start may have been first with the same. */
async function moveInPlace(fresh: string, folder: string): Promise<void> {
  try {
    await rename(fresh, folder);
  } catch (error) {
    if (!(await isThere(folder))) throw error;
    await rm(fresh, { recursive: true });
  }
}

/** All but those that were used last. What another bundling moves away meanwhile, its unfinished folder, counts as none. */
export async function removeOldest(cache: string): Promise<void> {
  const names = await readdir(cache);
  const found = await Promise.all(
    names.map(async (name) => ({ name, usedMs: await modifiedAt(join(cache, name)) })),
  );
  const there = found.flatMap(({ name, usedMs }) => (usedMs === null ? [] : [{ name, usedMs }]));
  there.sort((a, b) => b.usedMs - a.usedMs);
  await Promise.all(
    there.slice(MAX_KEPT).map(({ name }) => rm(join(cache, name), { recursive: true, force: true })),
  );
}

/** Null where it is gone. */
async function modifiedAt(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
