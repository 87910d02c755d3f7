import { quote } from '../errors.ts';
import { type NpyDtype, READERS, badNpy, isDtype } from './npy-dtypes.ts';

/** What a header says, and where the data begins. */
export interface NpyLayout {
  readonly dtype: NpyDtype;
  /** Bytes of one element. */
  readonly elementBytes: number;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Byte offset of the first element. */
  readonly dataOffset: number;
}

type NpyHeader = Pick<NpyLayout, 'dtype' | 'littleEndian' | 'fortranOrder' | 'shape'>;

/** No header reaches further into a file: enough for `readNpyLayout`, however large the file. */
export const NPY_HEADER_LIMIT = 65_536 + 12;

/** "\x93NUMPY", the first bytes of every file. */
export const NPY_MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MAX_HEADER_BYTES = 65_535;
const MAX_DIMENSIONS = 32;
/**
 * Read the header alone.
 * @param bytes the file, or its first NPY_HEADER_LIMIT bytes
 * @throws AppError BAD_INPUT for other bytes or other dtypes
 */
export function readNpyLayout(bytes: Uint8Array): NpyLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { text, dataOffset } = readHeaderText(bytes, view);
  const header = parseHeader(text);
  return { ...header, elementBytes: READERS[header.dtype].bytes, dataOffset };
}

function readHeaderText(bytes: Uint8Array, view: DataView): { text: string; dataOffset: number } {
  if (bytes.byteLength < NPY_MAGIC.length + 4 || NPY_MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw badNpy(`expected the bytes to begin with "\\x93NUMPY", got ${describeStart(bytes)}`);
  }
  const major = bytes[NPY_MAGIC.length];
  if (major < 1 || major > 3) throw badNpy(`expected format version 1, 2 or 3, got ${major}`);
  const lengthBytes = major === 1 ? 2 : 4;
  const headerOffset = NPY_MAGIC.length + 2 + lengthBytes;
  const available = bytes.byteLength - headerOffset;
  if (available < 0) throw badNpy(`expected at least ${headerOffset} bytes, got ${bytes.byteLength}`);
  const headerBytes =
    major === 1 ? view.getUint16(headerOffset - 2, true) : view.getUint32(headerOffset - 4, true);
  if (headerBytes > MAX_HEADER_BYTES) {
    throw badNpy(`expected a header of at most ${MAX_HEADER_BYTES} bytes, got ${headerBytes}`);
  }
  if (headerBytes > available) throw badNpy(`expected a header of ${headerBytes} bytes, got ${available}`);
  const dataOffset = headerOffset + headerBytes;
  return { text: new TextDecoder().decode(bytes.subarray(headerOffset, dataOffset)), dataOffset };
}

/** The header is a Python dict literal with exactly three keys, in any order. */
function parseHeader(text: string): NpyHeader {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) throw badNpy(`expected a header like {'descr': ...}, got ${quote(text)}`);
  const entry =
    /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*('[^']*'|"[^"]*"|True|False|\([\d\sL,]*\))\s*(?:,\s*|$)/y;
  const fields = new Map<string, string>();
  while (entry.lastIndex < body.length) {
    const at = entry.lastIndex;
    const match = entry.exec(body);
    if (match === null || fields.has(match[2])) {
      throw badNpy(
        `expected the header keys descr (one plain dtype), fortran_order and shape, got ${quote(body.slice(at))}`,
      );
    }
    fields.set(match[2], match[3]);
  }
  const descr = fields.get('descr');
  const order = fields.get('fortran_order');
  const shape = fields.get('shape');
  if (descr === undefined || order === undefined || shape === undefined) {
    throw badNpy(
      `expected the header keys descr, fortran_order and shape, got ${[...fields.keys()].join(', ') || 'none'}`,
    );
  }
  if (order !== 'True' && order !== 'False')
    throw badNpy(`expected fortran_order True or False, got ${quote(order)}`);
  return { ...parseDescr(descr), fortranOrder: order === 'True', shape: parseShape(shape) };
}

function parseDescr(quoted: string): { dtype: NpyDtype; littleEndian: boolean } {
  const match = /^['"]([<>|])([fiub][1248])['"]$/.exec(quoted);
  const name = match?.[2] === 'b1' ? 'bool' : match?.[2];
  if (
    match === null ||
    name === undefined ||
    !isDtype(name) ||
    (match[1] === '|' && READERS[name].bytes > 1)
  ) {
    throw badNpy(
      `expected dtype float16/32/64, int8 to int64, uint8 to uint64 or bool, got ${quote(quoted)}`,
    );
  }
  return { dtype: name, littleEndian: match[1] !== '>' };
}

function parseShape(tuple: string): number[] {
  const inner = tuple.startsWith('(') ? tuple.slice(1, -1).trim() : 'not a tuple';
  // Python 2 wrote long integers as 500L; one dimension is written (500,).
  if (inner !== '' && !/^\d+L?\s*(,\s*\d+L?\s*)*,?$/.test(inner)) {
    throw badNpy(`expected shape as a tuple of whole numbers, got ${quote(tuple)}`);
  }
  const shape = inner
    .split(',')
    .map((part) => part.trim().replace('L', ''))
    .filter((part) => part !== '')
    .map(Number);
  if (shape.length > MAX_DIMENSIONS)
    throw badNpy(`expected at most ${MAX_DIMENSIONS} dimensions, got ${shape.length}`);
  if (!shape.every(Number.isSafeInteger)) throw badNpy(`expected dimensions below 2^53, got ${quote(tuple)}`);
  return shape;
}

function describeStart(bytes: Uint8Array): string {
  if (bytes.byteLength === 0) return 'an empty file';
  return `${bytes.byteLength} bytes beginning ${quote(new TextDecoder().decode(bytes.subarray(0, 8)))}`;
}
