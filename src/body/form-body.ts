import { badRequest } from './bad-request.ts';
import { assertNotForged } from './preflight.ts';
import { countOf, tooMany } from './request-structure.ts';

const latin1 = new TextDecoder('latin1');

/**
 * The parts of a multipart/form-data body.
 * @param maxParts parts at most
 * @throws BadRequest where any page could have posted it, for too many parts, for what is no such body
 */
export async function readForm(request: Request, maxParts: number): Promise<FormData> {
  assertNotForged(request, 'multipart/form-data');
  const bytes = await readParts(request, maxParts);
  try {
    return await new Response(bytes, { headers: request.headers }).formData();
  } catch {
    throw badRequest('The body is no multipart/form-data.');
  }
}

/** Every part has one, whatever the boundary is; the bytes of pictures seldom do. A space may stand before its colon. */
const PART_HEADER = 'content-disposition';

/**
 * The body, whose parts are counted while it comes in. Of one that has too many nothing more is kept or looked at: it is only read to
 * its end, so that the client gets to read the answer.
 * @throws BadRequest LIMIT_EXCEEDED
 */
async function readParts({ body }: Request, maxParts: number): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let parts = 0;
  let tail = '';
  if (body === null) return new Blob();
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (parts > maxParts) continue;
    const text = tail + latin1.decode(value).toLowerCase();
    parts += countOf(text, PART_HEADER, maxParts + 1 - parts);
    // What began in this chunk may end in the next; shorter than the header, it holds none that was counted.
    tail = text.slice(1 - PART_HEADER.length);
    if (parts > maxParts) chunks.length = 0;
    else chunks.push(new Uint8Array(value));
  }
  if (parts > maxParts) throw tooMany(maxParts, 'parts');
  return new Blob(chunks);
}
