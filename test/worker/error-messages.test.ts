import { exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { ENDPOINT, type Answer, ask, embedding, fullModel, publish, recordOf } from './setup.ts';

/** Stands in no message of ours, so that each one of a message was sent; and is a letter, which a name cannot have. */
const FILLER = 'ж';
const LONG = FILLER.repeat(20_000);
/** Of letters that a name can have. */
const LONG_NAME = 'q'.repeat(20_000);
const MOST = 200;

interface ItemError {
  readonly code: string;
  readonly message: string;
}

async function post(body: BodyInit, headers: Record<string, string> = {}): Promise<string> {
  const init = { method: 'POST', body, headers: { 'graphql-require-preflight': '1', ...headers } };
  return (await exports.default.fetch(ENDPOINT, init)).text();
}

/** Every message of an answer, of errors and of items, wherever it stands. */
function messagesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'message' ? [String(inner)] : messagesOf(inner),
  );
}

function expectShort(answer: unknown): void {
  const messages = messagesOf(answer);
  expect(messages.length).toBeGreaterThan(0);
  for (const message of messages) {
    expect(message.match(/[жq]/g)?.length ?? 0, message.slice(0, 500)).toBeLessThanOrEqual(MOST);
    expect(message.length, message.slice(0, 500)).toBeLessThan(2 * MOST);
    expect(message.isWellFormed(), message).toBe(true);
  }
  expect(JSON.stringify(answer).length).toBeLessThan(65_536);
}

const RANK =
  'query ($image: ImageInput!, $texts: [TextInput!]!, $first: Int) { rankTexts(image: $image, texts: $texts, first: $first) { __typename ... on ItemError { code message } } }';
const EMBED =
  'query ($images: [ImageInput!]!) { embedImages(images: $images) { __typename ... on ItemError { code message } } }';
const texts = [{ text: 'a fox' }];

