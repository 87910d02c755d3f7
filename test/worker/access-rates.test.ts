import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { DAY_MS, grantOf } from '../../src/access/budget-terms.ts';
import type { Caller } from '../../src/access/caller.ts';
import { type Charged, Ledger, type LedgerOptions } from '../../src/access/ledger.ts';
import { RATE_UNIT } from '../../src/access/rate-credit.ts';
import { REFUSAL_COST, networkOf } from '../../src/access/refused-requests.ts';
import { makeAccessKey } from '../../src/format/access-key.ts';
import { isolateWith, putKey, query } from './access-setup.ts';

const NOON = 20_000 * DAY_MS + DAY_MS / 2;
const caller = (changes: Partial<Caller> = {}): Caller => ({
  id: crypto.randomUUID(),
  kind: 'key',
  sight: { owner: null },
  scopes: new Set(),
  daily: null,
  ...changes,
});
/** The Durable Objects of the deployment under test. */
const budgets: LedgerOptions['budgets'] = {
  take: (name, ask) => env.BUDGETS.getByName(name).take(ask),
};
const open = (changes: Partial<LedgerOptions> = {}): Ledger =>
  new Ledger({ rate: null, budgets, whenDown: 'closed', now: Date.now, ...changes });
const passed = (charges: readonly Charged[]): number =>
  charges.filter(({ refusal }) => refusal === null).length;

describe('a daily budget', () => {
  it('is spent to the last unit by one isolate, and never overshot by many at once', async () => {
    const one = caller({ daily: 100 });
    const alone = open();
    const charges: Charged[] = [];
    for (let i = 0; i < 40; i++) charges.push(await alone.charge(one, 3));
    expect(passed(charges)).toBe(33);

    const many = caller({ daily: 100 });
    const isolates = Array.from({ length: 8 }, () => open());
    const together = await Promise.all(
      Array.from({ length: 400 }, (_, i) => isolates[i % 8].charge(many, 1)),
    );
    expect(passed(together)).toBeLessThanOrEqual(100);
    // Eight isolates hold at most a unit each that they took ahead.
    expect(passed(together)).toBeGreaterThanOrEqual(92);
    expect(passed(await Promise.all(isolates.map((isolate) => isolate.charge(many, 9))))).toBe(0);
  });

  it('tells what is left, and when there is more', async () => {
    const one = caller({ daily: 50 });
    const ledger = open();
    const first = await ledger.charge(one, 20);
    const second = await ledger.charge(one, 10.005);
    const third = await ledger.charge(one, 20);
    const fields = [first, second, third].map(({ headers }) => headers);
    expect(fields.map((headers) => headers['ratelimit-policy'])).toEqual(
      Array(3).fill('"daily";q=50;w=86400'),
    );
    expect(fields.map(({ ratelimit }) => /^"daily";r=(\d+);t=\d+$/.exec(ratelimit)?.[1])).toEqual([
      '30',
      '19',
      '19',
    ]);
    expect(third.refusal).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryable: true });
    const seconds = Number(third.refusal?.headers['retry-after']);
    expect(Math.abs(seconds - (DAY_MS - (Date.now() % DAY_MS)) / 1000)).toBeLessThan(5);
  });

  it('is one of every day: what was taken ahead is not spent on the next', async () => {
    let now = NOON;
    const taken: { need: number; day: number }[] = [];
    const ledger = open({
      now: () => now,
      budgets: {
        async take(_name, ask) {
          const day = Math.floor(now / DAY_MS);
          taken.push({ need: ask.need, day });
          const granted = grantOf(ask, ask.daily);
          return { granted, left: ask.daily - granted, day };
        },
      },
    });
    const one = caller({ daily: 1000 });
    for (let i = 0; i < 11; i++) await ledger.charge(one, 1);
    expect(taken).toHaveLength(1);
    now += DAY_MS;
    await ledger.charge(one, 1);
    expect(taken.map(({ day }) => day)).toEqual([20_000, 20_001]);
    expect(taken[1].need).toBe(100);
  });
});

describe('a rate', () => {
  const counter = (most: number): LedgerOptions['rate'] & { calls: number } => ({
    calls: 0,
    async limit() {
      return { success: ++this.calls <= most };
    },
  });

  it('is charged by cost: a unit bought serves many cheap requests or few dear ones', async () => {
    const rate = counter(10);
    const ledger = open({ rate });
    const cheap = caller();
    for (let i = 0; i < 2 * RATE_UNIT; i++) await ledger.charge(cheap, 1);
    expect(rate.calls).toBe(2);
    const dear = caller();
    expect((await ledger.charge(dear, 3 * RATE_UNIT)).refusal).toBeNull();
    expect(rate.calls).toBe(5);
    const refused = await ledger.charge(dear, 6 * RATE_UNIT);
    expect(refused.refusal).toMatchObject({ code: 'RATE_LIMITED', headers: { 'retry-after': '60' } });
  });

  it('costs nothing when the budget refuses, nor the other way round', async () => {
    const rate = counter(2);
    const ledger = open({ rate });
    const one = caller({ daily: 10 });
    for (let i = 0; i < 100; i++) await ledger.charge(one, 11);
    expect(rate.calls).toBe(1);
    expect((await ledger.charge(one, 10)).refusal).toBeNull();
    const none = open({ rate: counter(0) });
    const other = caller({ daily: 10 });
    for (let i = 0; i < 100; i++) expect((await none.charge(other, 10)).refusal?.code).toBe('RATE_LIMITED');
    expect((await open().charge(other, 10)).refusal).toBeNull();
  });
});

