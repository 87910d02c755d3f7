import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { makeAccessKey } from '../../src/format/access-key.ts';
import { accessKeyKey, thumbnailKey } from '../../src/format/kv-keys.ts';
import { isolateWith, putKey, query } from './access-setup.ts';
import { putSealed } from './corpora.ts';

const TYPENAME = '{ __typename }';
const THUMBNAIL = `/corpora/none/thumbnails/${'0'.repeat(32)}`;
const bearer = (key: string): string => `Bearer ${key}`;

describe('AUTH', () => {
  it.each([
    ['that is missing', {}],
    ['that is empty', { AUTH: '' }],
    ['of another word', { AUTH: 'none' }],
    ['in capitals', { AUTH: 'OPEN' }],
    ['that is no text', { AUTH: true }],
  ])('%s refuses every route but health, and tells the operator alone why', async (_what, vars) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const ask = isolateWith({ AUTH: undefined, ...vars });
    for (const init of [query(TYPENAME, null), query(TYPENAME, 'Bearer something')]) {
      const response = await ask('/graphql', init);
      expect(response.status).toBe(503);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL' } }] });
      expect(text).not.toContain('AUTH');
    }
    const thumbnail = await ask(THUMBNAIL);
    expect([thumbnail.status, thumbnail.headers.get('content-type')]).toEqual([
      503,
      'application/problem+json',
    ]);
    expect(await thumbnail.text()).not.toContain('AUTH');
    expect((await ask('/health')).status).toBe(200);
    const ready = await ask('/ready');
    expect([ready.status, await ready.text()]).toEqual([
      503,
      expect.stringMatching(/"hint": "AUTH .*set it to/),
    ]);
    const lines = log.mock.calls.map(([line]: unknown[]) => String(line));
    expect(lines.filter((line) => line.startsWith('AUTH'))).toEqual([
      expect.stringMatching(/^AUTH .*set it to "keys", "access" or "open"/),
    ]);
    log.mockRestore();
  });

  it('"open" answers whatever stands in Authorization', async () => {
    const ask = isolateWith({ AUTH: 'open' });
    for (const authorization of [null, 'Bearer sk-other', 'Basic eDp5', bearer('alignql_')]) {
      expect((await ask('/graphql', query(TYPENAME, authorization))).status).toBe(200);
    }
  });
});

describe('a locked deployment', () => {
  const ask = isolateWith({ AUTH: 'keys' });
  const statusOf = async (authorization: string | null): Promise<number> =>
    (await ask('/graphql', query(TYPENAME, authorization))).status;

  it('answers a valid key, whatever the case of the scheme', async () => {
    const { text } = await putKey();
    for (const authorization of [bearer(text), `bearer ${text}`, `BEARER  ${text} `]) {
      expect(await statusOf(authorization)).toBe(200);
    }
  });

  it('refuses what is no valid key with 401 and a challenge, by POST, GET and every media type', async () => {
    const { text, id } = await putKey();
    const unknown = makeAccessKey((count) => crypto.getRandomValues(new Uint8Array(count))).text;
    const wrongSecret = makeAccessKey((count) =>
      count === 8 ? bytesOf(id) : crypto.getRandomValues(new Uint8Array(count)),
    ).text;
    const expired = (await putKey({ expires: '2026-01-01T00:00:00.000Z' })).text;
    const revoked = (await putKey({ revokedAt: '2026-01-01T00:00:00.000Z' })).text;
    const mistyped = text.slice(0, 40) + (text[40] === 'a' ? 'b' : 'a') + text.slice(41);
    const cases: [string | null, string][] = [
      [null, 'Credentials are needed'],
      ['', 'Bearer'],
      ['Bearer', 'Bearer'],
      ['Basic eDp5', 'Bearer'],
      [text, 'Bearer'],
      [bearer('sk-something'), 'begins with "alignql_"'],
      [bearer(text.toUpperCase()), 'begins with "alignql_"'],
      [bearer(`${text}0`), 'begins with "alignql_"'],
      [bearer(mistyped), 'mistyped'],
      [bearer(unknown), 'not valid'],
      [bearer(wrongSecret), 'not valid'],
      [bearer(expired), 'expired at 2026-01-01'],
      [bearer(revoked), 'revoked'],
    ];
    for (const [authorization, words] of cases) {
      for (const accept of ['application/json', 'application/graphql-response+json']) {
        const init = query(TYPENAME, authorization);
        const response = await ask('/graphql', {
          ...init,
          headers: { ...init.headers, accept, origin: 'https://app.example.com' },
        });
        expect([authorization, response.status]).toEqual([authorization, 401]);
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="alignql"/);
        expect(response.headers.get('access-control-allow-origin')).not.toBeNull();
        const { errors } = await response.json<{ errors: { message: string; extensions: object }[] }>();
        expect(errors).toHaveLength(1);
        expect(errors[0].extensions).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });
        expect(errors[0].message).toContain(words);
      }
      const headers = authorization === null ? {} : { authorization };
      const got = await ask(`/graphql?query=${encodeURIComponent(TYPENAME)}`, { headers });
      expect(got.status).toBe(401);
      const thumbnail = await ask(THUMBNAIL, { headers });
      expect([thumbnail.status, thumbnail.headers.get('content-type')]).toEqual([
        401,
        'application/problem+json',
      ]);
      expect(await thumbnail.json()).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    }
  });

  it('refuses before it reads or parses what was sent', async () => {
    for (const body of ['{', '{"query":"{"}', 'x'.repeat(100_000)]) {
      const response = await ask('/graphql', { method: 'POST', body });
      expect(response.status).toBe(401);
    }
  });

  it('lets preflights and health pass', async () => {
    const preflight = {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    };
    for (const path of ['/graphql', THUMBNAIL]) {
      const response = await ask(path, preflight);
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-headers')).toContain('authorization');
    }
    expect((await ask('/health')).status).toBe(200);
  });

  it('needs `read` for thumbnails, and lets no shared cache keep them', async () => {
    const { text } = await putKey({ scopes: ['encode', 'admin'] });
    const refused = await ask(THUMBNAIL, { headers: { authorization: bearer(text) } });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('scope="read"');
    expect(await refused.json()).toMatchObject({ code: 'FORBIDDEN' });
    const reader = await putKey({ scopes: ['read'] });
    const path = `/corpora/none/thumbnails/${'1'.repeat(32)}`;
    await putSealed(thumbnailKey('none', '1'.repeat(32)), new Uint8Array([1]));
    const shown = await ask(path, { headers: { authorization: bearer(reader.text) } });
    expect([shown.status, shown.headers.get('cache-control')]).toEqual([
      200,
      'private, max-age=31536000, immutable',
    ]);
  });

  it('is 503 when keys cannot be read or are damaged, and never takes that for an answer', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { text, id } = await putKey();
    const down = isolateWith({
      AUTH: 'keys',
      SELECTIONS: { get: () => Promise.reject(new Error('internal: KV is down')) },
    });
    const damaged = await putKey();
    await env.SELECTIONS.put(accessKeyKey(damaged.id), (await env.SELECTIONS.get(accessKeyKey(id))) ?? '');
    for (const response of [
      await down('/graphql', query(TYPENAME, bearer(text))),
      await ask('/graphql', query(TYPENAME, bearer(damaged.text))),
    ]) {
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      const answer = await response.text();
      expect(JSON.parse(answer)).toMatchObject({ errors: [{ extensions: { code: 'STORAGE_FAILED' } }] });
      expect(answer).not.toContain('internal');
    }
    log.mockRestore();
  });
});

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
