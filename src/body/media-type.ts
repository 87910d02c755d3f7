import { quote } from '../errors.ts';
import { badRequest } from './bad-request.ts';

/**
 * The media type of a body, in lower case and without its attributes.
 * @param expected those that are read
 * @throws BadRequest of status 415 for another one, or a charset that is not read
 */
export function readMediaType(contentType: string | null, expected: readonly string[]): string {
  // A header that was sent twice is joined by a comma; the first one counts.
  const [written, ...attributes] = (contentType ?? '').toLowerCase().split(',')[0].split(';');
  const mediaType = written.trim();
  if (!expected.includes(mediaType)) {
    const list = expected.join(', ');
    const got = contentType === null ? 'none' : quote(contentType);
    throw badRequest(`Expected a Content-Type of ${list}; got ${got}.`, {
      status: 415,
      headers: { 'accept-post': list },
    });
  }
  const charset = attributes
    .map((attribute) => /^\s*charset\s*=\s*"?([^"\s]*)/.exec(attribute)?.[1])
    .find(Boolean);
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii')
    return mediaType;
  throw badRequest(`Expected a body in UTF-8, got the charset ${quote(charset)}.`, { status: 415 });
}
