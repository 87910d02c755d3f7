import { exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.ts';
import { ENDPOINT, type Answer } from './setup.ts';

const SEED = 20261129;
const MANGLED = 120;
const QUERY = 'query A($name: String!) { selection(name: $name) { id } encoder { id } }';
const VARIABLES = { name: 'mangled ☃' };
const MULTIPART = [
  '--B\r\nContent-Disposition: form-data; name="operations"\r\n\r\n',
  '{"query":"query ($f: File!) { embedImages(images: [{ upload: $f }]) { __typename } }","variables":{"f":null}}',
  '\r\n--B\r\nContent-Disposition: form-data; name="map"\r\n\r\n{"0":["variables.f"]}',
  '\r\n--B\r\nContent-Disposition: form-data; name="0"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nno picture\r\n--B--\r\n',
].join('');
const form = new URLSearchParams({
  query: QUERY,
  variables: JSON.stringify(VARIABLES),
  operationName: 'A',
  extensions: '{"a":1}',
}).toString();
const WHOLE = [
  {
    type: 'application/json',
    text: JSON.stringify({ query: QUERY, variables: VARIABLES, operationName: 'A' }),
  },
  { type: 'application/x-www-form-urlencoded', text: form },
  { type: 'multipart/form-data; boundary=B', text: MULTIPART },
  { type: null, text: form },
];
/** What parsers stumble over. */
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  ':',
  ',',
  'null',
  '1e999',
  '-',
  '%',
  '%zz',
  '&',
  '=',
  '+',
  '\0',
  '\u{d800}',
];

const random = createRandom(SEED);

/** Bytes cut out, doubled, turned over, or a piece put in, up to four times. */
function mangle(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let mangled = [...bytes];
  for (let times = 1 + random.nextInt(4); times > 0; times--) {
    const at = random.nextInt(mangled.length + 1);
    const end = at + random.nextInt(12);
    const piece = new TextEncoder().encode(PIECES[random.nextInt(PIECES.length)]);
    const put = [
      [],
      [...mangled.slice(at, end), ...mangled.slice(at, end)],
      [...piece],
      [random.nextInt(256)],
    ];
    mangled = [...mangled.slice(0, at), ...put[random.nextInt(put.length)], ...mangled.slice(end)];
  }
  return Uint8Array.from(mangled);
}

function send(type: string | null, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  // A URL has no bytes above ASCII.
  if (type === null)
    return exports.default.fetch(`${ENDPOINT}?${String.fromCharCode(...body).replace(/[^\x21-\x7e]/g, '')}`);
  return exports.default.fetch(ENDPOINT, {
    method: 'POST',
    headers: { 'content-type': type, 'graphql-require-preflight': '1' },
    body: new Blob([body]),
  });
}

it(`a mangled request is answered or refused by name, never a bug (seed ${SEED})`, async () => {
  const statuses = new Map<number, number>();
  for (let number = 0; number < MANGLED; number++) {
    const { type, text } = WHOLE[number % WHOLE.length];
    const body = mangle(new TextEncoder().encode(text));
    const response = await send(type, body);
    const said = await response.text();
    const what = `number ${number}, ${type}: ${new TextDecoder().decode(body)}\n${said}`;
    expect([200, 400], what).toContain(response.status);
    const { data, errors } = JSON.parse(said) as Answer;
    for (const error of errors ?? []) {
      expect(error.extensions?.code, what).toMatch(/^(BAD_|GRAPHQL_|OPERATION_|LIMIT_)/);
      expect(error.message, what).not.toBe('Unexpected error.');
    }
    if (response.status !== 200) expect(data ?? null, what).toBeNull();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  }
  // Some still mean what they did.
  expect(statuses.get(400)).toBeGreaterThan(MANGLED / 4);
  expect(statuses.get(200)).toBeGreaterThan(MANGLED / 10);
});

it.each(['valueOf', 'constructor', '__proto__', 'hasOwnProperty', 'toString'])(
  'a mutation is refused as one, whatever its field is called: %s',
  async (field) => {
    for (const query of [`mutation { ${field} }`, `subscription { ${field} { ${field} } }`]) {
      const body = JSON.stringify({ query });
      const headers = { 'content-type': 'application/json' };
      const response = await exports.default.fetch(ENDPOINT, { method: 'POST', headers, body });
      const { errors } = await response.json<Answer>();
      expect(errors?.length).toBeGreaterThan(0);
      for (const { extensions } of errors ?? [])
        expect(extensions?.code).toMatch(/^(BAD_|GRAPHQL_|OPERATION_)/);
    }
  },
);
