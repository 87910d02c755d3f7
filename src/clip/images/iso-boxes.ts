/** A box of the ISO base media file format, which AVIF and HEIC share with MP4. */
export interface IsoBox {
  readonly kind: string;
  /** Cut short where the file ends early. */
  readonly body: Uint8Array;
}

const HEADER_BYTES = 8;
const LONG_HEADER_BYTES = 16;

/** The boxes side by side in `bytes`, one at a time. Source: ISO/IEC 14496-12, section 4.2. */
export function* readIsoBoxes(bytes: Uint8Array): Generator<IsoBox, undefined> {
  const view = viewOf(bytes);
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const short = view.getUint32(at);
    const kind = readAscii(bytes, at + 4, at + 8);
    const isLong = short === 1 && at + LONG_HEADER_BYTES <= bytes.length;
    const header = isLong ? LONG_HEADER_BYTES : HEADER_BYTES;
    const size = isLong ? Number(view.getBigUint64(at + 8)) : short;
    // Size 0: up to the end of the file.
    const end = size === 0 ? bytes.length : at + size;
    if (end < at + header) return;
    yield { kind, body: bytes.subarray(at + header, end) };
    at = end;
  }
}

/** The body of the first box of a kind, or null. */
export function findIsoBox(bytes: Uint8Array, kind: string): Uint8Array | null {
  for (const box of readIsoBoxes(bytes)) if (box.kind === kind) return box.body;
  return null;
}

/** The brands of a file's type box, the major one first; none where the file does not begin with one. */
export function readIsoBrands(bytes: Uint8Array): string[] {
  const type = readIsoBoxes(bytes).next().value;
  if (type?.kind !== 'ftyp') return [];
  const brands: string[] = [];
  for (let at = 0; at + 4 <= type.body.length; at += 4) {
    // Behind the major brand stands a version.
    if (at !== 4) brands.push(readAscii(type.body, at, at + 4));
  }
  return brands;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function readAscii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
