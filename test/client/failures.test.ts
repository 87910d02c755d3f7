import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AlignqlError, type Client, createClient } from '../../packages/client/src/index.ts';

const EMBEDDING = { vector: [1], encoder: 'e' };
const ALIGNMENT = { cosine: 1 };

interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const graphqlError = (extensions: object, status: number, headers = {}): Reply => ({
  status,
  headers,
  body: { errors: [{ message: 'said', extensions }] },
});
const success: Reply = { body: { data: { f0: ALIGNMENT } } };
const LIMIT_NAMES =
  'images texts encodedImages encodedTexts pairs urls selections bodyBytes totalImageBytes queryFields queryRootFields queryAliases';
const limitsOf = (values: object): Reply => ({
  body: {
    data: {
      f0: {
        ...Object.fromEntries(LIMIT_NAMES.split(' ').map((name) => [name, 1_000_000])),
        ...values,
      },
    },
  },
});
const LIMITS = limitsOf({});
/** Images and texts of which no two share a field. */
const pairOf = (n: number): [typeof EMBEDDING, typeof EMBEDDING] => [
  { vector: [n], encoder: 'e' },
  { vector: [n], encoder: 'e' },
];
const itemError = (fields: object): Reply => ({
  body: { data: { f0: { message: 'said', ...fields } } },
});

