import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadedEncoder, loadEncoder } from '../../../scripts/clip/load-encoder.ts';
import { bundledEncoder } from '../../../src/clip/towers/bundled-encoder.ts';
import { dot } from '../../../src/core/vector.ts';
import { ROOT, codeBlocks } from '../../docs/read-docs.ts';
import { type EncoderProcess, startEncoder } from './encoder-process.ts';

const KEY = 'a-key-of-the-tests';
const IMAGES = new URL('../../../test/fixtures/images/', import.meta.url);
const QUEUE = 24;
const MAX_PIXELS = 2_000_000;

let server: EncoderProcess;
let reference: LoadedEncoder;

beforeAll(async () => {
  const options = [
    '--threads',
    '1',
    '--queue',
    String(QUEUE),
    '--max-body-mb',
    '2',
    '--max-pixels',
    String(MAX_PIXELS),
  ];
  [server, reference] = await Promise.all([
    startEncoder(options, { ENCODER_KEYS: `${KEY}, another-of-the-tests` }),
    loadEncoder({ threads: 1 }),
  ]);
});

afterAll(() => void server.child.kill('SIGKILL'));

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

async function ask(path: string, body?: unknown, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(server.origin + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...init,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: text.startsWith('{') ? JSON.parse(text) : text,
  };
}

const fileOf = (name: string): Buffer => readFileSync(new URL(name, IMAGES));
const uriOf = (name: string): string => `data:image/png;base64,${fileOf(name).toString('base64')}`;

function vectorsOf({ status, json }: Reply): number[][] {
  expect(json).toMatchObject({ object: 'list' });
  expect(status).toBe(200);
  const { data } = json as { data: { index: number; embedding: number[] }[] };
  expect(data.map(({ index }) => index)).toEqual(data.map((_, i) => i));
  return data.map(({ embedding }) => embedding);
}

async function expectVectors(
  actual: readonly ArrayLike<number>[],
  inputs: readonly (string | Uint8Array)[],
): Promise<void> {
  expect(actual).toHaveLength(inputs.length);
  for (const [i, input] of inputs.entries()) {
    const [expected] =
      typeof input === 'string'
        ? await reference.text.encodeTexts([input])
        : await reference.images.encodeImages([input]);
    if (!(expected instanceof Float32Array)) throw expected;
    const vector = Float32Array.from(actual[i]);
    expect(dot(vector, 0, vector, 0, vector.length)).toBeCloseTo(1, 5);
    // Runs of other lengths are padded otherwise, and quantised a little otherwise.
    expect(dot(vector, 0, expected, 0, expected.length), `input ${i}`).toBeGreaterThan(0.9999);
  }
}

describe('a model', () => {
  it('is served under its id, with the fingerprint that the Worker has of it', async () => {
    const { json } = await ask('/v1/models');
    const { id, dim, fingerprint } = bundledEncoder;
    const card = {
      id: 'tiny-clip',
      dim,
      fingerprint,
      modalities: ['text', 'image'],
      logit_scale: Math.exp(2.9013),
      logit_bias: null,
    };
    expect(id).toBe('tiny-clip');
    expect(json).toMatchObject({ object: 'list', data: [card] });
    expect((await ask('/v1/models/tiny-clip')).json).toMatchObject(card);
    expect(await ask('/v1/models/other')).toMatchObject({
      status: 404,
      json: { error: { code: 'model_not_found' } },
    });
  });

  it('lives and is counted: /health without a key, /metrics with one', async () => {
    expect(await ask('/health', undefined, { headers: {} })).toMatchObject({
      status: 200,
      json: { status: 'ok' },
    });
    expect((await ask('/metrics', undefined, { headers: {} })).status).toBe(401);
    vectorsOf(await ask('/v1/embeddings', { input: ['a', 'b'] }));
    const { json } = await ask('/metrics');
    expect(json).toMatch(/^encoder_info\{id="tiny-clip",dim="256",fingerprint="[0-9a-f]{64}"\} 1$/m);
    expect(json).toMatch(/^encoder_items_total\{modality="text",outcome="encoded"\} \d+$/m);
    expect(json).toMatch(/^encoder_queue_items\{modality="image"\} 0$/m);
  });
});

