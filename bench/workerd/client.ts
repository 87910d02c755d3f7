import { Agent, request as httpRequest } from 'node:http';

/** What a client sends again and again. */
export interface GraphqlCall {
  readonly query: string;
  readonly variables: object;
}

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

export interface Client {
  /** One POST of JSON at a time. @throws Error when the connection fails */
  post(body: string): Promise<RawAnswer>;
  close(): void;
}

/**
 * A client with one connection, kept alive: what a request costs is not the making of connections.
 * @param key sent with every request; none when left out
 */
export function openClient(url: string, key?: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { hostname, port } = new URL(url);
  return {
    post: (body) =>
      new Promise((resolve, reject) => {
        const headers = {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          'content-length': Buffer.byteLength(body),
        };
        const options = { agent, hostname, port, path: '/graphql', method: 'POST', headers };
        const sent = httpRequest(options, (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
          );
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/**
 * The data of an answer.
 * @throws Error unless it is 200 and has no errors
 */
export function dataOf({ status, text }: RawAnswer): Record<string, unknown> {
  const answer =
    status === 200 ? (JSON.parse(text) as { data?: Record<string, unknown>; errors?: unknown }) : {};
  if (answer.data && answer.errors === undefined) return answer.data;
  throw new Error(`expected 200 and data without errors, got ${status}: ${text.slice(0, 500)}`);
}
