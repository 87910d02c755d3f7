import { exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { ENDPOINT, type Answer } from './setup.ts';

const QUERY = '{ encoder { id } }';
const ENCODED = encodeURIComponent(QUERY);
const BODY = JSON.stringify({ query: QUERY });
const ANSWER = { data: { encoder: { id: 'tiny-clip' } } };
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const LIMIT = 16 * 1024 * 1024;

const send = (search: string, init?: RequestInit): Promise<Response> =>
  exports.default.fetch(ENDPOINT + search, init);

/** By a Blob, which has no media type of its own. */
const post = (body: BlobPart, type: string | null, headers: Record<string, string> = {}): Promise<Response> =>
  send('', {
    method: 'POST',
    body: new Blob([body]),
    headers: {
      'graphql-require-preflight': '1',
      ...(type === null ? {} : { 'content-type': type }),
      ...headers,
    },
  });

async function expectRefused(response: Response, status: number, says: string): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(
    /^application\/(graphql-response\+)?json; charset=utf-8$/,
  );
  const { errors, data } = await response.json<Answer>();
  expect(errors).toHaveLength(1);
  expect(errors?.[0].message).toContain(says);
  expect(errors?.[0].extensions?.code).toBe(status === 413 ? 'LIMIT_EXCEEDED' : 'BAD_REQUEST');
  expect(data ?? null).toBeNull();
}

describe('parameters in a URL or a form', () => {
  const places = [
    { place: 'URL', ask: (text: string, accept: string) => send(`?${text}`, { headers: { accept } }) },
    { place: 'form', ask: (text: string, accept: string) => post(text, FORM_TYPE, { accept }) },
  ];
  const cases = [
    {
      what: 'variables that are not JSON',
      text: `query=${ENCODED}&variables={a`,
      says: '"variables" is not JSON',
    },
    { what: 'variables cut off', text: `query=${ENCODED}&variables={"a":`, says: '"variables" is not JSON' },
    { what: 'variables of NaN', text: `query=${ENCODED}&variables=NaN`, says: '"variables" is not JSON' },
    { what: 'variables that are a list', text: `query=${ENCODED}&variables=[1]`, says: 'got a list' },
    { what: 'variables that are text', text: `query=${ENCODED}&variables="a"`, says: 'got a string' },
    { what: 'variables that are a number', text: `query=${ENCODED}&variables=0`, says: 'got a number' },
    {
      what: 'extensions that are not JSON',
      text: `query=${ENCODED}&extensions=x`,
      says: '"extensions" is not JSON',
    },
    {
      what: 'extensions that are a list',
      text: `query=${ENCODED}&extensions=[]`,
      says: '"extensions" as an object',
    },
    { what: 'two queries', text: `query=${ENCODED}&query=${ENCODED}`, says: '"query" once, got it 2 times' },
    { what: 'variables twice', text: `query=${ENCODED}&variables={}&variables={}`, says: '"variables" once' },
    {
      what: 'bytes that are not UTF-8',
      text: 'query={encoder{id}} %23%FF',
      says: '"query" is not percent-encoded UTF-8',
    },
    { what: 'no query', text: 'variables={}', says: '"query" as a string, got none' },
    { what: 'nothing', text: '', says: '"query" as a string, got none' },
  ];
  const accepted = ['application/json', 'application/graphql-response+json', '*/*'];

  it.each(places.flatMap((place) => cases.map((one) => ({ ...place, ...one }))))(
    '$place: 400 for $what, whatever the client accepts',
    async ({ ask, text, says }) => {
      const answers = await Promise.all(accepted.map((accept) => ask(text, accept)));
      await Promise.all(answers.map((answer) => expectRefused(answer, 400, says)));
    },
  );

  it.each(places)('$place: answers with variables, with null and with empty parameters', async ({ ask }) => {
    const query = encodeURIComponent('query A($name: String!) { selection(name: $name) { name } }');
    const variables = encodeURIComponent('{"name":"nöne"}');
    for (const text of [
      `query=${query}&variables=${variables}&operationName=A`,
      `query=${query}&variables=${variables}&operationName=&extensions=`,
      `query=${query}&variables=${variables}&extensions=null&other=1`,
    ]) {
      expect(await (await ask(text, JSON_TYPE)).json()).toMatchObject({ data: { selection: null } });
    }
  });
});

