import { spawn } from 'node:child_process';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../kv/project.ts';
import { contentHash } from './content-hash.ts';

/** What the page is built from; playground/dist is what comes out. */
const SOURCES = [
  'docs',
  'playground/index.html',
  'playground/graphiql',
  'playground/plugins',
  'playground/public',
  'playground/src',
  'playground/vite.config.ts',
  'models/sample',
  'models/tiny-clip/encoder.json',
  'models/tiny-clip/limits.json',
  'models/tiny-clip/opening.json',
  'schema.graphql',
  'openapi.json',
  'src/graphql/generated',
  'package-lock.json',
];
const PAGE_FOLDER = join(PROJECT_ROOT, 'playground/dist');
const CACHE = join(PROJECT_ROOT, 'node_modules/.cache/alignql');
const STAMP = join(CACHE, 'page');

/**
 * Builds the page unless it was built from these very sources.
 * @returns whether it was built
 * @throws Error with the build's output when that fails: a bug
 */
export async function buildPageIfStale(tell: (line: string) => void): Promise<boolean> {
  const sources = await contentHash(PROJECT_ROOT, SOURCES);
  if ((await isThere(join(PAGE_FOLDER, 'index.html'))) && (await readStamp()) === sources) return false;
  tell('Building the page…');
  await mkdir(CACHE, { recursive: true });
  const fresh = join(CACHE, `page-${process.pid}`);
  await buildPage(fresh);
  // In one step, for a server or another build that uses the folder at this moment.
  await rm(PAGE_FOLDER, { recursive: true, force: true });
  await rename(fresh, PAGE_FOLDER);
  await writeFile(STAMP, sources);
  return true;
}

function buildPage(outDir: string): Promise<void> {
  const vite = join(PROJECT_ROOT, 'node_modules/vite/bin/vite.js');
  const args = ['build', 'playground', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn'];
  const child = spawn(process.execPath, [vite, ...args], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      if (exitCode === 0) resolve();
      else reject(new Error(`the page was not built:\n${Buffer.concat(output).toString('utf8')}`));
    });
  });
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readStamp(): Promise<string | null> {
  return readFile(STAMP, 'utf8').catch(() => null);
}
