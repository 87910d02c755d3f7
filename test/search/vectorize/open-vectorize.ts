import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { RemoteProxyConnectionString } from 'miniflare';
import { type FakeAccount, answerApi } from './api-face.ts';
import { answerBinding } from './binding-face.ts';
import { FakeIndex, type IndexConfig } from './fake-index.ts';

/** An answer in place of the next one. */
export interface Fault {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface OpenVectorize {
  /** The API, without `/accounts`. */
  readonly url: string;
  readonly account: FakeAccount;
  /** "POST upsert", in order, and "binding query". */
  readonly requests: string[];
  /** Taken from the front, one a request of the API. */
  readonly faults: Fault[];
  /** Told of each request of the API before it is answered. */
  onRequest: ((asked: string) => void) | null;
  create(name: string, config: IndexConfig): FakeIndex;
  /** For Miniflare's `vectorize` option: where a Worker's binding to the index sends its requests. */
  bindingUrl(index: string): RemoteProxyConnectionString;
  close(): Promise<void>;
}

/**
 * Both faces of the stand-in over HTTP: the REST API for commands, and what stands behind the bindings of Workers in workerd. Those reach
 * it as Miniflare reaches the account for a remote binding: the request in headers `mf-header-…`, its address in `mf-url`.
 */
export async function openVectorize({ id = '0'.repeat(32), token = 'a-token' } = {}): Promise<OpenVectorize> {
  const account: FakeAccount = { id, token, indexes: new Map() };
  const requests: string[] = [];
  const faults: Fault[] = [];

  async function answer(request: Request): Promise<Response> {
    const address = request.headers.get('mf-url');
    const { pathname } = new URL(request.url);
    if (address === null) {
      const asked = `${request.method} ${pathname.split('/').slice(7).join('/') || '.'}`;
      requests.push(asked);
      open.onRequest?.(asked);
      const fault = faults.shift();
      if (fault !== undefined)
        return Response.json(fault.body, { status: fault.status, headers: { ...fault.headers } });
      return answerApi(account, request);
    }
    const index = account.indexes.get(decodeURIComponent(pathname.slice('/binding/'.length)));
    if (index === undefined) throw new Error(`a binding to an index that is not there: ${pathname}`);
    requests.push(`binding ${new URL(address).pathname.slice(1)}`);
    const method = request.method;
    return answerBinding(
      index,
      new Request(address, { method, ...(method === 'GET' ? {} : { body: await request.text() }) }),
    );
  }

  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/' } = incoming;
    const headers = new Headers(incoming.headers as Record<string, string>);
    text(incoming)
      .then((body) =>
        answer(
          new Request(`http://vectorize${url}`, { method, headers, ...(method === 'GET' ? {} : { body }) }),
        ),
      )
      .then(
        async (response) => {
          outgoing
            .writeHead(response.status, Object.fromEntries(response.headers))
            .end(await response.text());
        },
        (error: unknown) => outgoing.writeHead(500).end(String(error)),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open: OpenVectorize = {
    url,
    account,
    requests,
    faults,
    onRequest: null,
    create(name, config) {
      const index = new FakeIndex(name, config);
      account.indexes.set(name, index);
      return index;
    },
    bindingUrl: (index) =>
      new URL(`${url}/binding/${encodeURIComponent(index)}`) as RemoteProxyConnectionString,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return open;
}
