import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { BadRequest } from '../../src/body/bad-request.ts';
import { parseJson } from '../../src/body/json-body.ts';
import { AppError, quote } from '../../src/errors.ts';
import { EmbeddingsRequestError } from '../../src/rest/openai/read-request.ts';
import { REQUEST_ID_HEADER, requestIdOf } from '../../src/telemetry/request-id.ts';
import { PROMETHEUS_TYPE } from '../../src/telemetry/prometheus-text.ts';
import { listen } from '../cli/listen.ts';
import { tell } from '../cli/messages.ts';
import { type Answer, errorAnswer, jsonAnswer, textAnswer } from './answers.ts';
import { dropRest, readBody } from './body.ts';
import { type Embedder, embed } from './embed.ts';
import { explainPicture } from './explain.ts';
import type { KeyCheck } from './keys.ts';
import type { EncoderMetrics } from './metrics.ts';
import { type Room, type Share, shareOf } from './room.ts';

/** A client has so long to send its whole request. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than clients and proxies keep theirs, so that none is closed under a request on its way. */
const KEEP_ALIVE_MS = 75_000;
/** The rate is 2 Mbit/s. */
const TIMES: ServerTimes = { readMs: 30_000, readBytesPerMs: 256, stopMs: 60_000, lastReadMs: 5_000 };

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
  /** Requests that are read or encoded now; counted here. */
  readonly open: { count: number };
  readonly times?: ServerTimes;
}

/** After which a client that does not read is cut off. */
export interface ServerTimes {
  /** To read an answer. */
  readonly readMs: number;
  /** What of a long answer is to be read in each millisecond more. */
  readonly readBytesPerMs: number;
  /** To answer what has come, once the server is to stop. */
  readonly stopMs: number;
  /** To read what was answered, once the server is to stop. */
  readonly lastReadMs: number;
}

export interface RunningServer {
  readonly port: number;
  /** Answers what has come, refuses what comes with 503, and settles when all is answered, or the time for it is over. */
  readonly stop: () => Promise<void>;
}

/** @throws UserError when something listens there already, or this user may not */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { open, times = TIMES } = options;
  const state = { isStopping: false, whenIdle: null as (() => void) | null };
  const room: Room = { used: 0, most: options.maxHeldBytes };
  const noteAnswered = (): void => {
    open.count--;
    if (open.count === 0) state.whenIdle?.();
  };
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    const exchange = exchangeOf(request, response, times);
    if (state.isStopping) {
      void refuse(exchange);
      return;
    }
    open.count++;
    void serve(exchange, options, shareOf(room), noteAnswered).finally(() => {
      if (state.isStopping) server.closeIdleConnections();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const port = await listenOn(server, options);
  return {
    port,
    async stop() {
      state.isStopping = true;
      await new Promise<void>((resolve) => {
        state.whenIdle = resolve;
        if (open.count === 0) resolve();
        setTimeout(resolve, times.stopMs).unref();
      });
      await close(server, times.lastReadMs);
    },
  };
}

/** A request and its answer's way. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborted when the client has left, or the answer has gone to it. */
  readonly left: AbortSignal;
  readonly started: number;
  readonly times: ServerTimes;
}

function exchangeOf(request: IncomingMessage, response: ServerResponse, times: ServerTimes): Exchange {
  const left = new AbortController();
  const leave = (): void => left.abort(CLIENT_LEFT);
  const { socket } = request;
  // An answer that waits behind another one's on the same connection does not hear of its end.
  socket.setMaxListeners(0).once('close', leave);
  response.once('close', () => {
    socket.off('close', leave);
    leave();
  });
  return { request, response, left: left.signal, started: performance.now(), times };
}

/** @param noteAnswered called once, when the answer is there to be read */
async function serve(
  exchange: Exchange,
  options: ServerOptions,
  share: Share,
  noteAnswered: () => void,
): Promise<void> {
  const { request, response, left, started } = exchange;
  const path = routeOf(request);
  try {
    const answer = await answerOf(request, path, options, share, left).finally(noteAnswered);
    const seconds = (performance.now() - started) / 1000;
    options.metrics.noteRequest(path ?? 'other', answer.status, answer.code, seconds);
    await send(exchange, answer);
  } catch (error) {
    if (left.aborted) return;
    tell(`An answer could not be written: ${String(error)}`);
    response.destroy();
  } finally {
    share.release();
  }
}

