/**
 * Narrows what any page may read to the pages of these origins. Routes answer as if every origin might; here the others lose the
 * header that lets a browser hand the answer to its page. Credentials are never allowed: no cookie opens anything here.
 * @param origins null: all
 */
export function restrictOrigins(
  request: Request,
  headers: Headers,
  origins: ReadonlySet<string> | null,
): void {
  if (origins === null) return;
  headers.append('vary', 'Origin');
  const origin = request.headers.get('origin');
  if (origin !== null && origins.has(origin)) headers.set('access-control-allow-origin', origin);
  else headers.delete('access-control-allow-origin');
}
