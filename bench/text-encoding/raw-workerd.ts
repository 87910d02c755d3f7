import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../scripts/kv/project.ts';

/** A Worker in a workerd of its own, without miniflare around it. */
export interface RawWorkerd {
  post(path: string, body: unknown): Promise<Response>;
  /** CPU of the process since it began, all threads, in milliseconds. Linux only. */
  cpuMs(): number;
  stop(): void;
}

/** Bundle a Worker as wrangler would deploy it. @param entry relative to the project @returns the bundle's folder */
export function bundle(entry: string, parent: string): string {
  const folder = join(parent, entry.replaceAll(/\W/g, '-'));
  const noAssets = join(folder, 'no-assets');
  mkdirSync(noAssets, { recursive: true });
  const wrangler = join(PROJECT_ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const target = ['--env', 'local', '--outdir', folder, '--assets', noAssets];
  execFileSync(process.execPath, [wrangler, 'deploy', entry, '-c', 'wrangler.toml', '--dry-run', ...target], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WRANGLER_LOG: 'error' },
  });
  return folder;
}

/** Start a bundle on a free loopback port. Its binding AI is there and answers nothing; it has no KV and no Cache API. */
export async function startRawWorkerd(folder: string): Promise<RawWorkerd> {
  const config = join(folder, 'config.capnp');
  writeFileSync(config, configOf(readdirSync(folder)));
  const { default: binary } = createRequire(import.meta.url)('workerd') as { default: string };
  const args = ['serve', config, '--control-fd=3', '--socket-addr=http=127.0.0.1:0'];
  const child = spawn(binary, args, { stdio: ['ignore', 'inherit', 'ignore', 'pipe'] });
  const port = await portOf(child);
  return {
    post: (path, body) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    cpuMs: () => cpuOf(`/proc/${child.pid}/task`),
    stop: () => void child.kill(),
  };
}

function configOf(files: readonly string[]): string {
  const kinds = { js: 'esModule', wasm: 'wasm', onnx: 'data', graphql: 'text' };
  const modules = Object.entries(kinds).flatMap(([extension, kind]) =>
    files
      .filter((file) => file.endsWith(`.${extension}`))
      .map((file) => `(name = "${file}", ${kind} = embed "${file}")`),
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "ai", worker = .ai)],
  sockets = [(name = "http", http = (), service = "main")],
);
const main :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [${modules.join(', ')}],
  bindings = [(name = "AI", service = (name = "ai", entrypoint = "AI")), (name = "EMBEDDING_CACHE", text = "isolate")],
);
const ai :Workerd.Worker = (
  compatibilityDate = "2026-07-01",
  modules = [(name = "ai.js", esModule = "import { WorkerEntrypoint } from 'cloudflare:workers'; export class AI extends WorkerEntrypoint { run() {} }")],
);
`;
}

/** workerd tells the port that it was given as a line of JSON on the control descriptor. */
async function portOf(child: ChildProcess): Promise<number> {
  let told = '';
  for await (const chunk of child.stdio[3] as AsyncIterable<Buffer>) {
    told += chunk.toString();
    const listening = /\{[^}]*"listen"[^}]*\}/.exec(told);
    if (listening) return (JSON.parse(listening[0]) as { port: number }).port;
  }
  throw new Error('workerd ended before it listened');
}

/** Nanoseconds a thread, which /proc/PID/stat has in hundredths of a second only. */
function cpuOf(tasks: string): number {
  const nanoseconds = readdirSync(tasks).map((task) =>
    Number(readFileSync(join(tasks, task, 'schedstat'), 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6;
}