describe('a body of JSON', () => {
  it.each([
    { what: 'nothing', body: '', says: 'an empty body' },
    { what: 'no JSON', body: '{', says: 'The body is not JSON' },
    { what: 'a batch', body: `[${BODY}]`, says: 'Batching is not supported' },
    { what: 'an empty batch', body: '[]', says: 'Batching is not supported' },
    { what: 'null', body: 'null', says: 'an object with a query' },
    { what: 'a number', body: '5', says: 'got a number' },
    { what: 'text', body: '"query"', says: 'got a string' },
    { what: 'an object without a query', body: '{}', says: '"query" as a string, got none' },
    { what: 'a query that is null', body: '{"query":null}', says: '"query" as a string, got none' },
    { what: 'a query that is a number', body: '{"query":1}', says: '"query" as a string, got a number' },
    { what: 'a query that is a list', body: '{"query":["{a}"]}', says: '"query" as a string, got a list' },
    {
      what: 'an operation name that is a number',
      body: `{"query":"${QUERY}","operationName":1}`,
      says: '"operationName"',
    },
    {
      what: 'an operation name that is a list',
      body: '{"query":"query A { encoder { id } }","operationName":["A"]}',
      says: '"operationName" as a string, got a list',
    },
    {
      what: 'variables that are text',
      body: `{"query":"${QUERY}","variables":"{}"}`,
      says: '"variables" as an object',
    },
    {
      what: 'extensions that are a list',
      body: `{"query":"${QUERY}","extensions":[]}`,
      says: '"extensions" as an object',
    },
  ])('is 400 for $what, whatever the client accepts', async ({ body, says }) => {
    for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
      await expectRefused(await post(body, JSON_TYPE, { accept }), 400, says);
    }
  });

  it('is 400 where a byte is not UTF-8, not another text', async () => {
    const latin1 = Uint8Array.from('{"query":"{ encoder { id } } # é"}', (character) =>
      character.charCodeAt(0),
    );
    await expectRefused(await post(latin1, JSON_TYPE), 400, 'not UTF-8');
  });

  it('may begin with a byte order mark', async () => {
    expect(await (await post(`\ufeff${BODY}`, JSON_TYPE)).json()).toMatchObject(ANSWER);
  });
});

describe('media types', () => {
  it.each([
    { type: 'Application/JSON; Charset=UTF-8', body: BODY },
    { type: 'APPLICATION/JSON;CHARSET="utf-8"', body: BODY },
    { type: 'application/json ; charset=utf8', body: BODY },
    { type: 'application/json, application/json', body: BODY },
    { type: 'Application/GraphQL+JSON', body: BODY },
    { type: 'Application/GraphQL', body: QUERY },
    { type: 'Application/X-WWW-Form-URLEncoded; Charset=utf-8', body: `query=${ENCODED}` },
    {
      type: 'Multipart/Form-Data; Boundary=Xy',
      body: `--Xy\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${BODY}\r\n--Xy--\r\n`,
    },
  ])('are compared regardless of case: $type', async ({ type, body }) => {
    const response = await post(body, type);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject(ANSWER);
  });

  it.each([
    { accept: 'Application/JSON', type: 'application/json; charset=utf-8' },
    { accept: 'APPLICATION/GraphQL-Response+JSON', type: 'application/graphql-response+json; charset=utf-8' },
    { accept: 'Application/JSON; Charset=UTF-8', type: 'application/json; charset=utf-8' },
  ])('are compared regardless of case in Accept: $accept', async ({ accept, type }) => {
    const response = await post(BODY, JSON_TYPE, { accept });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
  });

  it.each([
    { type: 'text/plain', says: '"text/plain"' },
    { type: 'application/xml; charset=utf-8', says: '"application/xml; charset=utf-8"' },
    { type: 'application/json; charset=iso-8859-1', says: 'the charset "iso-8859-1"' },
    { type: 'application/json; Charset="UTF-16"', says: 'the charset "utf-16"' },
  ])('that are not read are 415 by name: $type', async ({ type, says }) => {
    await expectRefused(await post(BODY, type), 415, says);
  });

  it('that are missing are 415, and the answer says which there are', async () => {
    const response = await post(BODY, null);
    expect(response.headers.get('accept-post')).toContain('application/json');
    await expectRefused(response, 415, 'got none');
  });
});

