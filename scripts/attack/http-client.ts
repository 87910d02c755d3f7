import { Agent, request as httpRequest } from 'node:http';
import type { AttackRequest } from './attack-request.ts';
import type { RawAnswer } from './judge-answer.ts';
import { BOUNDS } from './outcome.ts';

export interface HttpClient {
  /** @throws Error when the connection fails, or nothing comes for as long as a case may hang */
  readonly send: (request: Pick<AttackRequest, 'method' | 'path' | 'headers' | 'body'>) => Promise<RawAnswer>;
  readonly close: () => void;
}

/** More is not read: the answer is then too large whatever follows. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** One connection, kept alive: each caller has its own. */
export function openHttpClient(origin: string): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { hostname, port } = new URL(origin);
  return {
    send: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const length = method === 'POST' ? { 'content-length': String(body.length) } : {};
        const sent = httpRequest(
          {
            agent,
            hostname: hostname.replace(/^\[|\]$/g, ''),
            port,
            path,
            method,
            headers: { ...headers, ...length },
          },
          (answer) => {
            const chunks: Buffer[] = [];
            let bytes = 0;
            answer.on('data', (chunk: Buffer) => {
              bytes += chunk.length;
              chunks.push(chunk);
              if (bytes > MAX_ANSWER_BYTES)
                sent.destroy(new Error(`an answer above ${MAX_ANSWER_BYTES} bytes`));
            });
            answer.on('error', reject);
            answer.on('end', () => {
              const text = Buffer.concat(chunks).toString('utf8');
              resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, bytes });
            });
          },
        );
        sent.setTimeout(BOUNDS.hangMs, () => sent.destroy(new Error(`no answer within ${BOUNDS.hangMs} ms`)));
        sent.on('error', reject);
        if (method === 'POST') sent.write(body);
        sent.end();
      }),
    close: () => agent.destroy(),
  };
}
