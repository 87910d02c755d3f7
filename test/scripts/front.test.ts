import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { findFreePort } from '../../scripts/start/free-port.ts';
import { type Front, openFront } from '../../scripts/start/front.ts';

const HOST = '127.0.0.1';

interface Inner {
  readonly port: number;
  /** Bodies of the requests that came whole. */
  readonly bodies: Buffer[];
  readonly headers: IncomingMessage['headers'][];
  /** Whether an answer was cut off, as wrangler dies of. */
  cutOff: number;
}

describe('the front of the local server', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function start(answer: (response: ServerResponse) => void): Promise<{ inner: Inner; port: number }> {
    const inner: Inner = { port: 0, bodies: [], headers: [], cutOff: 0 };
    const server: Server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('aborted', () => (inner.cutOff += 1));
      response.on('close', () => (inner.cutOff += response.writableFinished ? 0 : 1));
      request.on('end', () => {
        inner.bodies.push(Buffer.concat(chunks));
        inner.headers.push(request.headers);
        answer(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const port = await findFreePort(HOST);
    const front: Front = await openFront({
      host: HOST,
      port,
      innerPort: (server.address() as AddressInfo).port,
    });
    closing.push(
      () => front.close(),
      () => new Promise((resolve) => server.close(resolve)),
    );
    return { inner, port };
  }

  it('passes a request and its answer on as they are', async () => {
    const { inner, port } = await start((response) => {
      response.writeHead(418, { 'x-answer': 'yes' }).end('short and stout');
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

  it('keeps a client that leaves during its upload to itself', async () => {
    const { inner, port } = await start((response) => response.end('ok'));
    const socket = connect(port, HOST);
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nonly this much`);
    await sleep(50); // until the front has it
    socket.resetAndDestroy();
    expect(await (await fetch(`http://${HOST}:${port}/`)).text()).toBe('ok');
    expect([inner.bodies.length, inner.cutOff]).toEqual([1, 0]);
  });

  it('reads an answer to its end when its client has left', async () => {
    const { inner, port } = await start((response) => {
      response.write('first');
      setTimeout(() => response.end(Buffer.alloc(4_000_000)), 100);
    });
    const controller = new AbortController();
    const response = await fetch(`http://${HOST}:${port}/`, { signal: controller.signal });
    expect(response.status).toBe(200);
    controller.abort();
    await expect(response.text()).rejects.toThrow();
    await sleep(400);
    expect([inner.bodies.length, inner.cutOff]).toEqual([1, 0]);
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

  it('says that the server behind it does not answer', async () => {
    const port = await findFreePort(HOST);
    const front = await openFront({ host: HOST, port, innerPort: await findFreePort(HOST) });
    closing.push(() => front.close());
    const response = await fetch(`http://${HOST}:${port}/`);
    expect(response.status).toBe(502);
    expect(await response.text()).toContain('The local server does not answer');
  });
});