/** Answers that a deployment or a proxy before it gives when something is wrong, in the order of a test. */
describe('when the API does not answer as it should', () => {
  let server: Server;
  let url: string;
  let replies: (Reply | 'hang up' | 'never')[];
  let asked: { readonly headers: IncomingMessage['headers']; readonly at: number }[];
  let client: Client;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push({ headers: request.headers, at: performance.now() });
      request.resume().on('end', () => answer(response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked = [];
    client = createClient({ url, key: 'alignql_k' });
  });

  function answer(response: ServerResponse): void {
    const reply = replies.shift() ?? success;
    if (reply === 'never') return;
    if (reply === 'hang up') {
      response.destroy();
      return;
    }
    const { status = 200, headers = {}, body } = reply;
    response.writeHead(status, { 'x-request-id': 'r1', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  const align = (options = {}): Promise<unknown> => client.align(EMBEDDING, EMBEDDING, options);

  it.each<[string, Reply | 'hang up']>([
    ['a connection that ends', 'hang up'],
    ['a proxy without a page', { status: 502, body: '<h1>Bad gateway</h1>' }],
    ['a busy encoder', graphqlError({ code: 'ENCODER_BUSY', retryable: true }, 503)],
    ['an item that may succeed later', itemError({ code: 'ENCODER_TIMEOUT', retryable: true })],
    ['a problem of a rate', { status: 429, body: { title: 'said', code: 'RATE_LIMITED', retryable: true } }],
  ])('asks again after %s', async (_, reply) => {
    replies = [reply, reply];
    expect(await align()).toEqual({ cosine: 1 });
    expect(asked).toHaveLength(3);
    expect(asked[2].headers.authorization).toBe('Bearer alignql_k');
  });

  it.each<[string, Reply, object]>([
    [
      'a wrong key',
      graphqlError({ code: 'UNAUTHENTICATED', retryable: false }, 401),
      { code: 'UNAUTHENTICATED', status: 401 },
    ],
    ['a limit', graphqlError({ code: 'LIMIT_EXCEEDED', retryable: false }, 400), { code: 'LIMIT_EXCEEDED' }],
    [
      'a quota of today',
      graphqlError({ code: 'ENCODER_QUOTA', retryable: false }, 503),
      { code: 'ENCODER_QUOTA' },
    ],
    ['a bug', graphqlError({ code: 'INTERNAL' }, 500), { code: 'INTERNAL', requestId: 'r1' }],
    [
      'an error that names its request',
      graphqlError({ code: 'INTERNAL', requestId: 'r2' }, 500),
      { requestId: 'r2' },
    ],
    [
      'a broken picture',
      itemError({ code: 'BAD_IMAGE', retryable: false }),
      { code: 'BAD_IMAGE', status: 200 },
    ],
    [
      'a page that is no API',
      { status: 404, body: '<h1>Not found</h1>' },
      { code: 'UNEXPECTED_ANSWER', status: 404 },
    ],
    ['JSON of another service', { body: '[1]' }, { code: 'UNEXPECTED_ANSWER', status: 200 }],
    [
      'a redirect, whatever its body says',
      {
        status: 308,
        headers: { location: 'https://elsewhere.example/graphql' },
        body: { ...(success.body as object), code: 'RATE_LIMITED', retryable: true },
      },
      {
        code: 'UNEXPECTED_ANSWER',
        status: 308,
        message: expect.stringContaining('https://elsewhere.example/graphql') as string,
      },
    ],
    ...[{ message: 'a' }, 'a', null, 5, {}, [null]].map((errors): [string, Reply, object] => [
      `errors of another service: ${JSON.stringify(errors)}`,
      { status: 422, body: { errors } },
      { code: 'UNEXPECTED_ANSWER', status: 422, message: expect.stringContaining('HTTP 422') as string },
    ]),
    ['no body', { body: '' }, { code: 'UNEXPECTED_ANSWER' }],
    [
      'a wait of hours',
      graphqlError({ code: 'RATE_LIMITED', retryable: true }, 429, { 'retry-after': '7200' }),
      { code: 'RATE_LIMITED', retryAfter: 7200 },
    ],
  ])('does not ask again after %s', async (_, reply, expected) => {
    replies = [reply];
    const error = await align().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AlignqlError);
    expect(error).toMatchObject(expected);
    expect(asked).toHaveLength(1);
  });

  it('waits as long as it is told, in seconds or to a date', async () => {
    const limited = { code: 'RATE_LIMITED', retryable: true };
    replies = [graphqlError(limited, 429, { 'retry-after': '1' })];
    await align();
    expect(asked[1].at - asked[0].at).toBeGreaterThan(1_000);
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    replies = [graphqlError(limited, 429, { 'retry-after': date })];
    const error = (await align().catch((thrown: unknown) => thrown)) as AlignqlError;
    expect(error.retryAfter).toBeGreaterThan(3_500);
    expect(error.retryAfter).toBeLessThanOrEqual(3_600);
  });

  it('gives up with the last error after as many retries as it was told', async () => {
    client = createClient({ url, retries: 1 });
    replies = [...Array<'hang up'>(5).fill('hang up')];
    await expect(align()).rejects.toMatchObject({ code: 'NETWORK_FAILED', status: null, retryable: true });
    expect(asked).toHaveLength(2);
    expect(asked[0].headers.authorization).toBeUndefined();
  });

  it('ends at once when it is aborted: before it asks, while it waits for the answer, between attempts', async () => {
    const before = AbortSignal.abort(new Error('mine'));
    await expect(align({ signal: before })).rejects.toThrow('mine');
    expect(asked).toHaveLength(0);

    replies = ['never'];
    const during = new AbortController();
    const hanging = align({ signal: during.signal });
    await expect.poll(() => asked.length).toBe(1);
    during.abort();
    await expect(hanging).rejects.toMatchObject({ name: 'AbortError' });

    replies = [graphqlError({ code: 'RATE_LIMITED', retryable: true }, 429, { 'retry-after': '20' })];
    await expect(align({ signal: AbortSignal.timeout(300) })).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(asked).toHaveLength(2);
  });

  it('finds the one call that a request of many is refused for', async () => {
    const refusal = graphqlError({ code: 'LIMIT_EXCEEDED', retryable: false }, 400);
    const answerOf = (cosine: number): Reply => ({ body: { data: { f0: { ...ALIGNMENT, cosine } } } });
    replies = [LIMITS, refusal, refusal, answerOf(1), refusal, answerOf(3)];
    const pairs = [1, 2, 3].map(pairOf);
    const results = await Promise.allSettled(pairs.map(([image, text]) => client.align(image, text)));
    expect(results).toMatchObject([
      { value: { cosine: 1 } },
      { reason: { code: 'LIMIT_EXCEEDED' } },
      { value: { cosine: 3 } },
    ]);
    expect(asked).toHaveLength(6);
  });

  it('counts requests and items that fail together: a call is repeated as often as it was told', async () => {
    const busy = { code: 'ENCODER_BUSY', retryable: true };
    const refused = graphqlError(busy, 503);
    replies = [refused, itemError(busy), refused, itemError(busy), success];
    await expect(align()).rejects.toMatchObject({ code: 'ENCODER_BUSY', status: 503 });
    expect(asked).toHaveLength(3);
  });

  it('repeats what failed of a request, and no call of another request', async () => {
    const busy = { message: 'said', code: 'ENCODER_BUSY', retryable: true };
    replies = [
      limitsOf({ queryRootFields: 2 }),
      { body: { data: { f0: { ...ALIGNMENT, cosine: 1 }, f1: busy } } },
      { body: { data: { f0: { ...ALIGNMENT, cosine: 2 } } } },
      { body: { data: { f0: { ...ALIGNMENT, cosine: 3 } } } },
    ];
    const results = await Promise.all(
      [1, 2, 3].map(pairOf).map(([image, text]) => client.align(image, text)),
    );
    expect(results).toEqual([{ cosine: 1 }, { cosine: 2 }, { cosine: 3 }]);
    expect(asked).toHaveLength(4);
  });

  it('does not send what was aborted while an earlier request was under way, or paused', async () => {
    replies = [
      limitsOf({ queryRootFields: 1 }),
      graphqlError({ code: 'RATE_LIMITED', retryable: true }, 429, { 'retry-after': '20' }),
      success,
    ];
    const controllers = [1, 2, 3].map(() => new AbortController());
    const results = Promise.allSettled(
      controllers.map(({ signal }, i) => client.align(...pairOf(i), { signal })),
    );
    await expect.poll(() => asked.length).toBe(2);
    controllers[1].abort();
    controllers[0].abort();
    expect(await results).toMatchObject([
      { reason: { name: 'AbortError' } },
      { reason: { name: 'AbortError' } },
      { value: { cosine: 1 } },
    ]);
    expect(asked).toHaveLength(3);
  });
});
