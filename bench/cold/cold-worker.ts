import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../scripts/kv/project.ts';

const MAX_CONFIG_BYTES = 2 ** 28;

/** What a cold process has spent, and when, at the end of each step: the start of workerd, then every request. */
export interface ColdStep {
  /** Since the process began: user and system, all threads. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** WebAssembly's magic number and version: a module of nothing. */
const EMPTY_WASM = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * A copy of a bundle whose WebAssembly is empty: for what a process costs beside compiling it, which the platform does at deployment.
 */
export function withoutWasm(folder: string, copy: string): string {
  cpSync(folder, copy, { recursive: true });
  for (const name of readdirSync(copy))
    if (name.endsWith('.wasm')) writeFileSync(join(copy, name), EMPTY_WASM);
  return copy;
}

/**
 * Bundle a Worker as a deployment would, without one.
 * @param config of wrangler, relative to the project
 * @param args such as `--outdir X`
 */
export function bundleWorker(config: string, folder: string, args: readonly string[]): void {
  const noAssets = join(folder, 'no-assets');
  mkdirSync(noAssets, { recursive: true });
  const wrangler = join(PROJECT_ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const target = ['deploy', '--dry-run', '-c', config, '--env', '', '--assets', noAssets, ...args];
  execFileSync(process.execPath, [wrangler, ...target], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WRANGLER_LOG: 'error', WRANGLER_SEND_METRICS: 'false' },
  });
}

/**
 * Start `workerd serve` on a bundled Worker, send it queries one after the other and end it. Its KV and AI bindings refuse
 * everything: for queries that need neither.
 * @param folder as `bundleWorker --outdir` left it; the configuration is written beside the bundle
 * @returns one step for workerd's start and one for each query
 */
export async function runCold(folder: string, queries: readonly string[]): Promise<ColdStep[]> {
  const { default: binary } = createRequire(import.meta.url)('workerd') as { default: string };
  const config = compileConfig(binary, folder);
  const began = performance.now();
  const args = ['serve', '-b', config, '--control-fd=3', '--socket-addr=http=127.0.0.1:0'];
  const child = spawn(binary, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  try {
    const port = await listeningPort(child);
    const step = (): ColdStep => ({ cpuMs: cpuMs(child.pid), wallMs: performance.now() - began });
    const steps = [step()];
    for (const query of queries) {
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const answer = await response.text();
      if (response.status !== 200 || answer.includes('"errors"'))
        throw new Error(`${query}: ${answer.slice(0, 500)}`);
      steps.push(step());
    }
    return steps;
  } finally {
    child.kill('SIGKILL');
  }
}

/** In binary: to parse a configuration of 19 MB as text would cost workerd more than the Worker does. */
function compileConfig(binary: string, folder: string): string {
  const [source, compiled] = ['config.capnp', 'config.bin'].map((name) => join(folder, name));
  writeFileSync(source, capnpConfig(folder));
  const args = ['compile', '--config-only', source];
  writeFileSync(compiled, execFileSync(binary, args, { maxBuffer: MAX_CONFIG_BYTES }));
  return compiled;
}

/** Linux only. */
function cpuMs(pid: number | undefined): number {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  }
  return nanoseconds / 1e6;
}

/** workerd tells the port it was given as a line of JSON on the control descriptor. */
function listeningPort(child: ChildProcess): Promise<number> {
  const control = child.stdio[3];
  if (!control || !('setEncoding' in control)) throw new Error('workerd has no control descriptor');
  return new Promise((resolve, reject) => {
    let told = '';
    control.setEncoding('utf8');
    control.on('data', (chunk: string) => {
      told += chunk;
      const listen = told.split('\n').find((line) => line.includes('"listen"') && line.endsWith('}'));
      if (listen !== undefined) resolve((JSON.parse(listen) as { port: number }).port);
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`workerd ended with ${code} before it listened`)));
  });
}

function capnpConfig(folder: string): string {
  const modules = readdirSync(folder)
    .filter((name) => !/\.(map|md|capnp|bin)$/.test(name))
    .sort((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js')))
    .map((name) => `(name = "${name}", ${moduleKind(name)} = embed "${name}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "none", worker = .none)],
  sockets = [(name = "http", http = (), service = "main")],
);
const main :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [${modules.join(', ')}],
  bindings = [(name = "SELECTIONS", kvNamespace = "none"), (name = "AI", service = "none")],
);
const none :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [(name = "none.mjs", esModule = "export default { fetch: () => new Response(null, { status: 503 }) }")],
);
`;
}

function moduleKind(file: string): string {
  if (file.endsWith('.js')) return 'esModule';
  if (file.endsWith('.wasm')) return 'wasm';
  return file.endsWith('.txt') ? 'text' : 'data';
}
