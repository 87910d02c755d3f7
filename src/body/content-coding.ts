import { quote } from '../errors.ts';
import { badRequest } from './bad-request.ts';

/** The content codings that workerd decodes, by their names in HTTP (RFC 9110, 8.4.1). */
const DECODED: Readonly<Record<string, CompressionFormat>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
};
/** What deflate makes 1,032 times as long at most: 17 MB. */
const SLICE_BYTES = 16_384;
const READ_BYTES = 65_536;

/**
 * The coding that a Content-Encoding names; null for a body that is sent as it is.
 * @throws BadRequest of status 415 for one that is not decoded
 */
export function readContentCoding(header: string | null): CompressionFormat | null {
  const name = (header ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return null;
  if (Object.hasOwn(DECODED, name)) return DECODED[name];
  throw badRequest(`Expected a Content-Encoding of gzip or deflate, or none; got ${quote(name)}.`, {
    status: 415,
    // RFC 7694: which codings a request may have.
    headers: { 'accept-encoding': 'gzip, deflate' },
  });
}

/**
 * Decode a body, at most so much of it: kilobytes can stand for gigabytes.
 * @returns null when it is longer than `mostBytes` once decoded; decoding has then stopped, at most 17 MB further on
 * @throws BadRequest of status 400 when the bytes are damaged, end early or go on behind their end
 */
export async function decodeBody(
  coded: Uint8Array<ArrayBuffer>,
  format: CompressionFormat,
  mostBytes: number,
): Promise<Blob | null> {
  try {
    return await decode(coded, format, mostBytes);
  } catch {
    throw badRequest(`The body is not whole ${format}, as its Content-Encoding says.`);
  }
}

/**
 * workerd decodes whatever it is handed at once, into memory of its own, however far the reader has come: so a slice is only
 * written when all that came of the one before has been read.
 */
async function decode(
  coded: Uint8Array<ArrayBuffer>,
  format: CompressionFormat,
  mostBytes: number,
): Promise<Blob | null> {
  const { readable, writable } = new DecompressionStream(format);
  const writer = writable.getWriter();
  const reader = readable.getReader({ mode: 'byob' });
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  let next = readInto(reader, new ArrayBuffer(READ_BYTES));
  /** @returns false once it is too long */
  const takeUntil = async (pause: () => Promise<null>): Promise<boolean> => {
    for (;;) {
      const chunk = await Promise.race([next, pause()]);
      if (chunk === null || chunk.done) return true;
      length += chunk.value.length;
      if (length > mostBytes) {
        await reader.cancel();
        return false;
      }
      chunks.push(chunk.value.slice());
      next = readInto(reader, chunk.value.buffer);
    }
  };
  for (let at = 0; at < coded.length; at += SLICE_BYTES) {
    await writer.write(coded.subarray(at, at + SLICE_BYTES));
    if (!(await takeUntil(untilIdle))) return null;
  }
  await writer.close();
  return (await takeUntil(never)) ? new Blob(chunks) : null;
}

type Chunk = ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;

function readInto(reader: ReadableStreamBYOBReader, memory: ArrayBuffer): Promise<Chunk> {
  const chunk = reader.read(new Uint8Array(memory));
  // It fails together with a write, which is what is awaited then.
  chunk.catch(() => undefined);
  return chunk;
}

/** By then a read that has something to give has given it. */
function untilIdle(): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), 0));
}

function never(): Promise<null> {
  return new Promise(() => undefined);
}
