import { AppError } from '../../src/errors.ts';
import { readImageHeader } from '../../src/clip/images/image-header.ts';

const DATA_URI = /^data:/i;
/** Parameters such as a charset may stand before `;base64`. */
const DATA_URI_HEAD = /^data:[^,;]*(?:;[^,;]*)*?;base64,/i;
const MAX_HEAD_CHARACTERS = 256;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * The file in base64 or in a data URI. Checked by its header, so that what is no picture, or too large a one, takes no place in the queue.
 * @param maxPixels width x height at most
 * @throws AppError BAD_IMAGE, IMAGE_TOO_LARGE
 */
export function readPicture(text: string, maxPixels: number): Uint8Array {
  const bytes = decode(text);
  const header = readImageHeader(bytes);
  if (header instanceof AppError) throw header;
  const { width, height } = header;
  if (width * height <= maxPixels) return bytes;
  throw new AppError(
    'IMAGE_TOO_LARGE',
    `Expected at most ${maxPixels} pixels, got ${width} x ${height} = ${width * height}.`,
  );
}

function decode(text: string): Uint8Array {
  const isUri = DATA_URI.test(text);
  const head = isUri ? DATA_URI_HEAD.exec(text.slice(0, MAX_HEAD_CHARACTERS)) : null;
  if (isUri && head === null) {
    throw new AppError('BAD_IMAGE', 'Expected a data URI of the form data:image/...;base64,... .');
  }
  const base64 = text.slice(head?.[0].length ?? 0).replace(/\s+/g, '');
  // Node's own decoder drops what it does not know.
  if (!BASE64.test(base64) || lengthOf(base64) % 4 === 1) {
    throw new AppError(
      'BAD_IMAGE',
      'Expected base64 of a picture, got characters or a length that it does not have.',
    );
  }
  // A copy: small files lie in a pool of Node's, all of which would go to a thread with one of them.
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** Without the padding, of which there are two characters at most here. */
function lengthOf(base64: string): number {
  if (base64.endsWith('==')) return base64.length - 2;
  return base64.endsWith('=') ? base64.length - 1 : base64.length;
}
