import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LIMITS } from '../limits.ts';

/** A longer body is not even read to its end. */
const MAX_DISCARDED_BYTES = 4 * LIMITS.bodyBytes;

/**
 * Limits the request's body, before it is parsed, to LIMITS.bodyBytes. In place of yoga's own limit, which breaks off the
 * stream of a body that does not tell its length: here such a body is read to its end and dropped, so that the client
 * gets to read the answer. Registered after every plugin that sets a parser.
 */
export const bodyLimitPlugin: Plugin = {
  onRequestParse({ request, requestParser, setRequestParser }) {
    const declared = request.headers.get('content-length');
    if (declared !== null && Number(declared) > LIMITS.bodyBytes) throw tooLarge();
    // The platform holds a body to the length it has told.
    if (declared !== null || !requestParser || !request.body) return;
    const body: ReadableStream<Uint8Array> = request.body;
    setRequestParser(async () => requestParser(new Request(request, { body: await readBody(body) })));
  },
};

async function readBody(body: ReadableStream<Uint8Array>): Promise<Blob> {
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
  throw tooLarge();
}

function tooLarge(): GraphQLError {
  return new GraphQLError(`Expected a request body of at most ${LIMITS.bodyBytes} bytes, got more.`, {
    extensions: { code: 'LIMIT_EXCEEDED', retryable: false, http: { status: 413 } },
  });
}
