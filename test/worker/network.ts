import { readFileSync } from 'node:fs';
import { Response, type Request } from 'miniflare';
import { type ContractServer, startContractServer } from '../clip/http/contract-server.ts';

/** The keys that a team of Cloudflare Access shows, by host, and how often they were fetched. */
const teams = new Map<string, { keys: string; fetched: number }>();

/**
 * The network beyond the Worker under test: one host with one picture, behind a redirect too, an encoder that speaks as Infinity does,
 * and teams of Cloudflare Access whose keys the tests put there. Nothing else exists, so that no test reaches a real network. Runs in Node.
 */
export async function outboundNetwork(request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (url.host.endsWith('.cloudflareaccess.com')) return team(request, url);
  if (url.host === 'encoder.example.com') return encoder(request, url);
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

/** PUT of the keys, and GET as the platform has it; `/fetched` tells how often. */
async function team(request: Request, { host, pathname }: URL): Promise<Response> {
  if (request.method === 'PUT') {
    teams.set(host, { keys: await request.text(), fetched: teams.get(host)?.fetched ?? 0 });
    return new Response(null, { status: 204 });
  }
  const found = teams.get(host);
  if (found === undefined) return new Response('no such team', { status: 404 });
  if (pathname === '/fetched') return new Response(String(found.fetched));
  found.fetched++;
  return new Response(found.keys, { headers: { 'content-type': 'application/json' } });
}

let infinity: Promise<ContractServer> | undefined;

/** A contract server, and `GET /calls`: what it was asked since the last time. */
async function encoder(request: Request, { pathname }: URL): Promise<Response> {
  infinity ??= startContractServer('infinity');
  const server = await infinity;
  if (pathname === '/calls') return Response.json(server.calls.splice(0));
  const { 'content-type': type = '', authorization = '' } = Object.fromEntries(request.headers);
  const answer = await fetch(`${server.url}${pathname}`, {
    method: request.method,
    headers: { 'content-type': type, authorization },
    ...(request.method === 'POST' ? { body: Buffer.from(await request.arrayBuffer()) } : {}),
  });
  const headers = { 'content-type': answer.headers.get('content-type') ?? '' };
  return new Response(await answer.text(), { status: answer.status, headers });
}