class ClientLeftError extends Error {}

/** One for all: every answer that was read ends so, and the trace of an error costs as much as parsing its request. */
const CLIENT_LEFT = new ClientLeftError();

/** With /v1, as OpenAI's clients ask, or without, as Infinity is asked. */
const PATHS: ReadonlySet<string> = new Set(['/embeddings', '/patches', '/models', '/health', '/metrics']);

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
  share: Share,
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
        return allow(request, 'POST') ?? (await postAnswer(embed, request, options, share, signal));
      case '/patches':
        return allow(request, 'POST') ?? (await postAnswer(explainPicture, request, options, share, signal));
      case null:
      default:
        return errorAnswer(new AppError('BAD_INPUT', NO_SUCH_PATH), { status: 404 });
    }
  } catch (error) {
    share.release();
    if (signal.aborted) throw error;
    if (error instanceof AppError && error.code !== 'INTERNAL') return errorAnswer(error);
    tell(`INTERNAL: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return errorAnswer(
      new AppError('INTERNAL', 'Something went wrong here; the log of the encoder has the cause.'),
    );
  }
}

const NO_SUCH_PATH = 'Expected /v1/embeddings, /v1/patches, /v1/models, /health or /metrics.';

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

async function postAnswer(
  work: (body: unknown, embedder: Embedder, share: Share, signal: AbortSignal) => Promise<object>,
  request: IncomingMessage,
  { maxBodyBytes, embedder }: ServerOptions,
  share: Share,
  signal: AbortSignal,
): Promise<Answer> {
  const body = readJson(await readBody(request, maxBodyBytes, share));
  const answer = jsonAnswer(await work(body, embedder, share, signal));
  share.hold(answer.body.length);
  return answer;
}

function readJson(bytes: Buffer): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), 'The body');
  } catch (error) {
    if (error instanceof BadRequest) {
      throw new AppError(error.code === 'LIMIT_EXCEEDED' ? error.code : 'BAD_INPUT', error.message);
    }
    throw new AppError('BAD_INPUT', 'The body is not UTF-8.');
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

/** Settles when the client has all of it, or has left; one that takes too long is cut off. */
async function send({ request, response, left, times }: Exchange, answer: Answer): Promise<void> {
  const given = request.headers[REQUEST_ID_HEADER];
  const headers = new Headers(typeof given === 'string' ? { [REQUEST_ID_HEADER]: given } : {});
  // What is not read of a body would be taken for the next request.
  if (!(await dropRest(request))) response.setHeader('connection', 'close');
  if (left.aborted) return;
  response.writeHead(answer.status, {
    ...answer.headers,
    [REQUEST_ID_HEADER]: requestIdOf(headers),
    'content-length': answer.body.length,
  });
  const readMs = times.readMs + answer.body.length / times.readBytesPerMs;
  const late = setTimeout(() => request.socket.destroy(), readMs);
  await new Promise<void>((resolve) => {
    left.addEventListener('abort', () => resolve());
    response.end(request.method === 'HEAD' ? '' : answer.body, resolve);
  });
  clearTimeout(late);
}

async function refuse(exchange: Exchange): Promise<void> {
  const error = new AppError('ENCODER_BUSY', 'The encoder is stopping: ask another one, or later.', {
    retryAfterSeconds: 1,
  });
  await send(exchange, errorAnswer(error, { status: 503, headers: { connection: 'close' } }));
}

async function listenOn(server: Server, { host, port }: ServerOptions): Promise<number> {
  const name = `port ${port} of ${host}`;
  await listen(server, { host, port }, { name, advice: 'Choose another with --port or --host.' });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function close(server: Server, lastReadMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), lastReadMs);
  await closed;
  clearTimeout(late);
}
