import { crc32 } from '../../format/crc32.ts';
import { inflate } from './inflate.ts';

export interface PngChunk {
  readonly kind: string;
  /** Cut short where the file ends early. */
  readonly body: Uint8Array;
  /** Whether the check sum is there and does not fit: O(body). */
  readonly isDamaged: () => boolean;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const CHUNK_HEADER_BYTES = 8;
const CHECK_SUM_BYTES = 4;

/** The chunks of a PNG in order, one at a time, up to IEND or the end of the file. */
export function* readPngChunks(bytes: Uint8Array): Generator<PngChunk, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE.length; at + CHUNK_HEADER_BYTES <= bytes.length;) {
    const from = at + CHUNK_HEADER_BYTES;
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, from));
    const body = bytes.subarray(from, from + length);
    const end = from + length;
    const isDamaged = (): boolean =>
      end + CHECK_SUM_BYTES <= bytes.length && view.getUint32(end) !== crc32(bytes.subarray(at + 4, end));
    yield { kind, body, isDamaged };
    if (kind === 'IEND') return;
    at = end + CHECK_SUM_BYTES;
  }
}

/** Width and height in pixels, or null where the first chunk is no whole header. */
export function readPngSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | null {
  const header = readPngChunks(bytes).next().value;
  if (header?.kind !== 'IHDR' || header.body.length < 13) return null;
  const view = new DataView(header.body.buffer, header.body.byteOffset);
  return { width: view.getUint32(0), height: view.getUint32(4) };
}

/**
 * A PNG without what makes no pixels: of an APNG its default image, and of a file whose profile or end is damaged the picture that
 * Pillow and browsers still read. The data becomes one chunk; check sums are left zero, since the decoder that reads this looks at
 * none.
 * O(bytes), allocates the new file. Source: W3C PNG, section 5.3, "Chunk layout".
 * @throws Error where check sums say that what makes the pixels is damaged. A data chunk's own may be wrong, as Pillow has it, where the
 *   sum over the whole stream fits
 */
export async function defaultImageFile(bytes: Uint8Array): Promise<Uint8Array> {
  const heads: PngChunk[] = [];
  const data: Uint8Array[] = [];
  let suspicious = false;
  for (const chunk of readPngChunks(bytes)) {
    if (chunk.kind === 'IDAT') {
      data.push(chunk.body);
      suspicious ||= chunk.isDamaged();
    } else if (data.length === 0 && isNeeded(chunk.kind, heads)) {
      if (chunk.isDamaged()) throw new Error(`the check sum of ${chunk.kind} does not fit`);
      heads.push(chunk);
    }
  }
  if (suspicious) await checkStream(data, readPngSize(bytes));
  return writePng(heads, data);
}

/** Eight bytes are the most that a pixel has; a row has one more. */
async function checkStream(data: readonly Uint8Array[], size: ReturnType<typeof readPngSize>): Promise<void> {
  const { width, height } = size ?? { width: 0, height: 0 };
  // Twice as much: what stands behind the last row is not looked at by decoders.
  const pieces = inflate(data, 2 * height * (8 * width + 1));
  // Unpacked for its check sum alone.
  while ((await pieces.next()).done !== true);
}

function isNeeded(kind: string, heads: readonly PngChunk[]): boolean {
  // The first header alone counts: it is what limits are checked against.
  return /^(IHDR|PLTE|tRNS)$/.test(kind) && !heads.some((head) => head.kind === kind);
}

/** Behind the data: its Adler-32, which the decoder does not verify, where the file lacks it, and else padding. */
const STREAM_END = new Uint8Array(4);

function writePng(heads: readonly PngChunk[], data: readonly Uint8Array[]): Uint8Array {
  const idat = [...data, STREAM_END];
  const chunks = [
    ...heads.map(({ kind, body }) => ({ kind, parts: [body] })),
    { kind: 'IDAT', parts: idat },
    { kind: 'IEND', parts: [] },
  ];
  const lengths = chunks.map(({ parts }) => parts.reduce((sum, { length }) => sum + length, 0));
  const overhead = chunks.length * (CHUNK_HEADER_BYTES + CHECK_SUM_BYTES);
  const file = new Uint8Array(lengths.reduce((sum, length) => sum + length, SIGNATURE.length + overhead));
  const view = new DataView(file.buffer);
  file.set(SIGNATURE);
  let at = SIGNATURE.length;
  chunks.forEach(({ kind, parts }, i) => {
    view.setUint32(at, lengths[i]);
    for (let letter = 0; letter < 4; letter++) file[at + 4 + letter] = kind.charCodeAt(letter);
    at += CHUNK_HEADER_BYTES;
    for (const part of parts) {
      file.set(part, at);
      at += part.length;
    }
    at += CHECK_SUM_BYTES;
  });
  return file;
}
