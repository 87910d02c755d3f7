/** Where the bytes of one member of a tar lie. */
export interface TarMember {
  /** Where the archive's bytes are no UTF-8, those are written as \\xE9. */
  readonly name: string;
  readonly isNameText: boolean;
  readonly offset: number;
  readonly size: number;
  /** The bytes themselves, of members that were asked for while reading. */
  readonly content: Uint8Array | null;
}

const BLOCK_BYTES = 512;
/** Of zeros, that end an archive. */
const END_BLOCKS = 2;
const END_OF_DATA = 'Unexpected end of data';
const CHECKSUM = { offset: 148, bytes: 8 } as const;
/** More than any caption or metadata of one picture. */
const MAX_CONTENT_BYTES = 16 * 1024 * 1024;
/** Of a pax header or a long name of GNU: names of megabytes are no names. */
const MAX_HEADER_BYTES = 4 * 1024 * 1024;
/** Of POSIX, of GNU, and none: Unix V7. */
const MAGICS = ['ustar\0', 'ustar ', '\0'.repeat(6)];

/** What no writer that has ended leaves out: GNU tar, bsdtar, tarfile (webdataset, img2dataset), Go, tar-stream. */
const NO_END =
  'it is cut off, or its writer was never closed: no block of zeros ends it. Bring it anew; where it is whole all the same, `truncate -s +1024` ends it';

/** What precedes a member's own header and changes it. */
interface Extensions {
  readonly pax: ReadonlyMap<string, string>;
  readonly gnuPath: Uint8Array | null;
}

/**
 * The plain files of a tar in its order, in one pass: ustar, GNU's long names, pax headers. Memory for one chunk and one content.
 * An archive ends with two blocks of zeros (some writers make one); another may follow it, as `cat a.tar b.tar` makes them, and what
 * else follows is not looked at: to POSIX it is undefined.
 * @param chunks the archive's bytes, not gzipped
 * @param wantsContent members whose bytes are kept, up to 16 MiB
 * @throws Error for what is no tar, or is cut off, be it between two members
 * Source: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Header Block"
 */
export async function* tarMembers(
  chunks: AsyncIterable<Uint8Array>,
  wantsContent: (name: string) => boolean,
): AsyncGenerator<TarMember> {
  const input = new ByteReader(chunks);
  const global = new Map<string, string>();
  let pax = new Map<string, string>();
  let gnuPath: Uint8Array | null = null;
  let zeroBlocks = 0;
  for (let block; (block = await input.read(BLOCK_BYTES)).length > 0;) {
    if (block.length === BLOCK_BYTES && isZero(block)) {
      zeroBlocks++;
      continue;
    }
    const problem = headerProblem(block);
    if (problem !== null) {
      if (zeroBlocks < END_BLOCKS) throw new Error(problem);
      await input.drain();
      return;
    }
    zeroBlocks = 0;
    const type = block[156] === 0 ? '0' : String.fromCharCode(block[156]);
    const declared = readNumber(block, 124, 12);
    if ('LNKxg'.includes(type)) {
      const body = await readExtension(input, declared);
      if (type === 'x') pax = decodePax(body);
      else if (type === 'g') for (const [key, value] of decodePax(body)) global.set(key, value);
      else if (type !== 'K') gnuPath = untilZero(body);
      continue;
    }
    const extensions: Extensions = { pax: new Map([...global, ...pax]), gnuPath };
    pax = new Map();
    gnuPath = null;
    const { name, isNameText } = nameOf(block, extensions);
    const isFolder = type === '5' || (type === '0' && name.endsWith('/'));
    // It has no bytes, but may have a size (POSIX: the room that it allots).
    if (isFolder) continue;
    const size = Number.parseInt(extensions.pax.get('size') ?? String(declared), 10);
    if (!(size >= 0)) throw new Error('Invalid header');
    const offset = input.position;
    const isFile = type === '0' || type === '7';
    const keeps = isFile && size <= MAX_CONTENT_BYTES && wantsContent(name);
    const content = keeps ? await input.take(size) : null;
    if (!keeps) await input.skip(size);
    await input.skip(padding(size));
    if (isFile) yield { name, isNameText, offset, size, content };
  }
  if (input.position === 0) throw new Error('it has no bytes: a tar without members has two blocks of zeros');
  if (zeroBlocks === 0) throw new Error(NO_END);
}

async function readExtension(input: ByteReader, size: number): Promise<Uint8Array> {
  if (!(size >= 0 && size <= MAX_HEADER_BYTES)) throw new Error('Header exceeds max size');
  const body = await input.take(size);
  await input.skip(padding(size));
  return body;
}

