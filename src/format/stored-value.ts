import { AppError } from '../errors.ts';
import { crc32 } from './crc32.ts';

// The table is in docs/kv-layout.md. A header is text, so that `wrangler kv key get` shows a person what a value is:
//   alignql/1 <length of the payload> <CRC-32> <label>\n
// Both numbers are eight lower-case hexadecimal digits; the CRC-32 is over label, line feed and payload.
const MAGIC = 'alignql/1 ';
const DIGITS = 8;
const NUMBERS = /^([0-9a-f]{8}) ([0-9a-f]{8}) $/;
const NUMBERS_LENGTH = 2 * (DIGITS + 1);

/** A value of more bytes than the header's digits can tell; KV takes 25 MiB. */
const MAX_PAYLOAD_BYTES = 0xffff_ffff;

/** Bytes that a sealed value has besides its payload. */
export function sealBytes(label: string): number {
  return MAGIC.length + NUMBERS_LENGTH + utf8(label).length + 1;
}

/**
 * A value that says what it is: the label and a checksum over both go in front of the payload. Under the label of another place,
 * cut, or with any byte changed it does not open.
 * @param label what the value is, no line feed in it: of values in KV their key, which tells kind, name or hash, and part
 * O(payload), one copy
 */
export function sealValue(label: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  if (payload.length > MAX_PAYLOAD_BYTES) throw new RangeError(`cannot seal ${payload.length} bytes`);
  const labelLine = utf8(`${label}\n`);
  const checksum = crc32(payload, crc32(labelLine));
  const numbers = utf8(`${MAGIC}${hex(payload.length)} ${hex(checksum)} `);
  const bytes = new Uint8Array(numbers.length + labelLine.length + payload.length);
  bytes.set(numbers);
  bytes.set(labelLine, numbers.length);
  bytes.set(payload, numbers.length + labelLine.length);
  return bytes;
}

/**
 * The payload of a sealed value, a view into `bytes`.
 * @throws AppError STORAGE_FAILED for damaged, cut or foreign bytes, and for a value of another label, naming both
 */
export function openValue<Buffer extends ArrayBufferLike>(
  bytes: Uint8Array<Buffer>,
  label: string,
): Uint8Array<Buffer> {
  const { length, checksum, start, headerBytes } = readHeader(bytes, label);
  const payload = bytes.subarray(headerBytes);
  checkEnd(label, { length, checksum }, { length: payload.length, checksum: crc32(payload, start) });
  return payload;
}

/**
 * `openValue` of a value that comes in parts and is not kept: the payload as it comes. A part is only valid until the next is asked for.
 * @throws AppError STORAGE_FAILED as `openValue`; what was handed on before is then worth nothing. More than the length in the header is
 *   never handed on
 */
export async function* openParts(
  parts: AsyncIterable<Uint8Array>,
  label: string,
): AsyncGenerator<Uint8Array> {
  let header: Header | null = null;
  let length = 0;
  let checksum = 0;
  const rest = afterHead(parts, sealBytes(label), (head) => {
    header = readHeader(head, label);
    checksum = header.start;
  });
  for await (const part of rest) {
    const expected: Header = header ?? readHeader(new Uint8Array(0), label);
    length += part.length;
    if (length > expected.length) throw corruptValue(label, `more than ${expected.length} bytes`);
    checksum = crc32(part, checksum);
    yield part;
  }
  checkEnd(label, header ?? readHeader(new Uint8Array(0), label), { length, checksum });
}

/**
 * Takes the first bytes off what comes in parts, wherever they are cut.
 * @param onHead told of them once, before any part is handed on; of fewer when there are no more
 */
export async function* afterHead(
  parts: AsyncIterable<Uint8Array>,
  headBytes: number,
  onHead: (head: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const head = new Uint8Array(headBytes);
  let have = 0;
  for await (const part of parts) {
    const taken = Math.min(headBytes - have, part.length);
    if (taken > 0) {
      head.set(part.subarray(0, taken), have);
      have += taken;
      if (have === headBytes) onHead(head);
    }
    if (taken < part.length) yield part.subarray(taken);
  }
  if (have < headBytes) onHead(head.subarray(0, have));
}

/** A value that is JSON. @param value as JSON.stringify takes it */
export function sealJson(label: string, value: unknown): Uint8Array<ArrayBuffer> {
  return sealValue(label, utf8(JSON.stringify(value)));
}

/** @throws AppError STORAGE_FAILED as `openValue`, and when the payload is no JSON */
export function openJson(bytes: Uint8Array, label: string): unknown {
  const payload = openValue(bytes, label);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload));
  } catch (cause) {
    throw corruptValue(label, 'no JSON', { cause });
  }
}

/** @param label of the value */
export function corruptValue(label: string, detail: string, options?: ErrorOptions): AppError {
  return new AppError('STORAGE_FAILED', `Corrupt stored value ${label}: ${detail}`, options);
}

interface Header {
  /** Of the payload. */
  readonly length: number;
  readonly checksum: number;
  /** Checksum of the label, which that of the payload goes on from. */
  readonly start: number;
  readonly headerBytes: number;
}

function readHeader(bytes: Uint8Array, label: string): Header {
  const headerBytes = sealBytes(label);
  const text = latin1(bytes.subarray(0, headerBytes + MAX_SHOWN_LABEL));
  if (!text.startsWith(MAGIC)) throw corruptValue(label, 'it does not begin as stored values do');
  const numbers = NUMBERS.exec(text.slice(MAGIC.length, MAGIC.length + NUMBERS_LENGTH));
  if (numbers === null) throw corruptValue(label, 'a header without length and checksum');
  const labelLine = utf8(`${label}\n`);
  const labelStart = MAGIC.length + NUMBERS_LENGTH;
  if (!labelLine.every((byte, i) => bytes[labelStart + i] === byte)) {
    throw corruptValue(label, `it says that it is ${shownLabel(text.slice(labelStart))}`);
  }
  return {
    length: parseInt(numbers[1], 16),
    checksum: parseInt(numbers[2], 16),
    start: crc32(labelLine),
    headerBytes,
  };
}

function checkEnd(
  label: string,
  expected: { readonly length: number; readonly checksum: number },
  actual: { readonly length: number; readonly checksum: number },
): void {
  if (actual.length !== expected.length) {
    throw corruptValue(label, `${actual.length} bytes, expected ${expected.length}`);
  }
  if (actual.checksum !== expected.checksum) {
    throw corruptValue(label, `checksum ${hex(actual.checksum)}, expected ${hex(expected.checksum)}`);
  }
}

const MAX_SHOWN_LABEL = 128;

/** Whatever the bytes are, a line of a log stays one: JSON's quotes hide line feeds and control characters. */
function shownLabel(text: string): string {
  return JSON.stringify(text.split('\n', 1)[0].slice(0, MAX_SHOWN_LABEL));
}

function hex(value: number): string {
  return value.toString(16).padStart(DIGITS, '0');
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