describe('texts and pictures', () => {
  it('have the vectors of the commands, in every form in which clients send them', async () => {
    const [picture, text] = [uriOf('rgb.png'), 'a red fox in the snow'];
    const file = fileOf('rgb.png');
    const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });
    const asked: [body: object, inputs: (string | Uint8Array)[]][] = [
      [{ model: 'tiny-clip', input: text }, [text]],
      [{ input: [text, 'a', text] }, [text, 'a', text]],
      [{ modality: 'image', input: [picture, uriOf('lossy.webp')] }, [file, fileOf('lossy.webp')]],
      [{ modality: 'image', input: picture.replace(/^.*,/, '') }, [file]],
      [{ input: [{ text }, { image: picture }, 'a'] }, [text, file, 'a']],
      [user([{ type: 'image_url', image_url: { url: picture } }]), [file]],
      [user(text), [text]],
    ];
    for (const [body, inputs] of asked) {
      await expectVectors(vectorsOf(await ask('/v1/embeddings', body)), inputs);
    }
    await expectVectors(vectorsOf(await ask('/embeddings', { input: [text] })), [text]);
  });

  it("reach OpenAI's own client, which asks for base64, and so do errors", async () => {
    const client = new OpenAI({ apiKey: KEY, baseURL: `${server.origin}/v1`, maxRetries: 0 });
    const inputs = Array.from({ length: 20 }, (_, i) => `picture ${i}`);
    const { data, model } = await client.embeddings.create({ model: 'tiny-clip', input: inputs });
    expect(model).toBe('tiny-clip');
    await expectVectors(
      data.map(({ embedding }) => embedding),
      inputs,
    );
    const other = client.embeddings.create({ model: 'other', input: 'a' });
    await expect(other).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
    const stranger = new OpenAI({ apiKey: 'another', baseURL: `${server.origin}/v1`, maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  it('of many clients at once are not mixed up', async () => {
    const captions = Array.from({ length: 12 }, (_, i) => `caption number ${i}`);
    const files = ['rgb.png', 'grey.png', 'lossy.webp', 'palette.png', 'still.gif', 'lossless.webp'];
    const [texts, pictures] = await Promise.all([
      Promise.all(captions.map((input) => ask('/v1/embeddings', { input }))),
      Promise.all(files.map((name) => ask('/v1/embeddings', { modality: 'image', input: [uriOf(name)] }))),
    ]);
    await expectVectors(
      texts.map((reply) => vectorsOf(reply)[0]),
      captions,
    );
    await expectVectors(
      pictures.map((reply) => vectorsOf(reply)[0]),
      files.map(fileOf),
    );
  });
});

describe('what is refused', () => {
  const image = (...input: string[]): object => ({ modality: 'image', input });
  const cases: [what: string, body: () => unknown, status: number, code: string, param: string | null][] = [
    ['token ids', () => ({ input: [[1, 2], [3]] }), 400, 'BAD_INPUT', 'input'],
    ['nothing', () => ({ input: [] }), 400, 'BAD_INPUT', 'input'],
    ['a blank text', () => ({ input: ['a', ' \u200b'] }), 400, 'BAD_INPUT', 'input[1]'],
    ['an unknown field', () => ({ input: 'a', prompt: 'b' }), 400, 'BAD_INPUT', null],
    ['no JSON', () => '{"input": ', 400, 'BAD_INPUT', null],
    // Counted before they are parsed, which takes seconds: else it is the unknown field that is refused.
    ['too many values', () => `{"x": [${'{},'.repeat(500_000)}{}]}`, 413, 'LIMIT_EXCEEDED', null],
    ['too many dimensions', () => ({ input: 'a', dimensions: 257 }), 400, 'BAD_INPUT', 'dimensions'],
    ['another model', () => ({ input: 'a', model: 'clip' }), 404, 'model_not_found', 'model'],
    ['a URL', () => image('http://169.254.169.254/latest'), 400, 'URL_REFUSED', 'input'],
    ['a data URI without base64', () => image('data:image/svg+xml,<svg/>'), 422, 'BAD_IMAGE', 'input'],
    ['no base64', () => image('data:image/png;base64,iVBOR*'), 422, 'BAD_IMAGE', 'input'],
    // Takes no longer than other refusals, however many there are.
    ['padding without end', () => image(`${'='.repeat(1_900_000)}A`), 422, 'BAD_IMAGE', 'input'],
    ['no picture', () => image(Buffer.from('<html>').toString('base64')), 422, 'BAD_IMAGE', 'input'],
    [
      'a damaged picture among good ones',
      () => image(uriOf('rgb.png'), uriOf('truncated.webp')),
      422,
      'BAD_IMAGE',
      'input[1]',
    ],
    ['too many pixels', () => image(uriOf('large.jpg')), 413, 'IMAGE_TOO_LARGE', 'input'],
    [
      'more items than the queue holds',
      () => ({ input: new Array(QUEUE + 1).fill('a') }),
      413,
      'LIMIT_EXCEEDED',
      null,
    ],
    ['too many pictures', () => image(...new Array<string>(65).fill('aaaa')), 413, 'LIMIT_EXCEEDED', 'input'],
    ['too long a text', () => ({ input: 'a '.repeat(60_000) }), 413, 'LIMIT_EXCEEDED', 'input'],
    ['too long a body', () => ({ input: 'a'.repeat(2_100_000) }), 413, 'LIMIT_EXCEEDED', null],
  ];
  it.each(cases)('%s', async (_, body, status, code, param) => {
    const reply = await ask('/v1/embeddings', body());
    expect(reply).toMatchObject({ status, json: { error: { code, param } } });
    expect(reply.headers.get('x-should-retry')).toBe('false');
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('a body that is not UTF-8', async () => {
    const reply = await ask('/v1/embeddings', '', { body: Buffer.from('{"input": "caf\u00e9"}', 'latin1') });
    expect(reply).toMatchObject({ status: 400, json: { error: { message: 'The body is not UTF-8.' } } });
  });

  it('a body without end, of which the client hears while it sends', async () => {
    const part = new Uint8Array(100_000).fill(32);
    let parts = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (stream) => (parts++ < 200 ? stream.enqueue(part) : stream.close()),
    });
    const reply = await ask('/v1/embeddings', '', { body: endless, duplex: 'half' } as RequestInit);
    expect(reply).toMatchObject({ status: 413, json: { error: { code: 'LIMIT_EXCEEDED' } } });
    const stranger = await ask('/v1/embeddings', { input: 'a'.repeat(5_000_000) }, { headers: {} });
    expect(stranger.status).toBe(401);
  });

  it('keys that are none, methods and paths that are not served', async () => {
    const send = (headers: HeadersInit) => ask('/v1/embeddings', { input: 'a' }, { headers });
    for (const headers of [{}, { authorization: 'Bearer wrong-key-of-tests' }, { authorization: KEY }]) {
      const reply = await send(headers as HeadersInit);
      expect(reply).toMatchObject({ status: 401, json: { error: { type: 'authentication_error' } } });
      expect(reply.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect((await ask('/v1/embeddings')).status).toBe(405);
    expect((await ask('/v1/rerank', {})).status).toBe(404);
  });

  it('requests for which the queue has no room: 429, and when to come again', async () => {
    const body = image(...new Array<string>(QUEUE / 3).fill(uriOf('rgb.png')));
    const replies = await Promise.all(Array.from({ length: 12 }, () => ask('/v1/embeddings', body)));
    const busy = replies.filter(({ status }) => status === 429);
    expect(busy.length).toBeGreaterThan(0);
    for (const { headers, json } of busy) {
      expect(json).toMatchObject({ error: { code: 'ENCODER_BUSY', type: 'rate_limit_error' } });
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(headers.get('x-should-retry')).toBeNull();
    }
    const others = replies.filter(({ status }) => status !== 429);
    expect(others.length).toBeGreaterThan(0);
    others.forEach((reply) => expect(vectorsOf(reply)).toHaveLength(QUEUE / 3));
  });
});

describe('the document', () => {
  it('shows the Worker the fingerprint that is served', async () => {
    const text = readFileSync(join(ROOT, 'docs/encoder-server.md'), 'utf8');
    expect(text).toContain(`ENCODER_FINGERPRINT = "${bundledEncoder.fingerprint}"`);
  });

  it('shows requests that are answered', async () => {
    const blocks = (await codeBlocks('docs/encoder-server.md')).filter(({ text }) =>
      text.includes('http://127.0.0.1:7997/'),
    );
    expect(blocks.length).toBeGreaterThan(0);
    for (const { text } of blocks) {
      const script = text
        .replaceAll('http://127.0.0.1:7997', server.origin)
        .replaceAll('curl -s', `curl -s --fail -w '\\n' -H 'authorization: Bearer ${KEY}'`);
      const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd: ROOT });
      const answers = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { data: object[] });
      expect(answers.map(({ data }) => data.length)).toEqual([1, 2, 1]);
    }
  });
});

describe('at the end', () => {
  it('answers what has come, refuses what comes with 503, and leaves with 0', async () => {
    // A request whose body is still on its way is one that has come.
    const { hostname, port } = new URL(server.origin);
    const open = httpRequest({
      hostname,
      port,
      path: '/v1/embeddings',
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
    });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      open.on('response', ({ statusCode }) => resolve(statusCode)).on('error', reject);
    });
    open.write('{"input": ');
    await expect.poll(async () => (await ask('/metrics')).json).toMatch(/^encoder_requests_open 2$/m);
    server.child.kill('SIGTERM');
    await expect.poll(async () => (await ask('/health')).status).toBe(503);
    expect(await ask('/v1/embeddings', { input: 'late' })).toMatchObject({
      status: 503,
      json: { error: { code: 'ENCODER_BUSY', type: 'server_error' } },
    });
    // One order may come several times, as from npm and to the process group.
    server.child.kill('SIGTERM');
    server.child.kill('SIGINT');
    expect((await ask('/health')).status).toBe(503);
    open.end('"a fox"}');
    expect(await answered).toBe(200);
    expect(await server.exited).toBe(0);
  });
});
