import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LIMITS } from '../limits.ts';
import { badRequest } from './bad-request.ts';
import { decodeBody, readContentCoding } from './content-coding.ts';

/** A longer body is not even read to its end. */
const MAX_DISCARDED_BYTES = 4 * LIMITS.bodyBytes;

/**
 * Decodes the request's body, and limits it to LIMITS.bodyBytes before and after that, before it is parsed. In place of yoga's own
 * limit, which breaks off the stream of a body that does not tell its length: here such a body is read to its end and dropped, so
 * that the client gets to read the answer. Registered after every plugin that sets a parser.
 */
export const requestBodyPlugin: Plugin = {
  onRequestParse({ request, requestParser, setRequestParser }) {
    if (!requestParser || !request.body) return;
    const declared = request.headers.get('content-length');
    if (declared !== null && Number(declared) > LIMITS.bodyBytes) throw tooLarge('');
    const coding = readContentCoding(request.headers.get('content-encoding'));
    // The platform holds a body to the length it has told.
    if (coding === null && declared !== null) return;
    const body: ReadableStream<Uint8Array> = request.body;
    setRequestParser(async () => {
      const sent = await readSent(body);
      const plain = coding === null ? sent : await decodeSent(sent, coding);
      return requestParser(new Request(request, { body: plain }));
    });
  },
};

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

function tooLarge(when: string): GraphQLError {
  return badRequest(`Expected a request body of at most ${LIMITS.bodyBytes} bytes${when}, got more.`, {
    status: 413,
    code: 'LIMIT_EXCEEDED',
  });
}
