import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  createServer,
  request as httpRequest,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeTurns } from '../../src/take-turns.ts';
import { listen } from '../cli/listen.ts';

/** A little more than the API takes (16 MiB): what is longer is cut here, and refused there for its length. */
const MAX_BODY_BYTES = 17 * 1024 * 1024;
/** How often a request is sent that ended without an answer: it may be what ends the process behind. */
const MAX_ATTEMPTS = 4;
const RETRY_MS = 25;
/**
 * Queries that workerd is asked at once; it has one thread, and goes on with a query whose client has left. The others wait
 * here, where they are dropped when theirs leaves.
 */
const MAX_QUERIES = 8;
/** For clients that hold a connection: longer than they do, so that it is never closed under a request on its way. */
const KEEP_ALIVE_MS = 75_000;

/** Headers of one connection, not of the message (RFC 9110, 7.6.1); lengths are set anew. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface Front {
  close(): Promise<void>;
}

interface FrontOptions {
  readonly host: string;
  /** Where clients come. */
  readonly port: number;
  /** Where workerd listens. Waits while it does not; rejects when it will not any more. */
  readonly innerPort: () => Promise<number>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Holds the port, so that no request is lost while workerd starts or is started again: a request is read whole and asked
 * as often as it takes to get a whole answer. All requests may be repeated, for none changes anything. A client that goes
 * away takes its request with it.
 * @throws UserError when something listens there already, or this user may not
 */
export async function openFront({ host, port, innerPort }: FrontOptions): Promise<Front> {
  const inner = { host, innerPort, inTurn: takeTurns(MAX_QUERIES) };
  const server = createServer((request, response) => void serve(request, response, inner));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1000;
  const advice = `Choose another: PORT=${port + 1} npm start`;
  await listen(server, { host, port }, { name: `port ${port}`, advice });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Inner extends Omit<FrontOptions, 'port'> {
  readonly inTurn: ReturnType<typeof takeTurns>;
}

async function serve(request: IncomingMessage, response: ServerResponse, inner: Inner): Promise<void> {
  const left = new AbortController();
  response.on('close', () => left.abort());
  try {
    const body = await readBody(request);
    const work = (): Promise<Answer> => answerOf(request, body, inner, left.signal);
    // The page's files cost nothing, and need not wait for queries that do.
    const answer = await (isQuery(request) ? inner.inTurn(work) : work());
    response.writeHead(answer.status, { ...withoutHops(answer.headers), ...lengthOf(request, answer) });
    response.end(answer.body);
  } catch (cause) {
    if (left.signal.aborted) return;
    response.writeHead(502, { 'content-type': 'text/plain' });
    response.end(`The local server does not answer: ${(cause as Error).message}\n`);
  }
}

function isQuery({ url = '' }: IncomingMessage): boolean {
  return /^\/(graphql(?![^?])|v1\/)/.test(url);
}

/**
 * The body, cut at MAX_BODY_BYTES.
 * @throws the stream's error when the client went away before its end
 */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    // What is over the limit is read and dropped: a client that is still sending would not hear the refusal.
    if (bytes < MAX_BODY_BYTES) chunks.push(chunk);
    bytes += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES);
}

async function answerOf(
  request: IncomingMessage,
  body: Buffer,
  { host, innerPort }: Inner,
  left: AbortSignal,
): Promise<Answer> {
  for (let attempt = 1; ;) {
    const port = await innerPort();
    left.throwIfAborted();
    try {
      return await ask(request, body, { host, port }, left);
    } catch (error) {
      const wasTaken = (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED';
      if (left.aborted || (wasTaken && ++attempt > MAX_ATTEMPTS)) throw error;
      await sleep(RETRY_MS);
    }
  }
}

function ask(
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const inner = httpRequest({
      host,
      port,
      method,
      path: url,
      headers: { ...withoutHops(headers), ...(body.length > 0 && { 'content-length': body.length }) },
      // A connection of its own: one kept alive may be closed by the other side just as it is used again.
      agent: false,
      signal,
    });
    inner.on('error', reject);
    inner.on('response', (answer) => {
      readAll(answer).then(
        (read) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: read }),
        reject,
      );
    });
    inner.end(body);
  });
}

async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Of an answer to HEAD it is the length of a body that is not there; 204 and 304 have none. */
function lengthOf({ method }: IncomingMessage, { status, headers, body }: Answer): IncomingHttpHeaders {
  if (status === 204 || status === 304) return {};
  const length = method === 'HEAD' ? headers['content-length'] : String(body.length);
  return length === undefined ? {} : { 'content-length': length };
}

function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name)));
}
