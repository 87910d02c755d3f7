import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../src/errors.ts';
import type { Share } from './room.ts';

/**
 * Reads a body within its limit and what room there is.
 * @param maxBytes of one body
 * @param share of the request; it holds the body's bytes afterwards
 * @throws AppError LIMIT_EXCEEDED for too long a body, ENCODER_BUSY where all requests together hold too much; the stream's error when
 *   the client went away before its end
 */
export async function readBody(request: IncomingMessage, maxBytes: number, share: Share): Promise<Buffer> {
  assertLength(Number(request.headers['content-length'] ?? 0), maxBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  // What throws here must not close the connection: the client is to hear why.
  const reading = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of reading) {
    length += chunk.length;
    assertLength(length, maxBytes);
    share.hold(length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function assertLength(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new AppError('LIMIT_EXCEEDED', `Expected a body of at most ${maxBytes} bytes, got ${bytes} or more.`);
}

/** A client has so long to send the rest of what is refused; it hears the answer when it has sent all. */
const REST_MS = 10_000;

/**
 * Reads and drops what is left of a body: whoever is still sending would not read an answer, and find the connection closed.
 * @returns whether all of it came
 */
export async function dropRest(request: IncomingMessage): Promise<boolean> {
  if (request.complete) return true;
  const late = AbortSignal.timeout(REST_MS);
  request.resume();
  await Promise.race(
    ['end', 'close', 'error'].map((event) => once(request, event, { signal: late }).catch(() => undefined)),
  );
  return request.complete;
}
