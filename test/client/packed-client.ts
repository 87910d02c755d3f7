import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGE = join(ROOT, 'packages/client');
const CACHE = join(ROOT, 'node_modules/.cache/alignql');
const run = promisify(execFile);

export interface PackedClient {
  /** What `npm publish` would upload. */
  readonly tarball: string;
  /** A folder in whose `node_modules` the package lies as an install leaves it. */
  readonly folder: string;
}

/** Builds and packs the client as a release does, once for a state of its sources. */
export async function packClient(): Promise<PackedClient> {
  const folder = join(CACHE, `client-${await hashOfSources()}`);
  const tarball = join(folder, 'client.tgz');
  if (await stat(tarball).catch(() => null)) return { tarball, folder };
  await mkdir(CACHE, { recursive: true });
  const staging = await mkdtemp(join(CACHE, 'packing-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', staging], { cwd: PACKAGE });
  const [{ filename }] = JSON.parse(stdout) as { filename: string }[];
  const installed = join(staging, 'node_modules/@alignql/client');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', join(staging, filename), '-C', installed, '--strip-components=1']);
  await rename(join(staging, filename), join(staging, 'client.tgz'));
  await rm(folder, { recursive: true, force: true });
  await rename(staging, folder);
  return { tarball, folder };
}

/**
 * The package as a page's build takes it in: one minified module.
 * @param folder of `packClient`
 */
export async function bundleClient(folder: string): Promise<Uint8Array> {
  const { outputFiles, warnings } = await build({
    stdin: { contents: "export * from '@alignql/client'", resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    write: false,
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'));
  return outputFiles[0].contents;
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const sources = await readdir(join(PACKAGE, 'src'), { recursive: true, withFileTypes: true });
  const manifests = await readdir(PACKAGE, { withFileTypes: true });
  const files = [...sources, ...manifests].filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  for (const path of paths) hash.update(relative(PACKAGE, path)).update(await readFile(path));
  hash.update(await readFile(join(ROOT, 'tsconfig.base.json')));
  return hash.digest('hex').slice(0, 16);
}
