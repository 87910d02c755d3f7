/** Media types by path: what describes the API, built beside the page. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  openapi: 'application/json; charset=utf-8',
  sdl: 'text/plain; charset=utf-8',
};

/**
 * GET of /openapi.json and /schema.graphql.
 * @param isShown false where the operator has switched introspection off: 404 then
 */
export async function answerDescription(
  request: Request,
  route: 'openapi' | 'sdl',
  assets: Pick<Fetcher, 'fetch'>,
  isShown: boolean,
): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response('Expected GET or HEAD.\n', { status: 405, headers: { allow: 'GET, HEAD' } });
  }
  if (!isShown) return new Response('The description of this API is switched off.\n', { status: 404 });
  const asset = await assets.fetch(request);
  const response = new Response(asset.body, asset);
  response.headers.set('access-control-allow-origin', '*');
  if (asset.ok) response.headers.set('content-type', MEDIA_TYPES[route]);
  return response;
}