function padding(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Why a block is no header: it is cut off, the sum of its bytes is not the one that it tells, or its format no known one. Else null. */
function headerProblem(block: Uint8Array): string | null {
  if (block.length < BLOCK_BYTES) return END_OF_DATA;
  let sum = 0;
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const isChecksum = i >= CHECKSUM.offset && i < CHECKSUM.offset + CHECKSUM.bytes;
    sum += isChecksum ? 0x20 : block[i];
  }
  if (sum !== readNumber(block, CHECKSUM.offset, CHECKSUM.bytes)) {
    return 'Invalid tar header. Maybe the tar is corrupted or it needs to be gunzipped?';
  }
  if (!MAGICS.includes(latin1(block.subarray(257, 263)))) return 'Invalid tar header: unknown format.';
  return null;
}

/** Octal digits; or, with the top bit set, a big-endian number (GNU). */
function readNumber(block: Uint8Array, offset: number, length: number): number {
  const field = block.subarray(offset, offset + length);
  if ((field[0] & 0x80) === 0) {
    const digits = latin1(field).replace(/^[ \0]+/, '');
    return digits === '' ? 0 : Number.parseInt(digits, 8);
  }
  if (field[0] !== 0x80) return -1;
  return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
}

function nameOf(block: Uint8Array, { pax, gnuPath }: Extensions): Pick<TarMember, 'name' | 'isNameText'> {
  // UTF-8 by definition.
  const path = pax.get('path');
  if (path !== undefined) return { name: path, isNameText: !path.includes('\uFFFD') };
  const name = untilZero(block.subarray(0, 100));
  const isUstar = latin1(block.subarray(257, 263)) === MAGICS[0];
  const prefix = isUstar ? untilZero(block.subarray(345, 500)) : new Uint8Array();
  const bytes = gnuPath ?? (prefix.length === 0 ? name : Uint8Array.of(...prefix, 0x2f, ...name));
  const text = utf8(bytes);
  if (text !== null) return { name: text, isNameText: true };
  const escape = (char: string): string => `\\x${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return { name: latin1(bytes).replace(/[\u0080-\u00ff]/g, escape), isNameText: false };
}

/** Records "LENGTH KEY=VALUE\n", the length that of the whole record in bytes. */
function decodePax(body: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  const decoder = new TextDecoder();
  for (let start = 0; start < body.length;) {
    const space = body.indexOf(0x20, start);
    const length = space < 0 ? 0 : Number.parseInt(latin1(body.subarray(start, space)), 10);
    if (!(length > 0)) break;
    const record = decoder.decode(body.subarray(space + 1, start + length - 1));
    const equals = record.indexOf('=');
    if (equals < 0) break;
    records.set(record.slice(0, equals), record.slice(equals + 1));
    start += length;
  }
  return records;
}

function untilZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** A character a byte. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The text of UTF-8; null for other bytes. */
export function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return null;
  }
}

/** Bytes by count, from chunks of any length. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk = new Uint8Array();
  /** Where in all of the bytes the next one is. */
  position = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** So many bytes; at the end as many as there are. */
  async read(count: number): Promise<Uint8Array> {
    if (this.#chunk.length >= count) return this.#shift(count);
    const taken = new Uint8Array(count);
    let filled = 0;
    while (filled < count && (this.#chunk.length > 0 || (await this.#next()))) {
      const part = this.#shift(Math.min(count - filled, this.#chunk.length));
      taken.set(part, filled);
      filled += part.length;
    }
    return taken.subarray(0, filled);
  }

  /** Takes all that is left and looks at nothing of it. */
  async drain(): Promise<void> {
    do this.#shift(this.#chunk.length);
    while (await this.#next());
  }

  /** @throws Error when there are fewer */
  async take(count: number): Promise<Uint8Array> {
    const taken = await this.read(count);
    if (taken.length < count) throw new Error(END_OF_DATA);
    return taken;
  }

  /** @throws Error when there are fewer */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      if (this.#chunk.length === 0) await this.#require();
      left -= this.#shift(Math.min(left, this.#chunk.length)).length;
    }
  }

  #shift(count: number): Uint8Array {
    const part = this.#chunk.subarray(0, count);
    this.#chunk = this.#chunk.subarray(count);
    this.position += count;
    return part;
  }

  async #require(): Promise<void> {
    if (!(await this.#next())) throw new Error(END_OF_DATA);
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    this.#chunk = value as Uint8Array<ArrayBuffer>;
    return true;
  }
}
