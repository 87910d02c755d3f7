import { readFileSync } from 'node:fs';
import { Response, type Request } from 'miniflare';

/**
 * The network beyond the Worker under test: one host with one picture, behind a redirect too. Nothing else exists, so that
 * no test reaches a real network. Runs in Node.
 */
export function outboundNetwork(request: Request): Response {
  const url = new URL(request.url);
  if (url.host !== 'pictures.example.com') return new Response('no such host', { status: 530 });
  switch (url.pathname) {
    case '/moved.webp':
      return new Response(null, { status: 301, headers: { location: '/badger.webp' } });
    case '/badger.webp': {
      const bytes = readFileSync('models/sample/images/a-badger.webp');
      return new Response(bytes, { headers: { 'content-type': 'image/webp' } });
    }
    default:
      return new Response('not found', { status: 404 });
  }
}
