import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BuiltWorker } from './build-worker.ts';

/** A value of the KV namespace that the Worker reads. */
export interface KvEntry {
  readonly base64: string;
  readonly metadata: unknown;
}

export interface WorkerdOptions {
  readonly worker: BuiltWorker;
  /** Stands behind the AI binding in place of fixed vectors: the encoder Worker. */
  readonly encoder?: BuiltWorker;
  /** By key, as the binding SELECTIONS gives them; none when left out. */
  readonly entries?: Readonly<Record<string, KvEntry>>;
  /** A folder that holds what the binding CORPORA gives, a file a key; none when left out. */
  readonly corpora?: string;
  /** Text bindings. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Numbers in a vector that the AI binding answers; 1 when left out. */
  readonly aiDim?: number;
  /** Such as `--trace-gc`. */
  readonly v8Flags?: readonly string[];
  /** Gets what workerd and V8 print on stdout, line by line; left out, it goes to stderr. */
  readonly onLine?: (line: string) => void;
  /** Of workerd itself, such as `--inspector-addr=127.0.0.1:9229`. */
  readonly flags?: readonly string[];
}

export interface RunningWorkerd {
  /** Such as http://127.0.0.1:40123 */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const COMPATIBILITY_DATE = '2026-07-01';
const MAX_CONFIG_BYTES = 2 ** 28;

/**
 * Start `workerd serve` on a free loopback port: no miniflare, no entry Worker in front. SELECTIONS is a KV namespace,
 * AI a service, RATE and BUDGETS count nothing, the Cache API is empty, all answered by services.js in the same process, and CORPORA a KV namespace read from files: what they cost
 * counts as the Worker's own.
 * @throws Error when workerd ends before it listens; why is on stderr
 */
export async function startWorkerd(options: WorkerdOptions): Promise<RunningWorkerd> {
  const { folder } = options.worker;
  cpSync(fileURLToPath(new URL('services.js', import.meta.url)), join(folder, 'services.mjs'));
  writeFileSync(join(folder, 'entries.json'), JSON.stringify(options.entries ?? {}));
  if (options.encoder) cpSync(options.encoder.folder, join(folder, ENCODER_FOLDER), { recursive: true });
  const args = ['serve', '-b', compileConfig(options), '--control-fd=3', '--socket-addr=http=127.0.0.1:0'];
  const { onLine } = options;
  const child = spawn(workerdBinary(), [...args, ...(options.flags ?? [])], {
    // Our own stdout is for results.
    stdio: ['ignore', onLine ? 'pipe' : process.stderr, 'inherit', 'pipe'],
  });
  if (onLine && child.stdout) createInterface(child.stdout).on('line', onLine);
  const port = await listeningPort(child);
  if (child.pid === undefined) throw new Error('workerd has no process id');
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, stop: () => stop(child) };
}

/** In binary: to parse 19 MB of modules as text would cost workerd more than a Worker's start does. */
function compileConfig(options: WorkerdOptions): string {
  const { folder } = options.worker;
  const [source, compiled] = ['config.capnp', 'config.bin'].map((name) => join(folder, name));
  writeFileSync(source, capnpConfig(options));
  const args = ['compile', '--config-only', source];
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  writeFileSync(
    compiled,
    execFileSync(workerdBinary(), args, { maxBuffer: MAX_CONFIG_BYTES, stdio: [...stdio] }),
  );
  return compiled;
}

/** The binary of this platform; the package's own command starts it through Node. */
function workerdBinary(): string {
  const { default: binary } = createRequire(import.meta.url)('workerd') as { default: string };
  return binary;
}

/** workerd tells the port it was given as a line of JSON on the control descriptor. */
function listeningPort(child: ChildProcess): Promise<number> {
  const control = child.stdio[3];
  if (control === null || control === undefined || !('setEncoding' in control)) {
    throw new Error('workerd has no control descriptor');
  }
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

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.on('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

/** Within the Worker's own folder: workerd embeds files below the configuration alone. */
const ENCODER_FOLDER = 'encoder';

function moduleList({ modules }: BuiltWorker, folder = '.'): string {
  return modules
    .map((name) => `(name = ${quote(name)}, ${moduleKind(name)} = embed ${quote(join(folder, name))})`)
    .join(', ');
}

function encoderConfig(encoder: BuiltWorker): string {
  return `const encoder :Workerd.Worker = (
  compatibilityDate = ${quote(COMPATIBILITY_DATE)},
  modules = [${moduleList(encoder, ENCODER_FOLDER)}],
);
`;
}

function capnpConfig({
  worker,
  encoder,
  vars = {},
  aiDim = 1,
  corpora,
  v8Flags = [],
}: WorkerdOptions): string {
  const texts = Object.entries({ AUTH: 'open', ...vars }).map(
    ([name, text]) => `(name = ${quote(name)}, text = ${quote(text)})`,
  );
  const services = ['(name = "main", worker = .main)', '(name = "services", worker = .services)'];
  if (corpora !== undefined) services.push(`(name = "corpora", disk = (path = ${quote(corpora)}))`);
  if (encoder !== undefined) services.push('(name = "encoder", worker = .encoder)');
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(', ')}],
  sockets = [(name = "http", http = (), service = "main")],
  v8Flags = [${v8Flags.map(quote).join(', ')}],
);
const main :Workerd.Worker = (
  compatibilityDate = ${quote(COMPATIBILITY_DATE)},
  modules = [${moduleList(worker)}],
  bindings = [
    (name = "SELECTIONS", kvNamespace = "services"),
    (name = "CORPORA", kvNamespace = "${corpora === undefined ? 'services' : 'corpora'}"),
    (name = "AI", service = (name = "${encoder === undefined ? 'services' : 'encoder'}", entrypoint = "AI")),
    (name = "RATE", service = (name = "services", entrypoint = "Rate")),
    (name = "BUDGETS", durableObjectNamespace = (className = "Budget", serviceName = "services")),
    ${texts.join(',\n    ')}
  ],
  cacheApiOutbound = (name = "services", entrypoint = "Cache"),
);
const services :Workerd.Worker = (
  compatibilityDate = ${quote(COMPATIBILITY_DATE)},
  modules = [(name = "services.mjs", esModule = embed "services.mjs")],
  durableObjectNamespaces = [(className = "Budget", uniqueKey = "budget")],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "ENTRIES", json = embed "entries.json"), (name = "DIM", json = "${aiDim}")],
);
${encoder === undefined ? '' : encoderConfig(encoder)}`;
}

function moduleKind(file: string): 'esModule' | 'wasm' | 'text' | 'data' {
  if (/\.m?js$/.test(file)) return 'esModule';
  if (file.endsWith('.wasm')) return 'wasm';
  return /\.(graphql|txt)$/.test(file) ? 'text' : 'data';
}

/** Cap'n Proto's text form quotes as C does; JSON's escapes are the same for what is written here. */
function quote(text: string): string {
  return JSON.stringify(text);
}
