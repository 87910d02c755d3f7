import { inflate } from './inflate.ts';
import { readPngChunks } from './png-chunks.ts';

/** Longest text that is unpacked, as in Pillow. */
const MAX_TEXT_BYTES = 1024 * 1024;

interface PackedText {
  readonly body: Uint8Array;
  readonly compressed: boolean;
}

/**
 * The last text under a keyword in a PNG's tEXt, zTXt and iTXt chunks, a character a byte; null when there is none, or it is damaged.
 * Source: W3C PNG, section 11.3.3.
 */
export async function readPngText(bytes: Uint8Array, keyword: string): Promise<string | null> {
  let found: PackedText | null = null;
  for (const { kind, body } of readPngChunks(bytes)) {
    if (/^([tz]|i)TXt$|^tEXt$/.test(kind) && hasKeyword(body, keyword)) {
      found = unwrap(kind, body.subarray(keyword.length + 1));
    }
  }
  if (found === null) return null;
  const text = found.compressed ? await unpack(found.body) : found.body;
  return text === null ? null : new TextDecoder('latin1').decode(text);
}

function hasKeyword(body: Uint8Array, keyword: string): boolean {
  if (body[keyword.length] !== 0) return false;
  for (let i = 0; i < keyword.length; i++) if (body[i] !== keyword.charCodeAt(i)) return false;
  return true;
}

/** What stands behind the keyword: iTXt has a flag, a method, a language and a translated keyword, zTXt a method. */
function unwrap(kind: string, body: Uint8Array): PackedText {
  if (kind === 'tEXt') return { body, compressed: false };
  if (kind === 'zTXt') return { body: body.subarray(1), compressed: true };
  const language = body.indexOf(0, 2);
  const translated = language < 0 ? -1 : body.indexOf(0, language + 1);
  return {
    body: translated < 0 ? new Uint8Array(0) : body.subarray(translated + 1),
    compressed: body[0] === 1,
  };
}

/** A zlib stream unpacked, or null where it is damaged or longer than MAX_TEXT_BYTES. */
async function unpack(body: Uint8Array): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of inflate([body], MAX_TEXT_BYTES)) pieces.push(piece);
  } catch {
    // Damaged text is no text; the picture is read all the same.
    return null;
  }
  const text = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    text.set(piece, at);
    at += piece.length;
  }
  return text;
}
