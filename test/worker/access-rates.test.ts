import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { DAY_MS, grantOf } from '../../src/access/budget-terms.ts';
import type { Caller } from '../../src/access/caller.ts';
import { type Charged, Ledger, type LedgerOptions } from '../../src/access/ledger.ts';
import { RATE_UNIT } from '../../src/access/rate-credit.ts';
import { isolateWith, putKey, query } from './access-setup.ts';

const NOON = 20_000 * DAY_MS + DAY_MS / 2;
const caller = (changes: Partial<Caller> = {}): Caller => ({
  id: crypto.randomUUID(),
  kind: 'key',
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