describe('a counter that does not answer', () => {
  it.each(['open', 'closed'] as const)('%s: nobody waits for long, and few wait at all', async (whenDown) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    let asked = 0;
    const silent = (): Promise<never> => {
      asked++;
      return new Promise(() => undefined);
    };
    for (const down of [{ budgets: { take: silent } }, { rate: { limit: silent } }]) {
      asked = 0;
      const ledger = open({ whenDown, ...down });
      const one = caller({ daily: 10 });
      const start = Date.now();
      const charges = await Promise.all(Array.from({ length: 5 }, () => ledger.charge(one, 1)));
      for (let i = 0; i < 20; i++) charges.push(await ledger.charge(one, 1));
      expect(Date.now() - start).toBeLessThan(20_000);
      expect(asked).toBe(5);
      if (whenDown === 'closed') {
        expect(passed(charges)).toBe(0);
        expect(charges[0].refusal).toMatchObject({ code: 'STORAGE_FAILED', status: 503, retryable: true });
      } else if ('budgets' in down) expect(passed(charges)).toBe(25);
      else expect(passed(charges)).toBe(10);
    }
    log.mockRestore();
  });
});

describe('over HTTP', () => {
  it('a key with a budget is told of it with every answer, until it is 429', async () => {
    const ask = isolateWith({ AUTH: 'keys' });
    const { text } = await putKey({ daily: 3 });
    let answered = 0;
    for (let i = 0; i < 100; i++) {
      const response = await ask('/graphql', query('{ encoder { id } }', `Bearer ${text}`));
      expect(response.headers.get('ratelimit-policy')).toBe('"daily";q=3;w=86400');
      if (response.status === 429) {
        expect(await response.json()).toMatchObject({
          errors: [{ extensions: { code: 'RATE_LIMITED', retryable: true } }],
        });
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(response.headers.get('ratelimit')).toMatch(/^"daily";r=[0-2];t=\d+$/);
        break;
      }
      expect(response.status).toBe(200);
      answered++;
    }
    expect(answered).toBeGreaterThanOrEqual(3);
    expect(answered).toBeLessThan(100);
    // Another isolate knows it as well, and thumbnails are no way around.
    const elsewhere = isolateWith({ AUTH: 'keys' });
    const dear = '{ encoder { id } selections { id } corpora { name } }';
    expect((await elsewhere('/graphql', query(dear, `Bearer ${text}`))).status).toBe(429);
  });

  it('"open" is charged nothing and told nothing', async () => {
    const count = vi.fn();
    const ask = isolateWith({ AUTH: 'open', RATE: { limit: count }, BUDGETS: { getByName: count } });
    const response = await ask('/graphql', query('{ encoder { id } }', null));
    expect(response.status).toBe(200);
    expect(response.headers.get('ratelimit')).toBeNull();
    expect(count).not.toHaveBeenCalled();
  });
});

