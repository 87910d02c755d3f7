import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A Worker of the account. */
export interface AccountWorker {
  /** Names and values: the real API never tells the values. */
  readonly secrets: Map<string, string>;
  /** The newest last. */
  readonly versions: {
    readonly id: string;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly bytes: number;
  }[];
  /** Ids of versions; the newest last. */
  readonly deployments: string[];
}

/** What the API answers: a result, or an error of its own. */
export type Answer =
  | { readonly result: unknown; readonly info?: object }
  | { readonly status: number; readonly code: number; readonly message: string };

const PATH = /^\/accounts\/[^/]+\/workers\/(scripts|services|subdomain)(?:\/([^/]+))?(?:\/(.+))?$/;
const NO_SUCH_WORKER = { status: 404, code: 10007, message: 'This Worker does not exist on your account.' };
const CREATED = '2026-11-30T00:00:00.000Z';

/**
 * The Workers part of Cloudflare's REST API as wrangler asks it: upload, versions, deployments, secrets, the subdomain, files of the
 * page. https://developers.cloudflare.com/api/resources/workers/
 * @returns null for a path that is not of this part
 */
export async function answerWorkers(
  workers: Map<string, AccountWorker>,
  request: IncomingMessage,
  url: URL,
): Promise<Answer | null> {
  const [, kind, name = '', rest = ''] = PATH.exec(url.pathname) ?? [];
  if (kind === undefined) return null;
  if (kind === 'subdomain') return { result: { subdomain: 'stand-in' } };
  if (name === '') return { result: [...workers.keys()].map((id) => ({ id })) };
  const worker = workers.get(name);
  if (rest === '' && kind === 'scripts' && request.method === 'PUT') return upload(workers, name, request);
  if (rest === 'assets-upload-session') return { result: { jwt: 'token-of-the-upload', buckets: [] } };
  if (worker === undefined) return NO_SUCH_WORKER;
  return answerWorker(worker, name, `${request.method} ${rest}`, request);
}

async function answerWorker(
  worker: AccountWorker,
  name: string,
  asked: string,
  request: IncomingMessage,
): Promise<Answer> {
  if (asked === 'GET ') {
    const script = { id: name, tag: name, last_deployed_from: 'wrangler' };
    return { result: { id: name, default_environment: { environment: 'production', script } } };
  }
  if (asked === 'GET secrets')
    return { result: [...worker.secrets.keys()].map((secret) => ({ name: secret, type: 'secret_text' })) };
  if (asked === 'PUT secrets') {
    const secret = (await new Response(request as unknown as ReadableStream).json()) as Secret;
    worker.secrets.set(secret.name, secret.text);
    return { result: { name: secret.name, type: 'secret_text' } };
  }
  if (asked === 'POST versions') return { result: await addVersion(worker, request) };
  if (asked === 'GET deployments')
    return { result: { deployments: worker.deployments.toReversed().map(deployment) } };
  if (asked === 'POST deployments') {
    const { versions } = (await new Response(request as unknown as ReadableStream).json()) as Deployment;
    worker.deployments.push(versions[0].version_id);
    return { result: { id: randomUUID() } };
  }
  const version = worker.versions.find(({ id }) => asked === `GET versions/${id}`);
  if (version) return { result: describeVersion(version) };
  if (/ (script-settings|subdomain|settings)$/.test(asked))
    return { result: { enabled: true, previews_enabled: true } };
  return { status: 405, code: 10405, message: `the stand-in does not know ${asked}` };
}

interface Secret {
  readonly name: string;
  readonly text: string;
}

interface Deployment {
  readonly versions: readonly [{ readonly version_id: string }];
}

function deployment(id: string): object {
  return {
    id: randomUUID(),
    source: 'wrangler',
    strategy: 'percentage',
    author_email: 'somebody@example.com',
    created_on: CREATED,
    annotations: {},
    versions: [{ version_id: id, percentage: 100 }],
  };
}

function describeVersion({ id, metadata }: AccountWorker['versions'][number]): object {
  return {
    id,
    number: 1,
    metadata: { created_on: CREATED, author_email: 'somebody@example.com', source: 'wrangler' },
    annotations: metadata.annotations ?? {},
    resources: { bindings: metadata.bindings ?? [], script: { etag: id }, script_runtime: {} },
  };
}

async function upload(
  workers: Map<string, AccountWorker>,
  name: string,
  request: IncomingMessage,
): Promise<Answer> {
  const worker: AccountWorker = workers.get(name) ?? {
    secrets: new Map<string, string>(),
    versions: [],
    deployments: [],
  };
  const version = await addVersion(worker, request);
  workers.set(name, worker);
  worker.deployments.push(version.id);
  return { result: { ...version, tag: name, deployment_id: version.id, available_on_subdomain: false } };
}

async function addVersion(
  worker: AccountWorker,
  request: IncomingMessage,
): Promise<{ id: string; startup_time_ms: number }> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(request as unknown as ReadableStream, { headers }).formData();
  let bytes = 0;
  for (const [, part] of form) bytes += part instanceof Blob ? part.size : part.length;
  const id = randomUUID();
  const metadata = JSON.parse(String(form.get('metadata'))) as Record<string, unknown>;
  worker.versions.push({ id, metadata, bytes });
  return { id, startup_time_ms: 40 };
}
