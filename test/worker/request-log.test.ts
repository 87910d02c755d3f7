import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isolateWith, putKey, query } from './access-setup.ts';
import { embedding, fullModel, publish, recordOf, vector } from './setup.ts';

type Line = Readonly<Record<string, unknown>>;

/** What the Worker has written, by any way to the log. */
const written: string[] = [];

beforeEach(() => {
  written.length = 0;
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, level).mockImplementation((...values: unknown[]) => {
      written.push(
        values.map((value) => (value instanceof Error ? (value.stack ?? '') : String(value))).join(' '),
      );
    });
  }
});
afterEach(() => void vi.restoreAllMocks());

const lines = (): Line[] => written.map((line) => JSON.parse(line) as Line);
const requests = (): Line[] => lines().filter(({ event }) => event === 'request');

describe('the log', () => {
  it('has one line of JSON a request, which tells what was answered and what it took', async () => {
    const ask = isolateWith({ REQUEST_LOG: 'all' });
    const id = await publish('logged', recordOf(fullModel));
    const variables = { image: embedding([1, 0, 0, 0]), text: embedding([0, 1, 0, 0]) };
    const text = `query Score($image: ImageInput!, $text: TextInput!) {
      align(image: $image, text: $text, selection: "logged") { ... on Alignment { score } }
      again: align(image: $image, text: { text: "" }, selection: "logged") { ... on ItemError { message } }
    }`;
    const init = query(text, null, variables);
    const response = await ask('/graphql', {
      ...init,
      headers: { ...init.headers, 'x-request-id': 'mine', 'cf-ray': '9a-FRA' },
    });
    const answer = await response.text();
    // An item failed.
    expect(JSON.parse(answer)).toMatchObject({ extensions: { requestId: 'mine' } });
    expect(written).toHaveLength(1);
    expect(lines()[0]).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      level: 'info',
      event: 'request',
      requestId: 'mine',
      ray: '9a-FRA',
      route: 'graphql',
      method: 'POST',
      status: 200,
      ms: expect.any(Number),
      bytes: expect.toSatisfy((bytes) => bytes === null || bytes > 0),
      answerCharacters: answer.length,
      operation: 'Score',
      codes: { BAD_INPUT: 1 },
      cost: expect.toSatisfy((cost) => cost > 0),
      caller: 'open',
      records: [id],
      cache: null,
      encodeMs: null,
    });
  });

  it('tells the cost of what was let in, and none of what was refused before it ran', async () => {
    const ask = isolateWith({ REQUEST_LOG: 'all', MAX_COST: '50' });
    const many = Array.from({ length: 100 }, (_, i) => `l${i}`);
    const dear = `query ($labels: [String!]!) { classify(image: { url: "https://a.example/a.png" }, labels: $labels) { __typename } }`;
    const post = (body: object): RequestInit => ({
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    const answers = [
      await ask('/graphql', query(dear, null, { labels: many })),
      await ask('/v1/classify', post({ image: { url: 'https://a.example/a.png' }, labels: many })),
      await ask('/graphql', query('{ limits { pairs } nothing }', null)),
      await ask('/graphql', query('{ limits { pairs } }', null)),
      await ask('/v1/selections?prefix=logged-none'),
    ];
    // GraphQL refuses with status 200 where JSON is accepted.
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 200, 200]);
    const positive = expect.toSatisfy((cost) => cost > 0) as unknown;
    expect(lines().map(({ cost }) => cost)).toEqual([null, null, null, positive, positive]);
    // Nor does a caller's rate that is used up, or a scope that is missing.
    written.length = 0;
    const RATE = { limit: () => Promise.resolve({ success: false }) };
    const closed = isolateWith({ REQUEST_LOG: 'all', AUTH: 'keys', RATE });
    const key = await putKey();
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) {
      const init = query('{ limits { pairs } }', `Bearer ${key.text}`);
      statuses.push((await closed('/graphql', init)).status);
    }
    expect(statuses.at(-1)).toBe(429);
    expect(lines().at(-1)).toMatchObject({ status: 429, cost: null });
  });

  it('tells where embeddings came from and how long they took', async () => {
    const ask = isolateWith({ REQUEST_LOG: 'all', EMBEDDING_CACHE: 'isolate' });
    const embed = query('{ embedTexts(texts: ["a fox in the log"]) { ... on Embedding { dim } } }', null);
    await ask('/graphql', embed);
    await ask('/graphql', embed);
    expect(requests().map(({ cache, encodeMs }) => ({ cache, encodeMs }))).toEqual([
      { cache: { isolate: 0, shared: 0, encoded: 1 }, encodeMs: { images: null, texts: expect.any(Number) } },
      { cache: { isolate: 1, shared: 0, encoded: 0 }, encodeMs: { images: null, texts: null } },
    ]);
  });

  it.each([
    ['all', ['health', 'other', 'graphql']],
    ['errors', ['other', 'graphql']],
    ['off', []],
  ])('tells of %s', async (REQUEST_LOG, routes) => {
    const ask = isolateWith({ REQUEST_LOG });
    await ask('/health');
    await ask('/nothing');
    await ask('/graphql', query('{ nothing }', null));
    expect(requests().map(({ route }) => route)).toEqual(routes);
  });

  it('tells of a wrong choice, and of every request then', async () => {
    const ask = isolateWith({ REQUEST_LOG: 'some' });
    await ask('/health');
    expect(lines().map(({ event }) => event)).toEqual(['configuration', 'request']);
    expect(written[0]).toContain('REQUEST_LOG is \\"some\\"');
  });

  it('tells a bug under the id of the request that met it', async () => {
    const ask = isolateWith({ ENCODER_DIM: '7', REQUEST_LOG: 'all' });
    const init = query('{ encoder { id } }', null);
    await ask('/graphql', { ...init, headers: { ...init.headers, 'x-request-id': 'mine' } });
    expect(lines()).toMatchObject([
      {
        level: 'error',
        event: 'bug',
        requestId: 'mine',
        error: 'AppError',
        message: expect.stringContaining('ENCODER_DIM'),
      },
      { level: 'error', event: 'request', requestId: 'mine', status: 500, codes: { INTERNAL: 1 } },
    ]);
  });
});

