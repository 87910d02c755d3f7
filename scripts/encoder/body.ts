import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../src/errors.ts';

/** Memory for the bodies of all requests together. */
export interface BodyRoom {
  used: number;
  readonly most: number;
}

/** What a request takes of the room; to be given back when it is answered. */
export interface HeldBody {
  readonly bytes: Buffer;
  readonly release: () => void;
}

/**
 * Reads a body within its limit and what room there is.
 * @param maxBytes of one body
 * @throws AppError LIMIT_EXCEEDED for too long a body, ENCODER_BUSY where all requests together hold too much; the stream's error when
 *   the client went away before its end
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  room: BodyRoom,
): Promise<HeldBody> {
  let held = 0;
  const release = (): void => {
    room.used -= held;
    held = 0;
  };
  try {
    assertLength(Number(request.headers['content-length'] ?? 0), maxBytes);
    const chunks: Buffer[] = [];
    // What throws here must not close the connection: the client is to hear why.
    const reading = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    for await (const chunk of reading) {
      assertLength(held + chunk.length, maxBytes);
      if (room.used + chunk.length > room.most) throw full();
      held += chunk.length;
      room.used += chunk.length;
      chunks.push(chunk);
    }
    return { bytes: Buffer.concat(chunks), release };
  } catch (error) {
    release();
    throw error;
  }
}

function assertLength(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new AppError('LIMIT_EXCEEDED', `Expected a body of at most ${maxBytes} bytes, got ${bytes} or more.`);
}

function full(): AppError {
  return new AppError('ENCODER_BUSY', 'The encoder holds as many requests as its memory allows.', {
    retryAfterSeconds: 1,
  });
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