describe('a body with a content coding', () => {
  const compress = async (body: BlobPart, format: CompressionFormat): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(
      await new Response(new Blob([body]).stream().pipeThrough(new CompressionStream(format))).arrayBuffer(),
    );
  const postCoded = (body: BlobPart, coding: string, type = JSON_TYPE): Promise<Response> =>
    post(body, type, { 'content-encoding': coding });

  it.each([
    { coding: 'gzip', format: 'gzip' as const },
    { coding: 'GZip', format: 'gzip' as const },
    { coding: 'x-gzip', format: 'gzip' as const },
    { coding: 'deflate', format: 'deflate' as const },
  ])('is decoded: $coding', async ({ coding, format }) => {
    const response = await postCoded(await compress(BODY, format), coding);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject(ANSWER);
  });

  it('is decoded without a declared length, in a form, and in a multipart request', async () => {
    const bytes = await compress(BODY, 'gzip');
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.subarray(0, 11));
        controller.enqueue(bytes.subarray(11));
        controller.close();
      },
    });
    const form = new FormData();
    form.set('operations', BODY);
    const multipart = new Response(form);
    const type = multipart.headers.get('content-type') ?? '';
    const answers = await Promise.all([
      send('', {
        method: 'POST',
        body: stream,
        headers: { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' },
      }),
      postCoded(await compress(`query=${ENCODED}`, 'gzip'), 'gzip', FORM_TYPE),
      postCoded(await compress(new Uint8Array(await multipart.arrayBuffer()), 'gzip'), 'gzip', type),
    ]);
    for (const answer of answers) expect(await answer.json()).toMatchObject(ANSWER);
  });

  it('identity is a body as it is', async () => {
    expect(await (await post(BODY, JSON_TYPE, { 'content-encoding': 'Identity' })).json()).toMatchObject(
      ANSWER,
    );
  });

  it.each(['br', 'zstd', 'compress', 'gzip, gzip', 'aes128gcm', 'constructor'])(
    'is 415 by name where it is not decoded: %s',
    async (coding) => {
      const response = await postCoded(await compress(BODY, 'gzip'), coding);
      expect(response.headers.get('accept-encoding')).toBe('gzip, deflate');
      await expectRefused(response, 415, `"${coding}"`);
    },
  );

  it('is 400 where the bytes are not what it says', async () => {
    const whole = await compress(BODY, 'gzip');
    const damaged = whole.slice();
    damaged[whole.length - 6] ^= 0xff;
    await expectRefused(await post(BODY, JSON_TYPE, { 'content-encoding': 'gzip' }), 400, 'not whole gzip');
    await expectRefused(await postCoded(whole, 'deflate'), 400, 'not whole deflate');
    await expectRefused(await postCoded(whole.subarray(0, whole.length - 9), 'gzip'), 400, 'not whole gzip');
    await expectRefused(await postCoded(damaged, 'gzip'), 400, 'not whole gzip');
    await expectRefused(await postCoded(new Uint8Array(0), 'gzip'), 400, '');
  });

  it('is 413 past the limit once decoded, and passes just below it', async () => {
    const padded = (length: number): string => BODY.padEnd(length, ' ');
    const [below, above] = await Promise.all([
      compress(padded(LIMIT), 'gzip'),
      compress(padded(LIMIT + 1), 'gzip'),
    ]);
    expect(above.length).toBeLessThan(LIMIT / 100);
    expect(await (await postCoded(below, 'gzip')).json()).toMatchObject(ANSWER);
    await expectRefused(await postCoded(above, 'gzip'), 413, '16777216 bytes once decoded');
  });

  it('stops decoding a bomb: the damage behind the limit is never reached', async () => {
    const bomb = await compress(new Uint8Array(8 * LIMIT), 'gzip');
    bomb[bomb.length - 6] ^= 0xff;
    await expectRefused(await postCoded(bomb, 'gzip'), 413, 'once decoded');
  });
});

