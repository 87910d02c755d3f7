import { LIMITS } from '../use-cases/limits.ts';
import { type BadRequest, badRequest } from './bad-request.ts';
import { decodeBody, readContentCoding } from './content-coding.ts';

/** A longer body is not even read to its end. */
const MAX_DISCARDED_BYTES = 4 * LIMITS.bodyBytes;

/**
 * Holds a request's body to LIMITS.bodyBytes, as it is sent and once it is decoded. A body that does not tell its length, and has more,
 * is read to its end and dropped, so that the client gets to read the answer.
 * @returns null where the body may be read as it stands; else what gives it, decoded
 * @throws BadRequest of status 413 or 415; and so does what is returned, 400 for one that cannot be decoded
 */
export function limitBody(request: Request): (() => Promise<Blob>) | null {
  const { headers } = request;
  const declared = headers.get('content-length');
  if (declared !== null && Number(declared) > LIMITS.bodyBytes) throw tooLarge('');
  const named = headers.get('content-encoding');
  // The platform holds a body to the length it has told. Asking for `body` would make a stream of it.
  if (declared !== null && named === null) return null;
  const { body } = request;
  if (body === null) return null;
  const coding = readContentCoding(named);
  if (coding === null && declared !== null) return null;
  return async () => {
    const sent = await readSent(body);
    return coding === null ? sent : await decodeSent(sent, coding);
  };
}

async function decodeSent(sent: Blob, coding: CompressionFormat): Promise<Blob> {
  const decoded = await decodeBody(new Uint8Array(await sent.arrayBuffer()), coding, LIMITS.bodyBytes);
  if (decoded === null) throw tooLarge(' once decoded');
  return decoded;
}

async function readSent(body: ReadableStream<Uint8Array>): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = body.getReader();
  while (length <= MAX_DISCARDED_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length <= LIMITS.bodyBytes) chunks.push(new Uint8Array(value));
    else chunks.length = 0;
  }
  if (length <= LIMITS.bodyBytes) return new Blob(chunks);
  await reader.cancel();
  throw tooLarge('');
}

function tooLarge(when: string): BadRequest {
  return badRequest(`Expected a request body of at most ${LIMITS.bodyBytes} bytes${when}, got more.`, {
    status: 413,
    code: 'LIMIT_EXCEEDED',
  });
}
