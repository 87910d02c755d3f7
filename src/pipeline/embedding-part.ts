import type { SkippedPair } from './input-index.ts';

/** What became of a part: its pairs in order, a row of both matrices each, and those that were left out. */
export interface EmbeddingPart {
  readonly rows: readonly { readonly where: string; readonly image: string; readonly caption: string }[];
  readonly skipped: readonly SkippedPair[];
  /** Row-major, shape [rows, dim]. */
  readonly images: Float32Array;
  readonly texts: Float32Array;
}

const LENGTH_BYTES = 4;

/** The length of a JSON header, the header, padding to four bytes, both matrices, little-endian. */
export function encodePart({ rows, skipped, images, texts }: EmbeddingPart): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(JSON.stringify({ version: 1, rows, skipped }));
  const start = aligned(LENGTH_BYTES + header.length);
  const bytes = new Uint8Array(start + images.byteLength + texts.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.length, true);
  bytes.set(header, LENGTH_BYTES);
  [...images, ...texts].forEach((value, i) => view.setFloat32(start + 4 * i, value, true));
  return bytes;
}

/** @throws Error when the bytes are no part of `dim` numbers a row */
export function decodePart(bytes: Uint8Array<ArrayBuffer>, dim: number): EmbeddingPart {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const start = aligned(LENGTH_BYTES + length);
  const text = new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  const { rows, skipped } = JSON.parse(text) as Pick<EmbeddingPart, 'rows' | 'skipped'>;
  const count = rows.length * dim;
  if (bytes.length !== start + 8 * count) {
    throw new Error(
      `expected a part of ${start + 8 * count} bytes for ${rows.length} pairs, got ${bytes.length}`,
    );
  }
  const matrix = (from: number): Float32Array => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = view.getFloat32(from + 4 * i, true);
    return values;
  };
  return { rows, skipped, images: matrix(start), texts: matrix(start + 4 * count) };
}

function aligned(length: number): number {
  return Math.ceil(length / 4) * 4;
}
