import { exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { ENDPOINT, type Answer, askWith, embedding, fakeAi } from './setup.ts';

const MOST_BYTES = 65_536;
const EMBED_TEXTS = 'query ($texts: [String!]!) { embedTexts(texts: $texts) { __typename } }';

const words = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `refused text ${from + i}`);

/** One answer of an isolate whose every binding counts how it is used. */
async function askCounting(query: string, variables: object): Promise<Answer & { readonly used: string[] }> {
  const used: string[] = [];
  const counting = (binding: string): object =>
    new Proxy({}, { get: (_, method) => () => used.push(`${binding}.${String(method)}`) });
  const ai = fakeAi(() => null);
  const overrides = { AI: ai, SELECTIONS: counting('SELECTIONS'), CORPORA: counting('CORPORA') };
  const answer = await askWith(overrides, query, variables);
  return { ...answer, used: [...used, ...ai.calls.map(() => 'AI.run')] };
}

describe('a request that asks for more than it may is refused once, and nothing is done for it', () => {
  const RANK = `query ($image: ImageInput!, $texts: [TextInput!]!) {
    rankTexts(image: $image, texts: $texts) { __typename ... on ItemError { code } }
  }`;
  const image = embedding([1, 0, 0, 0]);

  it.each([
    {
      name: 'different texts in a list',
      query: EMBED_TEXTS,
      variables: { texts: words(300) },
      asked: 300,
      allowed: 256,
    },
    {
      name: 'different texts to rank',
      query: RANK,
      variables: { image, texts: words(300).map((text) => ({ text })) },
      asked: 300,
      allowed: 256,
    },
    {
      name: 'different texts in two fields and a classification',
      query: `query ($a: [String!]!, $labels: [String!]!, $image: ImageInput!) {
        a: embedTexts(texts: $a) { __typename }
        b: classify(image: $image, labels: $labels, templates: ["{}", "a {}"]) { __typename }
      }`,
      variables: { a: words(200), labels: words(100), image },
      asked: 400,
      allowed: 256,
    },
    {
      name: 'different images',
      query: 'query ($images: [ImageInput!]!) { embedImages(images: $images) { __typename } }',
      variables: { images: Array.from({ length: 65 }, (_, i) => ({ base64: btoa(`picture ${i}`) })) },
      asked: 65,
      allowed: 64,
    },
    {
      name: 'different image URLs',
      query: 'query ($images: [ImageInput!]!) { embedImages(images: $images) { __typename } }',
      variables: {
        images: Array.from({ length: 17 }, (_, i) => ({ url: `https://pictures.example.com/${i}` })),
      },
      asked: 17,
      allowed: 16,
    },
    {
      name: 'scored pairs',
      query: `query ($images: [ImageInput!]!, $texts: [TextInput!]!) {
        a: alignMatrix(images: $images, texts: $texts) { selection }
        b: alignMatrix(images: $images, texts: $texts) { selection }
      }`,
      variables: { images: Array(128).fill(image), texts: Array(65).fill({ text: 'a fox' }) },
      asked: 16_640,
      allowed: 16_384,
    },
  ])('$name', async ({ query, variables, asked, allowed }) => {
    const { status, errors, used } = await askCounting(query, variables);
    expect(status).toBe(400);
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', asked, allowed } }]);
    expect(errors?.[0].message).toContain(String(asked));
    expect(used).toEqual([]);
  });

  it('a search with too long lists and too large numbers', async () => {
    const search = (args: string): string =>
      `{ search(corpus: "any", text: {text: "a fox"}, ${args}) { scanned } }`;
    for (const args of [
      'first: 101',
      'rerank: 1001',
      `filter: [${'{field: "a", eq: "b"} '.repeat(17)}]`,
      `filter: [{field: "a", in: [${'"b" '.repeat(257)}]}]`,
    ]) {
      const { errors, used } = await askCounting(search(args), {});
      expect(errors, args).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
      expect(used).toEqual([]);
    }
  });

  it('a classification whose prompts would be longer than a text, before one is built', async () => {
    const query = `query ($labels: [String!]!, $templates: [String!]!, $image: ImageInput!) {
      classify(image: $image, labels: $labels, templates: $templates) { ... on ItemError { code message } }
    }`;
    const variables = {
      image,
      labels: Array.from({ length: 16 }, (_, i) => `${i} ${'x'.repeat(4_000)}`),
      templates: Array(16).fill('{}'.repeat(60_000)),
    };
    const { data, used } = await askCounting(query, variables);
    expect(data.classify).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(data.classify.message).toContain('4096 characters');
    expect(used).toEqual([]);
  });
});

