import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { AppError, quote } from '../../src/errors.ts';
import { EmbeddingsRequestError } from '../../src/rest/openai/read-request.ts';
import { REQUEST_ID_HEADER, requestIdOf } from '../../src/telemetry/request-id.ts';
import { PROMETHEUS_TYPE } from '../../src/telemetry/prometheus-text.ts';
import { UserError } from '../cli/user-error.ts';
import { tell } from '../cli/messages.ts';
import { type Answer, errorAnswer, jsonAnswer, textAnswer } from './answers.ts';
import { type BodyRoom, dropRest, readBody } from './body.ts';
import { type Embedder, embed } from './embed.ts';
import type { KeyCheck } from './keys.ts';
import type { EncoderMetrics } from './metrics.ts';

/** A client has so long to send its whole request. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than clients and proxies keep theirs, so that none is closed under a request on its way. */
const KEEP_ALIVE_MS = 75_000;
/** After the last answer is written, a client has so long to read it. */
const LAST_READ_MS = 5_000;

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly keys: KeyCheck | null;
  readonly maxBodyBytes: number;
  /** Of all requests together. */
  readonly maxHeldBytes: number;
  readonly embedder: Embedder;
  /** What `GET /v1/models` says. */
  readonly models: { readonly data: readonly { readonly id: string }[] };
  readonly metrics: EncoderMetrics;
  /** Requests that are read or answered now; counted here. */
  readonly open: { count: number };
}

export interface RunningServer {
  readonly port: number;
  /** Answers what has come, refuses what comes with 503, and settles when all is answered. */
  readonly stop: () => Promise<void>;
}

