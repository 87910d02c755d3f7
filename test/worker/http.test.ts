import { exports } from 'cloudflare:workers';
import { auditServer } from 'graphql-http';
import { describe, expect, it } from 'vitest';
import { ENDPOINT, type Answer, ask } from './setup.ts';

const send = (init: RequestInit & { url?: string } = {}): Promise<Response> =>
  exports.default.fetch(init.url ?? ENDPOINT, init);

const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
  send({ method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

describe('GraphQL over HTTP', () => {
  it('passes every audit of graphql-http', async () => {
    const results = await auditServer({
      url: ENDPOINT,
      fetchFn: (url: string, init: RequestInit) => exports.default.fetch(url, init),
    });
    expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(results).toHaveLength(61);
  });

  it('answers queries by GET', async () => {
    const response = await send({ url: `${ENDPOINT}?query=${encodeURIComponent('{ encoder { id } }')}` });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ data: { encoder: { id: 'tiny-clip' } } });
  });

  it('gives 200 to who accepts application/json alone, and the status of the error to who knows GraphQL', async () => {
    const body = JSON.stringify({
      query: '{ alignMatrix(images: [], texts: [], selection: "none") { selection } }',
    });
    const [json, graphql] = await Promise.all([
      post(body, { accept: 'application/json' }),
      post(body, { accept: 'application/graphql-response+json' }),
    ]);
    expect(json.status).toBe(200);
    expect(graphql.status).toBe(404);
    expect(await json.json()).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'SELECTION_NOT_FOUND' } }],
    });
  });

  it.each(['mutation { a }', 'subscription { a }'])('is 400 for what is no query: %s', async (query) => {
    const response = await post(JSON.stringify({ query }), { accept: 'application/graphql-response+json' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_INPUT' } }] });
  });

  it.each([
    {
      what: 'an operation that the document lacks',
      body: { query: 'query A { encoder { id } }', operationName: 'B' },
    },
    {
      what: 'a variable left out',
      body: { query: 'query ($name: String!) { selection(name: $name) { id } }' },
    },
    {
      what: 'a variable of the wrong type',
      body: { query: 'query ($name: String!) { selection(name: $name) { id } }', variables: { name: 1 } },
    },
  ])('is 400 without data for $what', async ({ body }) => {
    const response = await post(JSON.stringify(body), { accept: 'application/graphql-response+json' });
    expect(response.status).toBe(400);
    const answer = await response.json<Answer>();
    expect(answer).toMatchObject({ errors: [{ extensions: { code: expect.any(String) } }] });
    expect(answer.data ?? null).toBeNull();
  });

  it('does not take batches', async () => {
    const response = await post('[{"query":"{ encoder { id } }"}]');
    expect(response.status).toBe(400);
  });

  it('is healthy at /health', async () => {
    expect((await send({ url: 'https://alignql.test/health' })).status).toBe(200);
  });

  it('has nothing elsewhere', async () => {
    expect((await send({ url: 'https://alignql.test/other' })).status).toBe(404);
  });

  it('serves no GraphiQL from a CDN', async () => {
    const response = await send({ headers: { accept: 'text/html' } });
    expect(await response.text()).not.toContain('<script');
  });
});

