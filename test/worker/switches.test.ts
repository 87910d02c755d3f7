import { describe, expect, it, vi } from 'vitest';
import { readSwitches } from '../../src/graphql/switches.ts';
import { isolateWith, query } from './access-setup.ts';

const PATHS = [
  '/graphql?query={__typename}',
  '/health',
  `/corpora/none/thumbnails/${'0'.repeat(32)}`,
  '/nothing',
];

describe('CORS_ORIGINS', () => {
  const origins = 'https://app.example.com, http://localhost:3000';

  it('lets pages of these origins alone read what is answered, at every route', async () => {
    const ask = isolateWith({ CORS_ORIGINS: origins });
    for (const path of PATHS) {
      for (const origin of ['https://app.example.com', 'http://localhost:3000']) {
        const { headers } = await ask(path, { headers: { origin } });
        expect(headers.get('vary')).toContain('Origin');
        expect(headers.get('access-control-allow-origin')).toBe(origin);
      }
      for (const origin of ['https://app.example.com.evil.example', 'http://app.example.com', 'null', null]) {
        const { headers } = await ask(path, { headers: origin === null ? {} : { origin } });
        expect(headers.get('access-control-allow-origin')).toBeNull();
        expect(headers.get('vary')).toContain('Origin');
      }
    }
  });

  it('holds for preflights', async () => {
    const ask = isolateWith({ CORS_ORIGINS: origins });
    const preflight = (origin: string): Promise<Response> =>
      ask('/graphql', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    const allowed = await preflight('https://app.example.com');
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('lets all pages read where it is not set', async () => {
    const { headers } = await isolateWith({})('/graphql?query={__typename}', {
      headers: { origin: 'https://a.example' },
    });
    expect(headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/a\.example)$/);
  });

  it.each([
    'https://a.example/',
    'https://a.example/path',
    'a.example',
    '*.a.example',
    'https://*.a.example',
    1,
  ])('is not %s', (CORS_ORIGINS) => {
    expect(() => readSwitches({ CORS_ORIGINS })).toThrow('CORS_ORIGINS is');
  });
});

describe('INTROSPECTION = "off"', () => {
  const ask = isolateWith({ INTROSPECTION: 'off' });

  it.each([
    '{ __schema { description } }',
    '{ __type(name: "Query") { name } }',
    'query { ...S } fragment S on Query { __schema { description } }',
    '{ a: __schema { description } __typename }',
  ])('refuses %s', async (text) => {
    const answer = await (await ask('/graphql', query(text, null))).text();
    expect(answer).toContain('Introspection is switched off');
    expect(answer).not.toContain('"data"');
    const on = await isolateWith({})('/graphql', query(text, null));
    expect(await on.text()).toContain('"data"');
  });

  it('answers the rest, and suggests no names', async () => {
    expect(await (await ask('/graphql', query('{ __typename encoder { id } }', null))).json()).toMatchObject({
      data: { __typename: 'Query', encoder: {} },
    });
    const answer = await (await ask('/graphql', query('{ encode { id } }', null))).text();
    expect(answer).toContain('Cannot query field');
    expect(answer).not.toContain('Did you mean');
  });
});

describe('GRAPHIQL = "off"', () => {
  it('takes the page away', async () => {
    const ASSETS = {
      fetch: () => Promise.resolve(new Response('<html>', { headers: { 'content-security-policy': 'x' } })),
    };
    const on = await isolateWith({ ASSETS })('/graphiql/');
    expect([on.status, on.headers.get('content-security-policy'), await on.text()]).toEqual([
      200,
      'x',
      '<html>',
    ]);
    const off = isolateWith({ ASSETS, GRAPHIQL: 'off' });
    for (const path of ['/graphiql', '/graphiql/', '/graphiql/index.html'])
      expect((await off(path)).status).toBe(404);
  });
});

it('shuts everything where a switch is wrong', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const ask = isolateWith({ INTROSPECTION: 'maybe' });
  expect((await ask('/graphql', query('{ __typename }', null))).status).toBe(403);
  expect(log.mock.calls.flat().join('\n')).toContain('INTROSPECTION is');
  log.mockRestore();
});
