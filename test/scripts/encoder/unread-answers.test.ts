import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createBatcher } from '../../../scripts/encoder/batcher.ts';
import { createMetrics } from '../../../scripts/encoder/metrics.ts';
import { type RunningServer, type ServerTimes, startServer } from '../../../scripts/encoder/server.ts';
import { bundledEncoder } from '../../../src/clip/towers/bundled-encoder.ts';

/** Of numbers that are long to write, so that an answer of 2,048 is far longer than the buffers of a connection. */
const info = { ...bundledEncoder, dim: 512 };
const vector = new Float32Array(info.dim).fill(1 / 3);
const BODY = JSON.stringify({ input: new Array<string>(2048).fill('a') });
/** For one such answer, not for two. */
const ROOM_BYTES = 40e6;

const sockets: Socket[] = [];
afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

async function start(times: ServerTimes): Promise<RunningServer> {
  const open = { count: 0 };
  const gather = <Result>(result: Result) =>
    createBatcher<unknown, Result>({
      run: (items) => Promise.resolve(items.map(() => result)),
      maxBatch: 1024,
      maxWaitMs: 0,
      maxQueued: 4096,
      concurrency: 1,
      expectsMore: () => false,
    });
  return startServer({
    host: '127.0.0.1',
    port: 0,
    keys: null,
    maxBodyBytes: 1e6,
    maxHeldBytes: ROOM_BYTES,
    embedder: {
      info,
      maxPixels: 1,
      pictures: gather(vector),
      texts: gather(vector),
      heats: gather({ code: 'INTERNAL' as const, message: 'not asked for here' }),
      patchMethods: [],
    },
    models: { data: [] },
    metrics: createMetrics(info),
    open,
    times,
  });
}

/** Asks, and reads nothing. Settles when the answer has begun to come. */
async function askAndNotRead(port: number, times = 1): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  const request = `POST /v1/embeddings HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
  socket.write(request.repeat(times));
  await once(socket, 'readable');
  return socket;
}

async function statusOf(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/embeddings`, { method: 'POST', body: BODY });
  await response.arrayBuffer();
  return response.status;
}

const PATIENT = { readMs: 1e6, readBytesPerMs: 1e6, stopMs: 1e6, lastReadMs: 1e6 };

it('takes an answer into account until it is read: others are asked to come again', async () => {
  const { port, stop } = await start(PATIENT);
  // The second one's answer would wait behind the first one's, on the same connection.
  const socket = await askAndNotRead(port, 2);
  expect(await statusOf(port)).toBe(429);
  socket.destroy();
  await expect.poll(() => statusOf(port)).toBe(200);
  expect(await statusOf(port)).toBe(200);
  await stop();
});

it('cuts off a client that does not read its answer', async () => {
  const { port, stop } = await start({ ...PATIENT, readMs: 100 });
  await askAndNotRead(port);
  await expect.poll(() => statusOf(port), { timeout: 60_000 }).toBe(200);
  await stop();
});

it('stops as soon as the last answer is read', async () => {
  const { port, stop } = await start(PATIENT);
  const socket = await askAndNotRead(port);
  const stopped = stop();
  socket.resume();
  await stopped;
}, 60_000);

it('stops though a client does not read its answer', async () => {
  const { port, stop } = await start({ ...PATIENT, lastReadMs: 100 });
  await askAndNotRead(port);
  await stop();
  await expect(statusOf(port)).rejects.toThrow();
}, 60_000);

it('stops though a client does not end its request', async () => {
  const { port, stop } = await start({ ...PATIENT, stopMs: 100, lastReadMs: 100 });
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  socket.write(
    'POST /v1/embeddings HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\nexpect: 100-continue\r\n\r\n',
  );
  // "100 Continue": the request is open.
  await once(socket, 'readable');
  await stop();
  await expect(statusOf(port)).rejects.toThrow();
}, 60_000);
