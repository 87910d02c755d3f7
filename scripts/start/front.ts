import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  createServer,
  request as httpRequest,
} from 'node:http';

/** A little more than the API takes (16 MiB): what is longer is cut here, and refused there for its length. */
const MAX_BODY_BYTES = 17 * 1024 * 1024;

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

interface Ports {
  readonly host: string;
  /** Where clients come. */
  readonly port: number;
  /** Where `wrangler dev` listens. */
  readonly innerPort: number;
}

/**
 * Stands between clients and `wrangler dev`, which ends with code 1 when a client goes away while its request or answer
 * is passed on (seen with 4.116: its ProxyWorker takes "Network connection lost" for fatal). A page that cancels a
 * request, or is closed during an upload, does that. So a request is read whole before it is passed on, and an answer is
 * read to its end whoever still listens.
 * @throws the error of `listen` when the port cannot be opened
 */
export async function openFront({ host, port, innerPort }: Ports): Promise<Front> {
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      if (body !== null) passOn(request, body, response, { host, innerPort });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The body, cut at MAX_BODY_BYTES; null when the client went away before its end. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      // What is over the limit is read and dropped: a client that is still sending would not hear the refusal.
      if (bytes < MAX_BODY_BYTES) chunks.push(chunk);
      bytes += chunk.length;
    }
  } catch {
    return null; // the only way for a request to fail here is that its client left
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES);
}

function passOn(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  { host, innerPort }: Omit<Ports, 'port'>,
): void {
  const { method, url, headers } = request;
  const inner = httpRequest({
    host,
    port: innerPort,
    method,
    path: url,
    headers: { ...withoutHops(headers), ...(body.length > 0 && { 'content-length': body.length }) },
    // A connection of its own: one kept alive may be closed by the other side just as it is used again.
    agent: false,
  });
  inner.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
    answer.pipe(response);
    // Nobody listens any more: the rest is read all the same.
    response.on('close', () => answer.unpipe(response).resume());
  });
  inner.on('error', (cause) => {
    if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/plain' });
    response.end(`The local server does not answer: ${cause.message}\n`);
  });
  inner.end(body);
}

function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.has(name)));
}