describe('a multipart request', () => {
  const form = (fields: readonly (readonly [string, string])[]): FormData => {
    const data = new FormData();
    for (const [name, value] of fields) data.append(name, value);
    return data;
  };

  it.each([
    {
      what: 'operations twice',
      fields: [
        ['operations', BODY],
        ['operations', BODY],
      ] as const,
      says: '"operations" once',
    },
    {
      what: 'a map twice',
      fields: [
        ['operations', BODY],
        ['map', '{}'],
        ['map', '{}'],
      ] as const,
      says: '"map" once',
    },
    {
      what: 'a map that is a list',
      fields: [
        ['operations', BODY],
        ['map', '[]'],
      ] as const,
      says: '"map"',
    },
    {
      what: 'a map that is null',
      fields: [
        ['operations', BODY],
        ['map', 'null'],
      ] as const,
      says: '"map"',
    },
    {
      what: 'operations without a query',
      fields: [['operations', '{}']] as const,
      says: '"query" as a string',
    },
    {
      what: 'variables that are text',
      fields: [['operations', `{"query":"${QUERY}","variables":"x"}`]] as const,
      says: '"variables" as an object',
    },
    {
      what: 'an operation name that is an object',
      fields: [['operations', `{"query":"${QUERY}","operationName":{}}`]] as const,
      says: '"operationName"',
    },
  ])('is 400 for $what', async ({ fields, says }) => {
    await expectRefused(
      await send('', { method: 'POST', body: form(fields), headers: { 'graphql-require-preflight': '1' } }),
      400,
      says,
    );
  });

  it('is 400 where a file is given twice', async () => {
    const data = form([
      [
        'operations',
        '{"query":"query ($f: File!) { embedImages(images: [{ upload: $f }]) { __typename } }","variables":{"f":null}}',
      ],
      ['map', '{"0":["variables.f"]}'],
    ]);
    data.append('0', new Blob(['one']), 'one.png');
    data.append('0', new Blob(['two']), 'two.png');
    await expectRefused(
      await send('', { method: 'POST', body: data, headers: { 'graphql-require-preflight': '1' } }),
      400,
      '"0" once',
    );
  });

  it.each(['content-disposition:', 'Content-Disposition :'])(
    'is 400 of too many parts, whose header is written %s, wherever chunks end',
    async (header) => {
      const part = `--XX\r\n${header} form-data; name="a"\r\n\r\n\r\n`;
      const bytes = new TextEncoder().encode(part.repeat(1_029) + '--XX--\r\n');
      // One byte less than a part, so that an end goes through every place of one.
      const size = part.length - 1;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
          controller.close();
        },
      });
      const headers = {
        'content-type': 'multipart/form-data; boundary=XX',
        'graphql-require-preflight': '1',
      };
      const response = await send('', { method: 'POST', body, headers });
      const { errors } = await response.json<Answer>();
      expect({ status: response.status, errors }).toMatchObject({
        status: 400,
        errors: [
          {
            message: 'Expected a request of at most 1028 parts, got more.',
            extensions: { code: 'LIMIT_EXCEEDED' },
          },
        ],
      });
    },
  );

  it('is 400 without a boundary, and without a body', async () => {
    await expectRefused(await post(BODY, 'multipart/form-data'), 400, 'multipart/form-data');
    await expectRefused(await post('', 'multipart/form-data; boundary=X'), 400, 'multipart/form-data');
  });
});