describe('a request of too many pieces is refused before they are parsed', () => {
  const post = async (body: BodyInit, type?: string): Promise<Answer> => {
    const headers = {
      'graphql-require-preflight': '1',
      ...(type === undefined ? {} : { 'content-type': type }),
    };
    const response = await exports.default.fetch(ENDPOINT, { method: 'POST', body, headers });
    return { status: response.status, ...(await response.json<Omit<Answer, 'status'>>()) };
  };
  const QUERY = '{"query":"{ __typename }","variables":';

  it.each([
    { name: 'members', variables: `{${Array.from({ length: 70_000 }, (_, i) => `"k${i}":1`).join(',')}}` },
    { name: 'elements', variables: `{"list":[${'1,'.repeat(70_000)}1]}` },
    { name: 'brackets', variables: `{"list":${'['.repeat(70_000)}${']'.repeat(70_000)}}` },
  ])('in JSON: $name', async ({ variables }) => {
    const { status, errors } = await post(`${QUERY}${variables}}`, 'application/json');
    expect(status).toBe(400);
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
    expect(errors?.[0].message).toContain('65536 values');
  });

  it('in JSON, where commas and brackets within texts are none', async () => {
    const text = '[{,\\"'.repeat(70_000);
    const { data } = await post(`${QUERY}${JSON.stringify({ text, end: '\\' })}}`, 'application/json');
    expect(data).toEqual({ __typename: 'Query' });
  });

  it('in a form and in a multipart request', async () => {
    const form = new FormData();
    form.set('operations', '{"query":"{ __typename }"}');
    for (let i = 0; i < 1_100; i++) form.set(`part${i}`, 'x');
    for (const { errors } of [
      await post('a=1&'.repeat(1_000), 'application/x-www-form-urlencoded'),
      await post(form),
    ]) {
      expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
    }
  });
});

describe('an answer to a refused request is short', () => {
  const LONG = 'q'.repeat(200);
  const json = (value: object): RequestInit => ({
    method: 'POST',
    body: JSON.stringify(value),
    headers: { 'content-type': 'application/json' },
  });
  const form = (operations: string, map: string): RequestInit => {
    const body = new FormData();
    body.set('operations', operations);
    body.set('map', map);
    return { method: 'POST', body, headers: { 'graphql-require-preflight': '1' } };
  };
  const aliased = (count: number, field: string): string =>
    `{ ${Array.from({ length: count }, (_, i) => `${LONG.slice(5)}${i}: ${field}`).join(' ')} }`;

  it.each([
    {
      name: 'long aliases of what costs too much',
      request: json({
        query: aliased(64, 'embedImages(images: [{base64: ""} {base64: ""}]) { __typename }'),
      }),
    },
    {
      name: 'long aliases of fields that fail',
      request: json({
        query: aliased(64, 'search(corpus: "none", text: {text: "a"}, first: 999) { scanned }'),
      }),
    },
    {
      name: 'long aliases of selections that are too many',
      request: json({
        query: aliased(64, 'selection(name: "none") { id }').replace(
          /"none"/g,
          () => `"none-${Math.random()}"`,
        ),
      }),
    },
    {
      name: 'many unknown fields after many new lines',
      request: json({ query: `{ ${'\n'.repeat(60_000)} ${'unknown '.repeat(100)} }` }),
    },
    {
      name: 'unknown variables by the thousand',
      request: json({
        query: 'query ($n: Int!) { encoder { id } }',
        variables: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`v${i}`, LONG])),
      }),
    },
    { name: 'a list of operations', request: json(Array.from({ length: 1_000 }, () => ({ query: LONG }))) },
    {
      name: 'a persisted query that is not there',
      request: json({ extensions: { persistedQuery: { version: 1, sha256Hash: LONG.repeat(100) } } }),
    },
    {
      name: 'a long name of an operation',
      request: json({ query: 'query A { encoder { id } }', operationName: LONG.repeat(1_000) }),
    },
    {
      name: 'a form with thousands of paths',
      request: form(
        '{"query":"{ encoder { id } }"}',
        JSON.stringify(Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`${LONG}${i}`, [LONG]]))),
      ),
    },
  ])('$name', async ({ request }) => {
    const response = await exports.default.fetch(ENDPOINT, request);
    const text = await response.text();
    expect(JSON.parse(text)).toHaveProperty('errors');
    expect(new TextEncoder().encode(text).length).toBeLessThan(MOST_BYTES);
  });

  it('in a GET', async () => {
    const query = aliased(60, 'selection(name: 1) { id }');
    const response = await exports.default.fetch(`${ENDPOINT}?query=${encodeURIComponent(query)}`);
    const text = await response.text();
    expect(JSON.parse(text)).toHaveProperty('errors');
    expect(text.length).toBeLessThan(MOST_BYTES);
  });
});
