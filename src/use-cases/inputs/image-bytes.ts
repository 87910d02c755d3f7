import { fromBase64 } from '../../clip/base64.ts';
import { readImageHeader } from '../../clip/images/image-header.ts';
import { NETWORK_PASSES, assertPixelPasses } from '../../clip/images/pixel-passes.ts';
import { AppError } from '../../errors.ts';
import { LIMITS, MAX_BASE64_CHARACTERS } from '../limits.ts';

/** How a data URI of an image begins; parameters such as a charset may stand before `;base64`. */
const DATA_URI_HEAD = /^data:([^,;]*)(?:;[^,;]*)*?;base64,/i;

/**
 * The bytes of an image given as base64 or as a data URI.
 * @throws AppError BAD_IMAGE (neither of them), IMAGE_TOO_LARGE
 */
export function decodeImageBase64(text: string): Uint8Array {
  const head = /^data:/i.test(text) ? DATA_URI_HEAD.exec(text.slice(0, 256)) : null;
  if (head === null && /^data:/i.test(text)) {
    throw new AppError('BAD_IMAGE', 'Expected a data URI of the form data:image/...;base64,... .');
  }
  const length = text.length - (head?.[0].length ?? 0);
  // Line breaks, as in MIME, add 2 in 76 characters.
  if (length > MAX_BASE64_CHARACTERS * (78 / 76)) {
    throw new AppError('IMAGE_TOO_LARGE', tooLarge(`about ${Math.floor((length * 3) / 4)}`));
  }
  const bytes = fromBase64(text.slice(head?.[0].length ?? 0));
  if (bytes === null)
    throw new AppError('BAD_IMAGE', 'Expected base64, got characters or a length that it does not have.');
  return bytes;
}

/**
 * The bytes of an uploaded file.
 * @throws AppError IMAGE_TOO_LARGE, before anything is read
 */
export async function readUpload(file: Blob): Promise<Uint8Array> {
  if (file.size > LIMITS.imageBytes) throw new AppError('IMAGE_TOO_LARGE', tooLarge(String(file.size)));
  return new Uint8Array(await file.arrayBuffer());
}

/**
 * Check a file by its headers, before anything is decoded or sent.
 * @param maxPixels width x height at most
 * @returns what it costs, in pixel passes
 * @throws AppError BAD_IMAGE (no known kind of image, no size in its header), IMAGE_TOO_LARGE (bytes, pixels or passes over them)
 */
export function assertImage(bytes: Uint8Array, maxPixels: number): number {
  if (bytes.length > LIMITS.imageBytes) throw new AppError('IMAGE_TOO_LARGE', tooLarge(String(bytes.length)));
  const header = readImageHeader(bytes);
  if (header instanceof AppError) throw header;
  const { width, height } = header;
  if (width * height > maxPixels) {
    throw new AppError(
      'IMAGE_TOO_LARGE',
      `Expected at most ${maxPixels} pixels, got ${width} x ${height} = ${width * height}.`,
    );
  }
  return NETWORK_PASSES + assertPixelPasses(bytes, header, maxPixels);
}

function tooLarge(got: string): string {
  return `Expected at most ${LIMITS.imageBytes} bytes, got ${got}.`;
}