/** @throws UserError when something listens there already, or this user may not */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { open } = options;
  const state = { isStopping: false, whenIdle: null as (() => void) | null };
  const room: BodyRoom = { used: 0, most: options.maxHeldBytes };
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    const started = performance.now();
    if (state.isStopping) {
      refuse(request, response);
      return;
    }
    open.count++;
    void serve(request, response, options, room, started).finally(() => {
      open.count--;
      if (open.count === 0) state.whenIdle?.();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const port = await listen(server, options);
  return {
    port,
    async stop() {
      state.isStopping = true;
      await new Promise<void>((resolve) => {
        state.whenIdle = resolve;
        if (open.count === 0) resolve();
      });
      await close(server);
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
  room: BodyRoom,
  started: number,
): Promise<void> {
  const left = new AbortController();
  response.on('close', () => left.abort(new ClientLeftError()));
  const path = routeOf(request);
  try {
    const answer = await answerOf(request, path, options, room, left.signal);
    options.metrics.noteRequest(
      path ?? 'other',
      answer.status,
      answer.code,
      (performance.now() - started) / 1000,
    );
    await send(request, response, answer);
  } catch (error) {
    if (left.signal.aborted) return;
    tell(`An answer could not be written: ${String(error)}`);
    response.destroy();
  }
}

class ClientLeftError extends Error {}

/** With /v1, as OpenAI's clients ask, or without, as Infinity is asked. */
const PATHS: ReadonlySet<string> = new Set(['/embeddings', '/models', '/health', '/metrics']);

/** @returns null for a path that is not served */
function routeOf({ url = '/' }: IncomingMessage): string | null {
  const path = url.replace(/\?.*$/, '').replace(/^\/v1(?=\/)/, '');
  if (PATHS.has(path)) return path;
  return path.startsWith('/models/') ? '/models' : null;
}

async function answerOf(
  request: IncomingMessage,
  path: string | null,
  options: ServerOptions,
  room: BodyRoom,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    // Whoever looks whether the server lives has no key.
    if (path === '/health') return allow(request, 'GET') ?? jsonAnswer({ status: 'ok' });
    if (options.keys !== null && !options.keys(request.headers.authorization)) return unauthenticated();
    switch (path) {
      case '/models':
        return allow(request, 'GET') ?? modelsAnswer(request, options);
      case '/metrics':
        return allow(request, 'GET') ?? metricsAnswer(options);
      case '/embeddings':
        return allow(request, 'POST') ?? (await embeddingsAnswer(request, options, room, signal));
      case null:
      default:
        return errorAnswer(new AppError('BAD_INPUT', NO_SUCH_PATH), { status: 404 });
    }
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof AppError && error.code !== 'INTERNAL') return errorAnswer(error);
    tell(`INTERNAL: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return errorAnswer(
      new AppError('INTERNAL', 'Something went wrong here; the log of the encoder has the cause.'),
    );
  }
}

const NO_SUCH_PATH = 'Expected /v1/embeddings, /v1/models, /health or /metrics.';

function allow({ method }: IncomingMessage, allowed: 'GET' | 'POST'): Answer | null {
  if (method === allowed || (method === 'HEAD' && allowed === 'GET')) return null;
  const error = new AppError('BAD_INPUT', `Expected the method ${allowed}, got ${method}.`);
  return errorAnswer(error, { status: 405, headers: { allow: allowed } });
}

function unauthenticated(): Answer {
  const error = new AppError('UNAUTHENTICATED', 'Expected a key of this encoder: Authorization: Bearer KEY.');
  return errorAnswer(error, { headers: { 'www-authenticate': 'Bearer' } });
}

function modelsAnswer({ url = '' }: IncomingMessage, { models }: ServerOptions): Answer {
  const asked = /\/models\/([^?]+)/.exec(url)?.[1];
  if (asked === undefined) return jsonAnswer(models);
  const id = decodeURIComponentOr(asked);
  const model = models.data.find((candidate) => candidate.id === id);
  if (model !== undefined) return jsonAnswer(model);
  const message = `Expected the model ${models.data.map((known) => known.id).join(', ')}, got ${quote(id)}.`;
  return errorAnswer(new EmbeddingsRequestError('ENCODER_MISMATCH', message, 'model'));
}

function metricsAnswer({ metrics, embedder, open }: ServerOptions): Answer {
  return textAnswer(
    metrics.write({ image: embedder.pictures, text: embedder.texts }, open.count),
    PROMETHEUS_TYPE,
  );
}

async function embeddingsAnswer(
  request: IncomingMessage,
  { maxBodyBytes, embedder }: ServerOptions,
  room: BodyRoom,
  signal: AbortSignal,
): Promise<Answer> {
  const { bytes, release } = await readBody(request, maxBodyBytes, room);
  try {
    return jsonAnswer(await embed(parseJson(bytes), embedder, signal));
  } finally {
    release();
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // A SyntaxError, or a TypeError for what is no UTF-8.
    throw new AppError('BAD_INPUT', 'Expected JSON in UTF-8 in the body.');
  }
}

/** What is malformed stands for itself. */
function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Settles when the client has all of it, or has left. */
async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const given = request.headers[REQUEST_ID_HEADER];
  const headers = new Headers(typeof given === 'string' ? { [REQUEST_ID_HEADER]: given } : {});
  // What is not read of a body would be taken for the next request.
  if (!(await dropRest(request))) response.setHeader('connection', 'close');
  response.writeHead(answer.status, {
    ...answer.headers,
    [REQUEST_ID_HEADER]: requestIdOf(headers),
    'content-length': Buffer.byteLength(answer.body),
  });
  await new Promise<void>((resolve) => {
    response.on('close', resolve);
    response.end(request.method === 'HEAD' ? '' : answer.body, resolve);
  });
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  const error = new AppError('ENCODER_BUSY', 'The encoder is stopping: ask another one, or later.', {
    retryAfterSeconds: 1,
  });
  const answer = errorAnswer(error, { status: 503, headers: { connection: 'close' } });
  void send(request, response, answer);
}

async function listen(server: Server, { host, port }: ServerOptions): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${code})`;
    throw new UserError(`port ${port} of ${host} ${reason}. Choose another with --port or --host.`, {
      cause,
    });
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), LAST_READ_MS);
  await closed;
  clearTimeout(late);
}