describe('CORS', () => {
  it('lets any origin ask, without credentials', async () => {
    const response = await post('{"query":"{ encoder { id } }"}', { origin: 'https://app.example.com' });
    expect(response.headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/app\.example\.com)$/);
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('answers a preflight', async () => {
    const response = await send({
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,graphql-require-preflight',
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
    expect(response.headers.get('access-control-allow-headers')).toContain('graphql-require-preflight');
  });
});

describe('multipart', () => {
  const QUERY = 'query ($f: File!) { embedImages(images: [{ upload: $f }]) { ... on ItemError { code } } }';
  const form = (changes: Record<string, string | Blob | null> = {}): FormData => {
    const fields: Record<string, string | Blob | null> = {
      operations: JSON.stringify({ query: QUERY, variables: { f: null } }),
      map: JSON.stringify({ 0: ['variables.f'] }),
      0: new Blob(['no picture']),
      ...changes,
    };
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) if (value !== null) data.set(name, value);
    return data;
  };
  const upload = (
    changes?: Record<string, string | Blob | null>,
    headers: Record<string, string> = { 'graphql-require-preflight': '1' },
  ) => send({ method: 'POST', body: form(changes), headers });

  const sent = [
    ['multipart', (headers: Record<string, string>) => upload({}, headers)],
    [
      'a form',
      (headers: Record<string, string>) =>
        send({
          method: 'POST',
          body: 'query={__typename}',
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        }),
    ],
  ] as const;
  const origins = [
    {},
    { origin: 'https://alignql.test' },
    { origin: 'https://evil.example.com' },
    { origin: 'null' },
  ];

  it.each(sent)('%s is only taken with a header that no foreign page can send', async (_what, post) => {
    for (const origin of origins) {
      const bare = await post({ ...origin, 'graphql-require-preflight-not': '1' });
      expect(bare.status).toBe(400);
      expect((await bare.json<Answer>()).errors?.[0].message).toContain('graphql-require-preflight');
      for (const header of ['graphql-require-preflight', 'apollo-require-preflight', 'x-graphql-yoga-csrf']) {
        expect((await post({ ...origin, [header]: '1' })).status).toBe(200);
      }
    }
  });

  it.each([
    { name: 'no operations', changes: { operations: null } },
    { name: 'operations that are no JSON', changes: { operations: '{' } },
    { name: 'operations that are a batch', changes: { operations: '[]' } },
    { name: 'operations that are null', changes: { operations: 'null' } },
    { name: 'a map that is no JSON', changes: { map: 'x' } },
    { name: 'a map to nothing', changes: { map: '{"0":["variables.g"]}' } },
    { name: 'a map into the query', changes: { map: '{"0":["query"]}' } },
    { name: 'a map to a prototype', changes: { map: '{"0":["variables.__proto__.polluted"]}' } },
    { name: 'a map of numbers', changes: { map: '{"0":[1]}' } },
    { name: 'a map without a list', changes: { map: '{"0":"variables.f"}' } },
    { name: 'a map of a missing file', changes: { map: '{"1":["variables.f"]}' } },
    { name: 'a file that is text', changes: { 0: 'text' } },
  ])('refuses $name with 400', async ({ changes }) => {
    const response = await upload(changes);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  it('refuses what is no form', async () => {
    const response = await send({
      method: 'POST',
      body: 'garbage',
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'graphql-require-preflight': '1' },
    });
    expect(response.status).toBe(400);
  });

  it('does not take an upload by JSON', async () => {
    const { status, errors } = await ask(QUERY, { f: 'file' });
    expect(status).toBe(400);
    expect(errors?.[0].message).toContain('multipart');
  });
});

describe('a body over the limit', () => {
  const LIMIT = 16 * 1024 * 1024;
  const tooLarge = { errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] };

  it('is 413 by its declared length', async () => {
    const response = await post(`{"query":"${'a'.repeat(LIMIT)}"}`);
    expect(response.status).toBe(413);
    const answer = await response.json<Answer>();
    expect(answer).toMatchObject(tooLarge);
    expect(answer.errors?.[0].message).toContain('16777216');
  });

  it('is 413 when it declares none', async () => {
    let left = 17;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- === 0) controller.close();
        else controller.enqueue(new Uint8Array(1024 * 1024).fill(0x61));
      },
    });
    const response = await send({
      method: 'POST',
      body: stream,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject(tooLarge);
  });

  it('leaves room for a body without a declared length below it', async () => {
    const text = new TextEncoder().encode('{"query":"{ encoder { id } }"}');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(text.subarray(0, 9));
        controller.enqueue(text.subarray(9));
        controller.close();
      },
    });
    const response = await send({
      method: 'POST',
      body: stream,
      headers: { 'content-type': 'application/json' },
    });
    expect(await response.json()).toMatchObject({ data: { encoder: { id: 'tiny-clip' } } });
  });
});
