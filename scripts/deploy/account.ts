import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EndedProgram } from '../cli/run-node.ts';
import { UserError } from '../cli/user-error.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import { runWrangler } from '../kv/wrangler.ts';
import { errorOf, hintFor } from '../kv/wrangler-error.ts';

/** Beside wrangler.toml's own environments: the top level, without a question which one is meant. */
const TOP = ['--env='];
/** Of what a command asks that needs no configuration of a deployment. */
const BASE = ['--config', join(PROJECT_ROOT, 'wrangler.toml'), ...TOP];

export interface AccountNamespace {
  readonly id: string;
  readonly title: string;
}

/** @throws UserError without a login, or when the account refuses */
export async function listNamespaces(): Promise<AccountNamespace[]> {
  const result = await runWrangler(['kv', 'namespace', 'list', ...BASE]);
  return JSON.parse(outputOf(result, 'list the KV namespaces of the account')) as AccountNamespace[];
}

/** @returns its id */
export async function createNamespace(title: string): Promise<string> {
  const result = await runWrangler(['kv', 'namespace', 'create', title, ...BASE]);
  const id = /\b[0-9a-f]{32}\b/.exec(outputOf(result, `create the KV namespace ${title}`))?.[0];
  if (id === undefined) throw new Error('wrangler kv namespace create told no id');
  return id;
}

/** The tag of the version that serves all traffic; null when there is none, no tag, or no such Worker. */
export async function deployedTag(name: string): Promise<string | null> {
  const status = await runWrangler(['deployments', 'status', '--json', '--name', name, ...BASE]);
  if (isMissing(status)) return null;
  const { versions } = JSON.parse(outputOf(status, `read the deployment of ${name}`)) as {
    readonly versions: readonly { readonly version_id: string }[];
  };
  if (versions.length !== 1) return null;
  const [{ version_id: id }] = versions as [{ version_id: string }];
  const view = await runWrangler(['versions', 'view', id, '--json', '--name', name, ...BASE]);
  const version = JSON.parse(outputOf(view, `read version ${id} of ${name}`)) as {
    readonly annotations?: Readonly<Record<string, string>>;
  };
  return version.annotations?.['workers/tag'] ?? null;
}

/** The names of a Worker's secrets; none where there is no such Worker. */
export async function secretNames(name: string): Promise<string[]> {
  const result = await runWrangler(['secret', 'list', '--name', name, ...BASE]);
  if (isMissing(result)) return [];
  const secrets = JSON.parse(outputOf(result, `list the secrets of ${name}`)) as { readonly name: string }[];
  return secrets.map((secret) => secret.name);
}

/** By way of wrangler's input, so that the value stands in no file and in no list of processes. */
export async function putSecret(worker: string, name: string, value: string): Promise<void> {
  const result = await runWrangler(['secret', 'put', name, '--name', worker, ...BASE], value);
  outputOf(result, `set the secret ${name} of ${worker}`, [value]);
}

/**
 * @param config the configuration file
 * @returns where it answers; null when wrangler names no address
 */
export async function upload(
  config: string,
  name: string,
  options: { readonly tag: string; readonly vars: Readonly<Record<string, string>> },
): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'alignql-deploy-'));
  try {
    const told = join(folder, 'told.ndjson');
    const vars = Object.entries(options.vars).flatMap(([key, value]) => ['--var', `${key}:${value}`]);
    const args = ['deploy', '--config', config, ...TOP, '--name', name, '--tag', options.tag, ...vars];
    outputOf(await runWrangler(args, null, { WRANGLER_OUTPUT_FILE_PATH: told }), `upload ${name}`);
    const entries = (await readFile(told, 'utf8')).trim().split('\n');
    const deployed = entries
      .map((line) => JSON.parse(line) as { readonly type: string; readonly targets?: readonly string[] })
      .find(({ type }) => type === 'deploy');
    const [target] = (deployed?.targets ?? []).map(addressOf).filter((url) => url !== null);
    return target ?? null;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Of "https://…" or "api.example.com (custom domain)". */
function addressOf(target: string): string | null {
  const [host = ''] = target.split(' ');
  const url = host.includes('://') ? host : `https://${host}`;
  return /[*/]/.test(url.replace(/^https:\/\//, '')) || !URL.canParse(url) ? null : url;
}

function isMissing({ exitCode, stderr }: EndedProgram): boolean {
  return exitCode !== 0 && /\[code: (10007|10090)\]|Worker "[^"]+" not found/.test(stderr);
}

/** @throws UserError when wrangler failed: what it could not do, and why */
function outputOf({ exitCode, stdout, stderr }: EndedProgram, action: string, hidden: string[] = []): string {
  const text = new TextDecoder().decode(stdout);
  if (exitCode === 0) return text;
  const detail = errorOf(stderr) || errorOf(text);
  const told = hidden.reduce((line, value) => line.replaceAll(value, '…'), hintFor(detail) ?? detail);
  throw new UserError(`cannot ${action}: ${told}`);
}
