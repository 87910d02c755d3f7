import { toBase64 } from '../base64.ts';
import { sniffFormat } from '../images/image-header.ts';

/** The media type of a picture by its first bytes; `application/octet-stream` where they are of no known kind. */
export function mediaTypeOf(bytes: Uint8Array): string {
  const format = sniffFormat(bytes);
  return format === null ? 'application/octet-stream' : `image/${format}`;
}

/** A picture as `data:image/png;base64,...`. */
export function toDataUri(bytes: Uint8Array): string {
  return `data:${mediaTypeOf(bytes)};base64,${toBase64(bytes)}`;
}
