import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { OPERATIONS_KEY } from '../../src/format/kv-keys.ts';
import { hashOfDocument } from '../../src/storage/operation-list.ts';
import { type Ask, isolateWith, putKey } from './access-setup.ts';
import { fullModel, publish, recordOf } from './setup.ts';

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

const persisted = (sha256Hash: string, version = 1): object => ({ persistedQuery: { version, sha256Hash } });

/** By GET, as clients ask that want answers to be kept. */
function get(
  ask: Ask,
  parameters: Record<string, string | object>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const search = new URLSearchParams(
    Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  return ask(`/graphql?${search}`, { headers });
}

const codeOf = async (response: Response): Promise<string | undefined> =>
  (await response.json<Answer>()).errors?.[0].extensions.code;

/** Each test has documents of its own: what is kept is kept for the whole isolate of the tests. */
let count = 0;
const fresh = (fields = '__typename'): string => `{ ${fields} } # ${(count += 1)}`;

describe('automatic persisted queries', () => {
  const ask = isolateWith({});

  it('are asked for once more with the query, and answered by their hash from then on', async () => {
    const query = fresh();
    const extensions = persisted(hashOfDocument(query));
    const unknown = await get(ask, { extensions });
    expect(unknown.status).toBe(200);
    expect(unknown.headers.get('cache-control')).toBe('no-store');
    expect(await unknown.json()).toMatchObject({
      errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    });
    const answer = { data: { __typename: 'Query' } };
    expect(await (await get(ask, { query, extensions })).json()).toMatchObject(answer);
    expect(await (await get(ask, { extensions })).json()).toMatchObject(answer);
    const posted = await ask('/graphql', {
      method: 'POST',
      body: JSON.stringify({ extensions }),
      headers: { 'content-type': 'application/json' },
    });
    expect(await posted.json()).toMatchObject(answer);
    expect(posted.headers.get('cache-control')).toBe('no-store');
  });

  it('take variables and an operation', async () => {
    const query = `query A($name: String!) { selection(name: $name) { id } } query B { __typename }`;
    const extensions = persisted(hashOfDocument(query));
    await get(ask, { query, extensions, operationName: 'B' });
    const response = await get(ask, { extensions, operationName: 'A', variables: { name: 'nothing-there' } });
    expect(await response.json()).toMatchObject({ data: { selection: null } });
  });

  it('refuse a hash that is not that of the query, and keep nothing under it', async () => {
    const query = fresh();
    const hash = hashOfDocument(fresh());
    const response = await get(ask, { query, extensions: persisted(hash) });
    expect([response.status, await codeOf(response)]).toEqual([400, 'PERSISTED_QUERY_HASH_MISMATCH']);
    expect(await codeOf(await get(ask, { extensions: persisted(hash) }))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  it.each([
    ['another version', persisted('a'.repeat(64), 2)],
    ['no hash', { persistedQuery: { version: 1 } }],
    ['a hash that is none', persisted('A'.repeat(64))],
    ['a hash that is too long', persisted('a'.repeat(100_000))],
    ['a number', { persistedQuery: 1 }],
  ])('refuse %s', async (_what, extensions) => {
    const response = await ask('/graphql', {
      method: 'POST',
      body: JSON.stringify({ query: '{ __typename }', extensions }),
      headers: { 'content-type': 'application/json' },
    });
    expect([response.status, await codeOf(response)]).toEqual([400, 'BAD_REQUEST']);
  });

  it('keep only what is valid, and nothing that is long', async () => {
    for (const query of [fresh('nothing'), '{', `{ __typename } # ${'x'.repeat(20_000)}`]) {
      const extensions = persisted(hashOfDocument(query));
      const body = JSON.stringify({ query, extensions });
      await ask('/graphql', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      expect(await codeOf(await get(ask, { extensions }))).toBe('PERSISTED_QUERY_NOT_FOUND');
    }
  });

  it('are limited like any query', async () => {
    const query = `{ ${Array.from({ length: 600 }, (_, i) => `a${i}: __typename`).join(' ')} }`;
    const extensions = persisted(hashOfDocument(query));
    for (const parameters of [{ query, extensions }, { extensions }]) {
      expect(await codeOf(await get(ask, parameters))).not.toBeUndefined();
    }
  });

  it('can be switched off', async () => {
    const off = isolateWith({ PERSISTED_OPERATIONS: 'off' });
    const query = fresh();
    const extensions = persisted(hashOfDocument(query));
    expect(await (await get(off, { query, extensions })).json()).toMatchObject({
      data: { __typename: 'Query' },
    });
    expect(await codeOf(await get(off, { extensions }))).toBe('PERSISTED_QUERY_NOT_SUPPORTED');
  });
});

describe('an answer may be kept by a shared cache', () => {
  const cacheOf = async (
    ask: Ask,
    query: string,
    headers: Record<string, string> = {},
  ): Promise<string | null> => {
    const extensions = persisted(hashOfDocument(query));
    return (await get(ask, { query, extensions }, headers)).headers.get('cache-control');
  };
  const KEPT = 'public, max-age=60';

  it('where it is the same for all', async () => {
    await publish('kept', recordOf(fullModel));
    const response = await get(isolateWith({}), {
      extensions: persisted(hashOfDocument('{ selection(name: "kept") { id } }')),
      query: '{ selection(name: "kept") { id } }',
    });
    expect(response.headers.get('cache-control')).toBe(KEPT);
    expect(response.headers.get('vary')).toMatch(/accept/i);
  });

  it('but not what was not asked by a hash', async () => {
    expect((await get(isolateWith({}), { query: fresh() })).headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['with Authorization', fresh(), { authorization: 'Bearer x' }],
    ['with a cookie', fresh(), { cookie: 'CF_Authorization=x' }],
    ['with a GraphQL error', '{ alignMatrix(images: [], texts: [], selection: "none") { selection } }', {}],
    ['with an item error', '{ embedTexts(texts: [""]) { ... on ItemError { code } } }', {}],
    [
      'with an error of an item whose code nobody asked for',
      '{ embedTexts(texts: [""]) { __typename } }',
      {},
    ],
    [
      'with something that was encoded',
      '{ embedTexts(texts: ["a fox to keep"]) { ... on Embedding { dim } } }',
      {},
    ],
  ])('but not one %s', async (_what, query, headers) => {
    expect(await cacheOf(isolateWith({}), query, headers)).toBe('no-store');
  });

  it('but not where callers are told apart', async () => {
    const { text } = await putKey();
    const ask = isolateWith({ AUTH: 'keys' });
    expect(await cacheOf(ask, fresh(), { authorization: `Bearer ${text}` })).toBe('no-store');
  });
});

describe('a deployment that answers listed operations only', () => {
  const LISTED = 'query Listed { __typename }';
  const store = (list: unknown): Promise<void> =>
    env.SELECTIONS.put(OPERATIONS_KEY, typeof list === 'string' ? list : JSON.stringify(list));
  const only = (): Ask => isolateWith({ PERSISTED_OPERATIONS: 'only' });
  const readiness = async (ask: Ask): Promise<{ readonly ok: boolean } | undefined> => {
    const { checks } = await (await ask('/ready')).json<{ checks: { name: string; ok: boolean }[] }>();
    return checks.find(({ name }) => name === 'operations');
  };
  afterEach(() => env.SELECTIONS.delete(OPERATIONS_KEY));

  it('answers them by id, by hash and by text, and refuses all others', async () => {
    await store({ [hashOfDocument(LISTED)]: LISTED, 'page/2': 'query Page2 { limits { images } }' });
    const ask = only();
    for (const parameters of [
      { extensions: persisted(hashOfDocument(LISTED)) },
      { query: LISTED },
      { query: LISTED, extensions: persisted(hashOfDocument(LISTED)) },
    ]) {
      expect(await (await get(ask, parameters)).json()).toMatchObject({ data: { __typename: 'Query' } });
    }
    const byName = await get(ask, { extensions: persisted('page/2') });
    expect(await byName.json()).toMatchObject({ data: { limits: { images: expect.any(Number) } } });
    for (const parameters of [
      { query: '{ __typename }' },
      { query: '{ __schema { description } }' },
      { query: `${LISTED} ` },
      { query: '{ encoder { id } }', extensions: persisted(hashOfDocument(LISTED)) },
      { extensions: persisted(hashOfDocument('{ encoder { id } }')) },
    ]) {
      const response = await get(ask, parameters);
      expect([response.status, await codeOf(response)]).toEqual([403, 'PERSISTED_QUERY_NOT_IN_LIST']);
    }
  });

  it('refuses all where there is no list', async () => {
    expect((await get(only(), { query: LISTED })).status).toBe(403);
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a document that is no text', { a: 1 }],
    ['a hash of another document', { [hashOfDocument(LISTED)]: '{ encoder { id } }' }],
    ['too many', Object.fromEntries(Array.from({ length: 4_097 }, (_, i) => [`a${i}`, LISTED]))],
  ])('refuses all where the list is damaged: %s', async (_what, list) => {
    await store(list);
    expect(await codeOf(await get(only(), { query: LISTED }))).toBe('STORAGE_FAILED');
    expect(await readiness(only())).toMatchObject({ name: 'operations', ok: false });
    // REST, by which npm start asks whether the API answers, needs no list.
    expect((await only()('/v1/models')).status).toBe(200);
  });

  it('is ready with a list and without one, and others look at none', async () => {
    await store({ 'page/2': LISTED });
    expect(await readiness(only())).toMatchObject({ ok: true });
    await env.SELECTIONS.delete(OPERATIONS_KEY);
    expect(await readiness(only())).toMatchObject({ ok: true });
    await store('{');
    expect(await readiness(isolateWith({}))).toBeUndefined();
  });
});
