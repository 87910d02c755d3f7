import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../scripts/cli/user-error.ts';
import { type Front, openFront } from '../../scripts/start/front.ts';
import { findFreePort } from '../../scripts/start/free-port.ts';

const HOST = '127.0.0.1';

interface Inner {
  readonly port: number;
  /** Requests that have come whole, and not ended. */
  readonly open: Set<Socket>;
  readonly bodies: Buffer[];
  readonly headers: IncomingMessage['headers'][];
}

type Answer = (response: ServerResponse, count: number) => void;

describe('the front of the local server', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** What stands behind; `answer` gets how many requests have come. */
  async function listen(answer: Answer, port = 0): Promise<Inner> {
    const inner = { open: new Set<Socket>(), bodies: [] as Buffer[], headers: [] as Inner['headers'] };
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        inner.open.add(request.socket);
        inner.bodies.push(Buffer.concat(chunks));
        inner.headers.push(request.headers);
        answer(response, inner.bodies.length);
      });
      request.socket.on('close', () => inner.open.delete(request.socket));
    });
    await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
    return { ...inner, port: (server.address() as AddressInfo).port };
  }

  async function open(innerPort: () => Promise<number>): Promise<number> {
    const port = await findFreePort();
    const front: Front = await openFront({ host: HOST, port, innerPort });
    closing.push(() => front.close());
    return port;
  }

  async function start(answer: Answer): Promise<{ inner: Inner; port: number }> {
    const inner = await listen(answer);
    return { inner, port: await open(() => Promise.resolve(inner.port)) };
  }

  it('passes a request and its answer on as they are', async () => {
    const { inner, port } = await start((response) => {
      response.writeHead(418, { 'x-answer': 'yes' });
      response.write('short ');
      response.end('and stout');
    });
    const response = await fetch(`http://${HOST}:${port}/graphql?a=b`, {
      method: 'POST',
      body: 'tea',
      headers: { 'x-ask': '1' },
    });
    expect([response.status, response.headers.get('x-answer'), await response.text()]).toEqual([
      418,
      'yes',
      'short and stout',
    ]);
    expect(String(inner.bodies[0])).toBe('tea');
    // The API compares the host with a request's origin.
    expect(inner.headers[0]).toMatchObject({ host: `${HOST}:${port}`, 'x-ask': '1', 'content-length': '3' });
  });

  it('leaves answers without a body as they are', async () => {
    const { port } = await start((response) => {
      if (response.req.method === 'HEAD') response.writeHead(200, { 'content-length': '748' }).end();
      else response.writeHead(204).end();
    });
    const head = await fetch(`http://${HOST}:${port}/`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '748']);
    const options = await fetch(`http://${HOST}:${port}/graphql`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('content-length')]).toEqual([204, null]);
  });

  it('keeps a client that leaves during its upload to itself', async () => {
    const { inner, port } = await start((response) => response.end('ok'));
    const socket = connect(port, HOST);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nonly this much`, () =>
      socket.resetAndDestroy(),
    );
    await closed;
    expect(await (await fetch(`http://${HOST}:${port}/`)).text()).toBe('ok');
    expect(inner.bodies.length).toBe(1);
  });

  it('gives up a request whose client has left', async () => {
    const { inner, port } = await start((response, count) => {
      if (count === 1)
        response.write('first'); // and no more
      else response.end('ok');
    });
    const controller = new AbortController();
    const left = fetch(`http://${HOST}:${port}/`, { signal: controller.signal });
    await expect.poll(() => inner.open.size).toBe(1);
    controller.abort();
    await expect(left).rejects.toThrow();
    await expect.poll(() => inner.open.size).toBe(0);
    expect(await (await fetch(`http://${HOST}:${port}/`)).text()).toBe('ok');
  });

  it('cuts a body over the limit, leaving it too long for the API', async () => {
    const { inner, port } = await start((response) => response.writeHead(413).end());
    const response = await fetch(`http://${HOST}:${port}/`, {
      method: 'POST',
      body: Buffer.alloc(40 * 1024 * 1024),
    });
    expect(response.status).toBe(413);
    expect(inner.bodies[0].length).toBe(17 * 1024 * 1024);
  });

  it('asks again when the process behind ends before its answer does', async () => {
    const { inner, port } = await start((response, count) => {
      if (count === 1) response.socket?.resetAndDestroy();
      else if (count === 2) response.write('half of the ans', () => response.socket?.resetAndDestroy());
      else response.end('answered');
    });
    const response = await fetch(`http://${HOST}:${port}/graphql`, { method: 'POST', body: 'question' });
    expect(await response.text()).toBe('answered');
    expect(inner.bodies.map(String)).toEqual(['question', 'question', 'question']);
  });

  it('does not ask for ever what ends the process behind', async () => {
    const { inner, port } = await start((response) => response.socket?.resetAndDestroy());
    const response = await fetch(`http://${HOST}:${port}/graphql`, { method: 'POST', body: 'poison' });
    expect(response.status).toBe(502);
    expect(await response.text()).toContain('The local server does not answer');
    expect(inner.bodies.length).toBe(4);
  });

  it('holds requests until the process behind listens', async () => {
    const innerPort = await findFreePort();
    const known = Promise.withResolvers<number>();
    let asked = 0;
    const port = await open(() => {
      asked += 1;
      return known.promise;
    });
    const answers = ['/', '/graphql', '/graphql'].map((path) => fetch(`http://${HOST}:${port}${path}`));
    await expect.poll(() => asked).toBe(3);
    known.resolve(innerPort);
    await expect.poll(() => asked).toBeGreaterThan(6); // refused so far
    await listen((response) => response.end('up'), innerPort);
    expect(await Promise.all(answers.map(async (answer) => (await answer).text()))).toEqual([
      'up',
      'up',
      'up',
    ]);
  });

  it('says that the process behind cannot be started', async () => {
    const port = await open(() => Promise.reject(new Error('workerd cannot be started')));
    const response = await fetch(`http://${HOST}:${port}/`);
    expect(response.status).toBe(502);
    expect(await response.text()).toBe('The local server does not answer: workerd cannot be started\n');
  });

  it('asks eight queries at once, drops those whose client has left, and lets files pass', async () => {
    const held: ServerResponse[] = [];
    const { inner, port } = await start((response) => {
      if (response.req.url === '/') response.end('page');
      else held.push(response);
    });
    const controller = new AbortController();
    // Of either kind: they share the turns.
    let asked = 0;
    const pathOf = (): string => (asked++ % 2 === 0 ? '/graphql' : '/v1/align');
    const ask = (body: string, signal?: AbortSignal): Promise<Response> =>
      fetch(`http://${HOST}:${port}${pathOf()}`, { method: 'POST', body, ...(signal && { signal }) });
    const first = Array.from({ length: 8 }, (_, i) => ask(`first ${i}`));
    await expect.poll(() => held.length).toBe(8);
    const leaving = Array.from({ length: 20 }, () => ask('leaving', controller.signal));
    const last = ask('last');
    expect(await (await fetch(`http://${HOST}:${port}/`)).text()).toBe('page');
    expect(held.length).toBe(8);
    controller.abort();
    expect((await Promise.allSettled(leaving)).every(({ status }) => status === 'rejected')).toBe(true);
    // What is sent after their end is read after it.
    for (let i = 0; i < 3; i++) await fetch(`http://${HOST}:${port}/`);
    for (const response of held) response.end('done');
    await expect.poll(() => held.length).toBe(9);
    held[8].end('done');
    expect((await Promise.all([...first, last])).map(({ status }) => status)).toEqual(Array(9).fill(200));
    expect(inner.bodies.map(String).filter((body) => body === 'leaving')).toEqual([]);
  });

  it('refuses a port that is taken, in one line that tells another', async () => {
    const { port } = await listen(() => undefined);
    await expect(openFront({ host: HOST, port, innerPort: () => Promise.resolve(0) })).rejects.toThrow(
      new UserError(`port ${port} is in use. Choose another: PORT=${port + 1} npm start`),
    );
  });
});
