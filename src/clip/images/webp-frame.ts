import { AppError } from '../../errors.ts';

/** A still WebP file cut from an animation, and where its picture lies on the canvas. Pixels. */
export interface WebpFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly file: Uint8Array;
}

const ANIMATION_FLAG = 0x02;
const ALPHA_FLAG = 0x10;
/** Of the fifth byte: behind the signature come 14 bits of width, 14 of height and this one. */
const VP8L_ALPHA_BIT = 0x10;
const CHUNK_HEADER_BYTES = 8;
const FRAME_HEADER_BYTES = 16;

interface Chunk {
  readonly kind: string;
  readonly body: Uint8Array;
}

/**
 * The first frame of an animated WebP as a still file, since libwebp's plain decoder refuses animations.
 * @returns null when the file is a still already. Source: WebP container specification, "Animation"
 * @throws AppError BAD_IMAGE when an animation holds no frame
 */
export function firstWebpFrame(bytes: Uint8Array): WebpFrame | null {
  const chunks = readChunks(bytes.subarray(12));
  const extended = chunks.next().value;
  if (extended?.kind !== 'VP8X' || (extended.body[0] & ANIMATION_FLAG) === 0) return null;
  const frame = findChunk(chunks, 'ANMF');
  if (frame === null || frame.body.length < FRAME_HEADER_BYTES) {
    throw new AppError(
      'BAD_IMAGE',
      'The WebP animation holds no whole frame: its data is damaged or ends early',
    );
  }
  const width = readUint24(frame.body, 6) + 1;
  const height = readUint24(frame.body, 9) + 1;
  const parts = pictureParts(frame.body.subarray(FRAME_HEADER_BYTES));
  return {
    left: readUint24(frame.body, 0) * 2,
    top: readUint24(frame.body, 3) * 2,
    width,
    height,
    file: writeStill(width, height, parts),
  };
}

/**
 * Whether a still's header says that it has no alpha. A lossless file may store alpha values all the same, which mean nothing then.
 * Source: WebP container specification, "Extended File Format"; WebP lossless bitstream specification, section 3, alpha_is_used
 */
export function isOpaqueWebp(bytes: Uint8Array): boolean {
  const first = readChunks(bytes.subarray(12)).next().value;
  if (first === undefined) return false;
  const { kind, body } = first;
  if (kind === 'VP8X') return (body[0] & ALPHA_FLAG) === 0;
  return kind === 'VP8L' && (body[4] & VP8L_ALPHA_BIT) === 0;
}

/** Whether the header says that there is alpha. */
export function hasWebpAlpha(bytes: Uint8Array): boolean {
  const kind = readChunks(bytes.subarray(12)).next().value?.kind;
  return (kind === 'VP8X' || kind === 'VP8L') && !isOpaqueWebp(bytes);
}

/** The body of the first EXIF chunk; null where there is none. */
export function readWebpExif(bytes: Uint8Array): Uint8Array | null {
  return findChunk(readChunks(bytes.subarray(12)), 'EXIF')?.body ?? null;
}

/** One at a time: a file may consist of a million empty chunks, whose list would take a quarter of a gigabyte. */
function* readChunks(bytes: Uint8Array): Generator<Chunk, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + CHUNK_HEADER_BYTES <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    const from = at + CHUNK_HEADER_BYTES;
    yield {
      kind: String.fromCharCode(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]),
      body: bytes.subarray(from, from + size),
    };
    at = from + size + (size & 1);
  }
}

function findChunk(chunks: Iterable<Chunk>, kind: string): Chunk | null {
  for (const chunk of chunks) if (chunk.kind === kind) return chunk;
  return null;
}

/** What makes a frame's picture: alpha and colours, or both in one. The first of each; further ones have no meaning. */
function pictureParts(body: Uint8Array): Chunk[] {
  const parts = new Map<string, Chunk>();
  for (const chunk of readChunks(body)) {
    if (/^(ALPH|VP8 |VP8L)$/.test(chunk.kind) && !parts.has(chunk.kind)) parts.set(chunk.kind, chunk);
  }
  return [...parts.values()];
}

function writeStill(width: number, height: number, parts: readonly Chunk[]): Uint8Array {
  const header = new Uint8Array(10);
  header[0] = parts.some(({ kind }) => kind === 'ALPH' || kind === 'VP8L') ? ALPHA_FLAG : 0;
  writeUint24(header, 4, width - 1);
  writeUint24(header, 7, height - 1);
  const chunks = [{ kind: 'VP8X', body: header }, ...parts];
  const padded = (length: number): number => length + (length & 1);
  const size = chunks.reduce((sum, { body }) => sum + CHUNK_HEADER_BYTES + padded(body.length), 12);
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  writeAscii(file, 0, 'RIFF');
  view.setUint32(4, size - 8, true);
  writeAscii(file, 8, 'WEBP');
  let at = 12;
  for (const { kind, body } of chunks) {
    writeAscii(file, at, kind);
    view.setUint32(at + 4, body.length, true);
    file.set(body, at + CHUNK_HEADER_BYTES);
    at += CHUNK_HEADER_BYTES + padded(body.length);
  }
  return file;
}

function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

function readUint24(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
}

function writeUint24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value & 255;
  bytes[at + 1] = (value >> 8) & 255;
  bytes[at + 2] = value >> 16;
}