describe('a secret', () => {
  const SECRET = 'hunter2';
  const key = `alignql_${SECRET}`;
  const json = { 'content-type': 'application/json' };
  const post = (body: object | string, headers: object = {}): RequestInit => ({
    method: 'POST',
    headers: { ...json, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const form = (fields: Record<string, string | File>): RequestInit => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return { method: 'POST', body, headers: { 'graphql-require-preflight': '1' } };
  };
  const upload = 'query ($f: File!) { embedImages(images: [{ upload: $f }]) { ... on ItemError { code } } }';
  const operations = JSON.stringify({ query: upload, variables: { f: null } });

  const cases: [string, string, RequestInit?][] = [
    ['a text', '/graphql', post({ query: `{ embedTexts(texts: ["${SECRET}"]) { __typename } }` })],
    ['a comment', '/graphql', post({ query: `{ __typename } # ${SECRET}` })],
    ['an alias', '/graphql', post({ query: `{ ${SECRET}: __typename }` })],
    ['a field', '/graphql', post({ query: `{ ${SECRET} }` })],
    ['a query that does not parse', '/graphql', post({ query: `{ "${SECRET}" }` })],
    [
      'a variable',
      '/graphql',
      post({ query: 'query ($s: String!) { selection(name: $s) { id } }', variables: { s: SECRET } }),
    ],
    [
      'a variable of the wrong type',
      '/graphql',
      post({ query: 'query ($s: Int!) { __typename }', variables: { s: SECRET } }),
    ],
    [
      'a variable that is not asked for',
      '/graphql',
      post({ query: '{ __typename }', variables: { [SECRET]: SECRET } }),
    ],
    ['an extension', '/graphql', post({ query: '{ __typename }', extensions: { a: SECRET } })],
    [
      'an operation that is no name',
      '/graphql',
      post({ query: '{ __typename }', operationName: `${SECRET} and more` }),
    ],
    ['a body that is no JSON', '/graphql', post(`{${SECRET}`)],
    ['a body of another type', '/graphql', post(SECRET, { 'content-type': `text/${SECRET}` })],
    [
      'a base64 text',
      '/graphql',
      post({ query: `{ embedImages(images: [{ base64: "${SECRET}" }]) { __typename } }` }),
    ],
    [
      'a picture',
      '/graphql',
      post({ query: `{ embedImages(images: [{ base64: "${btoa(`RIFF${SECRET}WEBP`)}" }]) { __typename } }` }),
    ],
    [
      'a URL',
      '/graphql',
      post({
        query: `{ embedImages(images: [{ url: "https://${SECRET}.example/?${SECRET}" }]) { ... on ItemError { message } } }`,
      }),
    ],
    [
      'a vector',
      '/graphql',
      post({
        query: `{ alignMatrix(images: [{ embedding: { vector: "${SECRET}", encoder: "${SECRET}" } }], texts: []) { selection } }`,
      }),
    ],
    [
      'the name of a corpus',
      '/graphql',
      post({
        query: `{ search(corpus: "${SECRET}", text: { text: "${SECRET}" }, first: 1) { edges { id } } }`,
      }),
    ],
    [
      'the name of a file',
      '/graphql',
      form({ operations, map: '{"0":["variables.f"]}', 0: new File([SECRET], SECRET) }),
    ],
    [
      'a field of a form',
      '/graphql',
      form({ operations, map: `{"${SECRET}":["variables.f"]}`, [SECRET]: SECRET }),
    ],
    ['a query in the URL', `/graphql?query={__typename}&${SECRET}=${SECRET}`],
    ['a variable in the URL', `/graphql?query={__typename}&variables={"a":"${SECRET}"}`],
    ['a path', `/${SECRET}`],
    ['a path of a corpus', `/corpora/${SECRET}/thumbnails/${SECRET}`],
    ['the URL of /health', `/health?${SECRET}`],
    ['the URL of /ready', `/ready?${SECRET}`],
    ['the URL of /metrics', `/metrics?${SECRET}`],
    ['Authorization', '/graphql', post({ query: '{ __typename }' }, { authorization: `Bearer ${key}` })],
    [
      'Basic authorization',
      '/graphql',
      post({ query: '{ __typename }' }, { authorization: `Basic ${SECRET}` }),
    ],
    [
      'other headers',
      '/graphql',
      post(
        { query: '{ __typename }' },
        {
          cookie: SECRET,
          referer: `https://a.example/${SECRET}`,
          origin: `https://${SECRET}.example`,
          'user-agent': SECRET,
          'x-api-key': SECRET,
          'cf-access-jwt-assertion': SECRET,
          'x-request-id': `${SECRET} 1`,
          'accept-language': SECRET,
          [SECRET]: SECRET,
        },
      ),
    ],
    ['a coding', '/graphql', post({ query: '{ __typename }' }, { 'content-encoding': SECRET })],
  ];

  it.each(cases)('in %s is not in the log', async (_what, path, init) => {
    for (const AUTH of ['open', 'keys']) {
      await isolateWith({ AUTH, REQUEST_LOG: 'all', EMBEDDING_CACHE: 'off' })(path, init);
    }
    expect(requests()).toHaveLength(2);
    expect(written.join('\n')).not.toContain(SECRET);
    expect(written.join('\n')).not.toContain(btoa(SECRET).slice(0, 8));
  });

  it('that opens the door is not in the log, but its public id is', async () => {
    const { text, id } = await putKey();
    const ask = isolateWith({ AUTH: 'keys', REQUEST_LOG: 'all' });
    await ask('/graphql', query('{ __typename }', `Bearer ${text}`));
    expect(requests()).toMatchObject([{ caller: id, status: 200 }]);
    expect(written.join('\n')).not.toContain(text.slice(-32));
  });

  it('of numbers is not in the log', async () => {
    await publish('logged', recordOf(fullModel));
    const ask = isolateWith({ REQUEST_LOG: 'all' });
    const numbers = [0.123456, 0.2, 0.3, 0.4];
    const variables = { image: embedding(numbers), text: embedding([1, 2]) };
    await ask(
      '/graphql',
      query(
        'query ($image: ImageInput!, $text: TextInput!) { align(image: $image, text: $text, selection: "logged") { __typename } }',
        null,
        variables,
      ),
    );
    expect(requests()).toMatchObject([{ codes: { BAD_VECTOR: 1 } }]);
    expect(written.join('\n')).not.toContain(vector(numbers));
    expect(written.join('\n')).not.toContain('0.123456');
  });
});