describe('requests that are refused', () => {
  /** As many calls as it is asked for pass. */
  const rateOf = (
    most: number,
  ): { calls: string[]; limit: (options: { key: string }) => Promise<{ success: boolean }> } => {
    const calls: string[] = [];
    return { calls, limit: async ({ key }) => ({ success: calls.push(key) <= most }) };
  };
  const PER_CALL = RATE_UNIT / REFUSAL_COST;
  const asked = '{ limits { pairs } }';

  it('of guessed keys are held by address, and valid keys of that address are not', async () => {
    const RATE = rateOf(1);
    const ask = isolateWith({ AUTH: 'keys', RATE });
    const guess = (address: string): Promise<Response> => {
      const init = query(
        asked,
        `Bearer ${makeAccessKey((count) => crypto.getRandomValues(new Uint8Array(count))).text}`,
      );
      return ask('/graphql', { ...init, headers: { ...init.headers, 'cf-connecting-ip': address } });
    };
    const statuses: number[] = [];
    for (let i = 0; i < PER_CALL + 3; i++) statuses.push((await guess('203.0.113.9')).status);
    // The one that finds the rate used up is still told why it is refused itself.
    expect(statuses).toEqual([...Array(PER_CALL + 1).fill(401), 429, 429]);
    expect(RATE.calls).toEqual(['address:203.0.113.9', 'address:203.0.113.9']);
    const held = await guess('203.0.113.9');
    expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await held.json()).toMatchObject({
      errors: [{ extensions: { code: 'RATE_LIMITED', retryable: true } }],
    });
    const wrong = { authorization: 'Bearer nothing', 'cf-connecting-ip': '203.0.113.9' };
    expect((await ask('/metrics', { headers: wrong })).status).toBe(429);
    // Who brings no key guesses none, and must hear that one is asked for.
    expect((await ask('/metrics', { headers: { 'cf-connecting-ip': '203.0.113.9' } })).status).toBe(401);
    expect((await ask('/health', { headers: { 'cf-connecting-ip': '203.0.113.9' } })).status).toBe(200);
    const key = await putKey();
    RATE.limit = async () => ({ success: true });
    const init = query(asked, `Bearer ${key.text}`);
    const valid = await ask('/graphql', {
      ...init,
      headers: { ...init.headers, 'cf-connecting-ip': '203.0.113.9' },
    });
    expect(valid.status).toBe(200);
    expect((await guess('203.0.113.10')).status).toBe(401);
  });

  it.each([
    ['header', { 'cf-access-jwt-assertion': 'guessed' }],
    ['cookie', { cookie: 'theme=dark; CF_Authorization=guessed' }],
  ])('of guessed tokens of Access are held by address too: in the %s', async (_place, guessed) => {
    const ask = isolateWith({
      AUTH: 'access',
      ACCESS_TEAM_DOMAIN: 'team.cloudflareaccess.com',
      ACCESS_AUDIENCE: 'a',
      RATE: rateOf(1),
    });
    const statusOf = async (headers: Record<string, string>): Promise<number> => {
      const init = query(asked, null);
      const from = { 'cf-connecting-ip': '203.0.113.9' };
      return (await ask('/graphql', { ...init, headers: { ...init.headers, ...headers, ...from } })).status;
    };
    const statuses: number[] = [];
    for (let i = 0; i < PER_CALL + 2; i++) statuses.push(await statusOf(guessed));
    expect(statuses).toEqual([...Array(PER_CALL + 1).fill(401), 429]);
    // A cookie of something else is no guess.
    expect(await statusOf({ cookie: 'theme=dark' })).toBe(401);
  });

  it.each([
    ['a document that is not valid', (key: string) => query('{ nothing }', key)],
    ['a body that is no JSON', (key: string) => ({ ...query('', key), body: '{' })],
    [
      'what costs too much',
      (key: string) =>
        query(
          `{ ${Array.from({ length: 40 }, (_, i) => `a${i}: search(corpus: "c", text: {text: "a"}) { complete }`).join(' ')} }`,
          key,
        ),
    ],
  ])('for %s take of the rate, and then are held before they are read', async (_what, init) => {
    const RATE = rateOf(1);
    const ask = isolateWith({ AUTH: 'keys', RATE, MAX_COST: '100' });
    const key = await putKey({ daily: 1000 });
    const answers: Response[] = [];
    for (let i = 0; i < PER_CALL + 3; i++) answers.push(await ask('/graphql', init(`Bearer ${key.text}`)));
    const codes = await Promise.all(
      answers.map(
        async (answer) =>
          (await answer.json<{ errors: [{ extensions: { code: string } }] }>()).errors[0].extensions.code,
      ),
    );
    expect(codes.slice(-2)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    expect(codes.slice(0, -2)).not.toContain('RATE_LIMITED');
    expect(RATE.calls).toEqual(Array(2).fill(`key:${key.id}`));
    // Nothing of the day: an answer that is charged still has all of it.
    const other = isolateWith({ AUTH: 'keys', RATE: rateOf(9) });
    const response = await other('/graphql', query(asked, `Bearer ${key.text}`));
    expect(response.headers.get('ratelimit')).toMatch(/r=9(8|9)\d;/);
  });

  it('under REST take as much, and one that is charged takes no more', async () => {
    const RATE = rateOf(2);
    const ask = isolateWith({ AUTH: 'keys', RATE });
    const key = await putKey();
    const post = (body: string): Promise<Response> =>
      ask('/v1/align', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key.text}` },
      });
    for (let i = 0; i < PER_CALL; i++) expect((await post('{')).status).toBe(400);
    expect(RATE.calls).toHaveLength(1);
    // A call's worth again: what fails after it was charged is charged once.
    const embedding = { vector: 'AAAA', encoder: 'none' };
    for (let i = 0; i < PER_CALL; i++)
      await post(JSON.stringify({ image: { embedding }, text: { embedding } }));
    expect(RATE.calls).toHaveLength(2);
  });

  it('are refused for their own reason while the counter does not answer', async () => {
    const RATE = { limit: () => Promise.reject(new Error('down')) };
    const ask = isolateWith({ AUTH: 'keys', RATE });
    for (let i = 0; i < 3; i++)
      expect((await ask('/graphql', query(asked, 'Bearer nothing'))).status).toBe(401);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0DB8:1:2::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['', ''],
  ])('count the address %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