describe('no message repeats more than 200 characters of what was sent', () => {
  it.each([
    {
      where: 'two kinds of input at once',
      query: EMBED,
      variables: { images: [{ base64: LONG, url: LONG }] },
    },
    { where: 'a list in the place of an object', query: EMBED, variables: { images: [[LONG, LONG]] } },
    { where: 'a text in the place of an object', query: EMBED, variables: { images: LONG } },
    {
      where: 'an object within objects within a list',
      query: EMBED,
      variables: {
        images: [{ base64: 'AA==' }, { embedding: { vector: { a: { b: LONG } }, encoder: LONG } }],
      },
    },
    { where: 'the name of a field', query: EMBED, variables: { images: [{ [LONG]: 1, [LONG_NAME]: LONG }] } },
    {
      where: 'a number',
      query: RANK,
      variables: { image: { base64: 'AA==' }, texts, first: LONG },
    },
    {
      where: 'a list in the place of a number',
      query: RANK,
      variables: { image: { base64: 'AA==' }, texts, first: Array(9).fill(LONG) },
    },
    {
      where: 'an object in the place of a number',
      query: RANK,
      variables: {
        image: { base64: 'AA==' },
        texts,
        first: Object.fromEntries([...'abcdefgh'].map((key) => [key, LONG])),
      },
    },
    {
      where: 'a text in the place of true or false',
      query: 'query ($yes: Boolean!) { encoder { id @include(if: $yes) } }',
      variables: { yes: LONG },
    },
    {
      where: 'an inline text',
      query: `{ rankTexts(image: {base64: "${LONG}"}, texts: [], first: "${LONG}") { __typename } }`,
    },
    {
      where: 'an inline block text',
      query: `{ rankTexts(image: {base64: ""}, texts: [], first: """${LONG}""") { __typename } }`,
    },
    {
      where: 'an inline number',
      query: `{ rankTexts(image: {base64: ""}, texts: [], first: ${'9'.repeat(20_000)}) { __typename } }`,
    },
    { where: 'an inline object', query: `{ selection(name: { a: ["${LONG}", "${LONG}"] }) { id } }` },
    { where: 'an inline member of an enum', query: `{ selection(name: ${LONG_NAME}) { id } }` },
    { where: 'the default of a variable', query: `query ($first: Int = "${LONG}") { encoder { id } }` },
    { where: 'a field of the query', query: `{ ${LONG_NAME} }` },
    { where: 'a variable of the query', query: `query ($${LONG_NAME}: Int) { encoder { id } }` },
    {
      where: 'many names that are not known',
      query: `{ ${Array.from({ length: 90 }, (_, i) => `f${i}${'q'.repeat(190)}`).join(' ')} }`,
    },
    { where: 'a syntax error at a name', query: `{ encoder { id } } ${LONG_NAME}` },
    { where: 'a syntax error at a text', query: `{ encoder { id } "${LONG}" }` },
    { where: 'a text without its end', query: `{ encoder(a: "${LONG} }` },
    {
      where: 'a name of a selection',
      query: `{ rankTexts(image: {base64: ""}, texts: [], selection: "${LONG}") { ... on ItemError { message } } }`,
    },
    {
      where: 'a name of a corpus',
      query: `{ search(corpus: "${LONG}", text: {text: "a fox"}) { scanned } }`,
    },
    {
      where: 'URLs of every kind',
      query: EMBED,
      variables: {
        images: [
          LONG,
          `${LONG_NAME.slice(0, 1_500)}://a`,
          `https://${'q.'.repeat(900)}test`,
          `https://${'q.'.repeat(900)}com/`,
        ].map((url) => ({ url })),
      },
    },
    {
      where: 'what is no picture',
      query: EMBED,
      variables: {
        images: [LONG, `data:${LONG}`, `data:${LONG_NAME};base64,AA==`, btoa(LONG_NAME)].map((base64) => ({
          base64,
        })),
      },
    },
  ])('in $where', async ({ query, variables = {} }) => {
    const answer = await ask(query, variables);
    expectShort(answer);
  });

  it('in an id of an encoder', async () => {
    await publish('error-messages', recordOf(fullModel));
    const query =
      '{ rankTexts(image: {embedding: {vector: "", encoder: "ENCODER"}}, texts: [], selection: "error-messages") { ... on ItemError { code message } } }';
    const { data } = await ask(query.replace('ENCODER', LONG));
    expect((data.rankTexts as ItemError).code).toBe('ENCODER_MISMATCH');
    expectShort(data);
  });

  it('in the name of an operation', async () => {
    expectShort(
      JSON.parse(
        await post(JSON.stringify({ query: 'query A { encoder { id } }', operationName: LONG }), {
          'content-type': 'application/json',
        }),
      ),
    );
  });

  it('in a header, in JSON and in a multipart request', async () => {
    const form = new FormData();
    form.set('operations', '{"query":"{ encoder { id } }","variables":{}}');
    form.set('map', JSON.stringify({ file: [LONG] }));
    form.set('file', new Blob(['x']), 'x.png');
    const unknown = new FormData();
    unknown.set('operations', '{"query":"{ encoder { id } }"}');
    unknown.set('map', JSON.stringify({ [LONG]: ['variables.a'] }));
    const nested = new FormData();
    nested.set('operations', '{"query":"{ encoder { id } }"}');
    nested.set('map', `{"file":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    nested.set('file', new Blob(['x']), 'x.png');
    for (const answer of await Promise.all([
      post('{}', { 'content-type': LONG_NAME }),
      post('{}', { 'content-type': 'application/json', 'content-encoding': LONG_NAME }),
      post('{}', { 'content-type': `application/json; charset=${LONG_NAME}` }),
      post(`{"query": ${LONG}}`, { 'content-type': 'application/json' }),
      post(form),
      post(unknown),
      post(nested),
    ])) {
      const told = JSON.parse(answer) as Answer;
      expect(told.errors?.[0].extensions?.code).toBe('BAD_REQUEST');
      expectShort(told);
    }
  });

  it('and no character is cut in two, wherever the cut comes', async () => {
    for (let shift = 0; shift < 4; shift++) {
      const url = `${'x'.repeat(shift)}${'🦊'.repeat(300)}`;
      const answers = await Promise.all([
        ask(EMBED, { images: [{ url, base64: url }] }),
        ask(EMBED, { images: [{ [url]: url }] }),
        ask('query ($n: Int) { rankTexts(image: {base64: ""}, texts: [], first: $n) { __typename } }', {
          n: url,
        }),
        ask(`{ rankTexts(image: {base64: ""}, texts: [], first: "${url}") { __typename } }`),
        ask(
          `{ selection(name: "none", x: "${url}") { id } search(corpus: "${url}", text: {text: "a"}) { scanned } }`,
        ),
        ask(`{ search(corpus: "${url}", text: {text: "a"}) { scanned } }`),
      ]);
      for (const answer of answers) expectShort(answer);
    }
  });
});

describe('errors end at the first few', () => {
  it('a picture with 60 fields too many is not printed at all', async () => {
    const image: Record<string, string> = { base64: 'A'.repeat(6_000_000) };
    for (let i = 0; i < 60; i++) image[`field${i}`] = 'x';
    const body = JSON.stringify({ query: EMBED, variables: { images: [image] } });
    const answer = await post(body, { 'content-type': 'application/json' });
    expect(answer.length).toBeLessThan(4_096);
    const { errors } = JSON.parse(answer) as Answer;
    expect(errors?.slice(0, -1).map(({ message }) => message)).toEqual(
      [0, 1, 2, 3, 4].map((i) =>
        expect.stringContaining(`; Field "field${i}" is not defined by type "ImageInput".`),
      ),
    );
    expect(errors?.at(-1)?.message).toContain('error limit reached');
    for (const error of errors ?? []) expect(error.extensions?.code).toBe('BAD_INPUT');
  });

  it('of a query with fields that are not known, and those that cannot be merged at many places', async () => {
    const unknown = await ask(
      `{ ${'\n'.repeat(60_000)} ${Array.from({ length: 60 }, (_, i) => `f${i}`).join(' ')} }`,
    );
    expect(unknown.errors?.length).toBe(6);
    expectShort(unknown);
    const half = (field: string): string => `encoder { ${`a: ${field} `.repeat(120)} }`;
    const merged = await ask(`{ ${half('id')} ${half('dim')} }`);
    expect(merged.errors?.[0].message).toMatch(
      /^Fields "encoder" conflict because subfields "a" conflict.*…/,
    );
    expectShort(merged);
  });
});

it.each([
  {
    query: 'query ($n: Int) { rankTexts(image: {base64: ""}, texts: [], first: $n) { __typename } }',
    variables: { n: 'one' },
    says: ['Variable "$n" got invalid value "one"; Int cannot represent non-integer value: "one"'],
  },
  {
    query: EMBED,
    variables: { images: [{ base64: 'AA==' }, { ulr: 'https://example.com/a.png' }] },
    says: [
      'Variable "$images" got invalid value { ulr: "https://example.com/a.png" } at "images[1]"; Field "ulr" is not defined by type "ImageInput". Did you mean "url"?',
      'Variable "$images" got invalid value { ulr: "https://example.com/a.png" } at "images[1]"; Exactly one key must be specified for OneOf type "ImageInput".',
    ],
  },
  {
    query: EMBED,
    variables: { images: [{ base64: 'A'.repeat(9_000), url: `https://example.com/${'a'.repeat(900)}` }] },
    says: [
      'Variable "$images" got invalid value { base64: "AAAAAAAAAAAAAAAAAAAAAAAA…", url: "https://example.com/aaaa…" } at "images[0]"; Exactly one key must be specified for OneOf type "ImageInput".',
    ],
  },
  { query: EMBED, says: ['Variable "$images" of required type "[ImageInput!]!" was not provided.'] },
  {
    query: '{ encoders { id } }',
    says: ['Cannot query field "encoders" on type "Query". Did you mean "encoder"?'],
  },
  { query: '{ encoder { id }', says: ['Syntax Error: Expected Name, found <EOF>.'] },
  { query: '{ selection(name: 1) { id } }', says: ['String cannot represent a non string value: 1'] },
])('a message says what was sent, in short: $says', async ({ query, variables = {}, says }) => {
  expect((await ask(query, variables)).errors?.map(({ message }) => message)).toEqual(says);
});

it('an answer tells where the mistake is', async () => {
  const { errors } = JSON.parse(
    await post(JSON.stringify({ query: '{\n  encoder { id ids }\n}' }), {
      'content-type': 'application/json',
    }),
  ) as { errors: { locations: unknown }[] };
  expect(errors[0].locations).toEqual([{ line: 2, column: 16 }]);
});

it('embedding inputs and good variables pass as before', async () => {
  await publish('error-messages', recordOf(fullModel));
  const { data } = await ask(
    'query ($i: ImageInput!, $t: [TextInput!]!) { rankTexts(image: $i, texts: $t, selection: "error-messages") { ... on Ranking { items { index } } } }',
    { i: embedding([1, 0, 0, 0]), t: [embedding([1, 0, 0, 0])] },
  );
  expect(data.rankTexts.items).toEqual([{ index: 0 }]);
});
