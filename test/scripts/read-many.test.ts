import { describe, expect, it } from 'vitest';
import { type ReadableKv, readMany, readManyTexts } from '../../scripts/kv/read-many.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('readMany', () => {
  it('keeps the order of the items, with four under way at most', async () => {
    let now = 0;
    let most = 0;
    let done = 0;
    const squares = await readMany(
      numbers(50),
      async (n) => {
        most = Math.max(most, ++now);
        for (let i = 0; i < n % 3; i++) await soon();
        now--;
        return n * n;
      },
      () => done++,
    );
    expect([squares, most, done]).toEqual([numbers(50).map((n) => n * n), 4, 50]);
    expect(await readMany([], () => Promise.reject(new Error('never')))).toEqual([]);
  });

  it('begins nothing after a failure, and ends only when nothing is under way any more', async () => {
    const begun: number[] = [];
    let underWay = 0;
    const reads = readMany(numbers(50), async (n) => {
      begun.push(n);
      underWay++;
      await soon();
      underWay--;
      if (n === 1) throw new Error('storage is down');
    });
    await expect(reads).rejects.toThrow('storage is down');
    expect(underWay).toBe(0);
    expect(begun.length).toBeLessThan(9);
  });
});

describe('readManyTexts', () => {
  const textOf = async (kv: ReadableKv, key: string): Promise<string | null> => {
    const value = await kv.get(key, { type: 'arrayBuffer' });
    return value && new TextDecoder().decode(value);
  };

  it.each([true, false])('reads the same where many come in one call (%s) as one by one', async (isMany) => {
    const calls: string[] = [];
    const bytesOf = (key: string): Uint8Array<ArrayBuffer> | null =>
      key.endsWith('7') ? null : new TextEncoder().encode(`value of ${key}`);
    const kv: ReadableKv = {
      list: () => Promise.reject(new Error('lists nothing')),
      get: (key) => {
        calls.push(`get ${key}`);
        return Promise.resolve(bytesOf(key)?.buffer ?? null);
      },
      ...(isMany && {
        getTexts: (keys) => {
          calls.push(`texts ${keys.length}`);
          // What ends in 3 is no text.
          const texts = keys.filter((key) => !key.endsWith('3'));
          return Promise.resolve(new Map(texts.map((key) => [key, bytesOf(key)])));
        },
      }),
    };
    const items = numbers(130);
    const keyOf = (n: number): string => `key ${n}`;
    expect(await readManyTexts(kv, { items, keyOf }, (near, n) => textOf(near, keyOf(n)))).toEqual(
      items.map((n) => (n % 10 === 7 ? null : `value of key ${n}`)),
    );
    expect(calls.filter((call) => call.startsWith('texts'))).toEqual(isMany ? ['texts 100', 'texts 30'] : []);
    expect(calls.filter((call) => call.startsWith('get'))).toHaveLength(isMany ? 13 : 130);
  });
});
