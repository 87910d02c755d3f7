import { describe, expect, it, vi } from 'vitest';
import type { Engines } from '../../scripts/corpus/engines/engines.ts';
import type { EngineKind } from '../../src/format/corpus-engine.ts';
import { corpusKey } from '../../src/format/kv-keys.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { NOW } from '../search/made-corpus.ts';
import { COUNT, LATER, data, useEngines } from './engine-arena.ts';

const arena = useEngines({ withPostgres: true });
const { run, runSettling, drop, dropSettling, answers, manifestOf } = arena;

/** The same engines, whose changes are told of before they happen. */
function watched(engines: Engines, change: () => void): Engines {
  return {
    ...engines,
    async open(spec) {
      const rows = await engines.open(spec);
      return new Proxy(rows, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target);
          if (!CHANGES.has(name) || typeof value !== 'function') return value;
          const call = value as (...args: unknown[]) => unknown;
          return async (...args: unknown[]) => {
            change();
            return Reflect.apply(call, target, args);
          };
        },
      });
    },
  };
}

const CHANGES = new Set<string | symbol>(['prepare', 'upsert', 'delete', 'seal', 'build', 'mark', 'drop']);

describe('a corpus that moves', () => {
  const kinds: EngineKind[] = ['isolate', 'vectorize', 'postgres'];
  const pairs = kinds.flatMap((from) => kinds.filter((to) => to !== from).map((to) => [from, to] as const));

  it.each(pairs)('from %s to %s answers as before, from one or the other at any moment', async (from, to) => {
    const corpus = `${from}-${to}`;
    await runSettling(corpus, { ...data(COUNT, 1), engine: from, plan: 'compact' });
    const before = await answers(corpus);
    const moving = runSettling(corpus, { engine: to });
    let isOver = false;
    void moving.finally(() => (isOver = true));
    while (!isOver) expect(await answers(corpus)).toEqual(before);
    expect(await moving).toMatchObject({ engine: to, count: COUNT, valuesWritten: 0 });
    expect(await answers(corpus)).toEqual(before);
    const { retiredEngines = [] } = await manifestOf(corpus);
    expect(retiredEngines.map(({ engine }) => engine.kind)).toEqual(from === 'isolate' ? [] : [from]);
  });

  it('and is stopped anywhere is as before, and run again has every row once', async () => {
    const stopped = new Error('stopped');
    let isOver = false;
    for (let point = 1; !isOver; point++) {
      const corpus = `stopped-${point}`;
      await run(corpus, { ...data(COUNT, 1), engine: 'isolate', plan: 'compact' });
      const before = await answers(corpus);
      // Everything from the n-th change on fails, of the engine's or of KV's.
      let left = point;
      const change = (): void => {
        if (--left <= 0) throw stopped;
      };
      arena.kv.fault = (call) => {
        if (!/^(get|list) /.test(call)) change();
      };
      const moved = await run(corpus, {
        engine: 'postgres',
        engines: watched(arena.engines(), change),
      }).catch((error: unknown) => error);
      arena.kv.fault = null;
      isOver = !(moved instanceof Error);
      expect(await answers(corpus)).toEqual(before);
      expect((await manifestOf(corpus)).engine?.kind).toBe(isOver ? 'postgres' : undefined);
      await run(corpus, { engine: 'postgres' });
      expect(await answers(corpus)).toEqual(before);
      expect(await arena.postgresRows()).toEqual([COUNT]);
      expect(await drop(corpus)).toEqual({ corpus, dropped: true });
      expect(await arena.postgresRows()).toEqual([]);
      // Making ready, rows, their seal, an index over them, the manifest.
      if (isOver) expect(point).toBe(6);
    }
  });

  it('leaves no rows of segments behind that left while it was elsewhere', async () => {
    const minutes = (count: number) => new Date(Date.parse(NOW) + 60_000 * count).toISOString();
    await runSettling('away', { ...data(COUNT, 1), engine: 'vectorize' });
    await runSettling('away', { ...data(10, 2), replace: true, now: minutes(1) });
    await run('away', { engine: 'isolate', now: minutes(30) });
    await run('away', { rerank: 7, now: minutes(62) });
    arena.index.settle();
    expect(arena.index.visibleIds()).toHaveLength(10 + 1);
    await runSettling('away', { engine: 'vectorize', now: minutes(63) });
    expect(arena.index.visibleIds()).toHaveLength(10 + 1);
    expect((await answers('away'))?.map(({ isComplete }) => isComplete)).toEqual([true, true, true]);
  });

  it('leaves no rows behind an hour later', async () => {
    await runSettling('left', { ...data(COUNT, 1), engine: 'vectorize' });
    await run('left', { engine: 'isolate' });
    await run('left', { rerank: 7, now: LATER });
    arena.index.settle();
    expect(arena.index.visibleIds()).toEqual([]);
    expect(await manifestOf('left')).not.toHaveProperty('retiredEngines');
  });
});

describe('a corpus whose engine is not reached', () => {
  it.each(['postgres', 'vectorize'] as const)(
    'is not dropped, unless its rows in %s are to be left',
    async (engine) => {
      const corpus = `unreached-${engine}`;
      await runSettling(corpus, { ...data(3, 3), engine });
      vi.stubEnv('POSTGRES_URL', 'postgres://nobody@127.0.0.1:1/none');
      vi.stubEnv('CLOUDFLARE_API_TOKEN', 'wrong');
      try {
        await expect(drop(corpus)).rejects.toThrow(
          /are not reached, and nothing is dropped: .*--engine isolate/,
        );
        expect(await readManifest(arena.local.kv, corpus)).not.toBeNull();
        expect(await drop(corpus, { engine: 'isolate' })).toEqual({ corpus, dropped: true });
        expect(await readManifest(arena.local.kv, corpus)).toBeNull();
      } finally {
        vi.stubEnv('POSTGRES_URL', arena.postgres.url);
        vi.stubEnv('CLOUDFLARE_API_TOKEN', arena.vectorize.account.token);
      }
      await dropSettling(corpus, { engine });
    },
  );
});

describe('a corpus whose manifest is damaged', () => {
  const damage = async (corpus: string, at: string): Promise<void> => {
    const value = await arena.local.kv.get(corpusKey(corpus), { type: 'arrayBuffer' });
    if (value === null) throw new Error('nothing to damage');
    const bytes = new Uint8Array(value);
    bytes[Buffer.from(bytes).indexOf(at)] ^= 0x80;
    await arena.local.kv.put(corpusKey(corpus), bytes);
  };

  it.each(['postgres', 'vectorize'] as const)(
    'is made anew behind %s as before, without rows of segments that nobody knows any more',
    async (engine) => {
      await runSettling('harmed', { ...data(COUNT, 1), engine });
      const { engine: before } = await manifestOf('harmed');
      await damage('harmed', '"segments"');
      await expect(run('harmed', data(10, 2))).rejects.toThrow('Corrupt');
      expect(await runSettling('harmed', { ...data(10, 2), replace: true })).toMatchObject({
        engine,
        count: 10,
      });
      expect(arena.told.join()).toMatch(
        new RegExp(
          `"harmed" is damaged: it is made anew behind the engine ${engine}, for record [0-9a-f]{64}`,
        ),
      );
      expect((await manifestOf('harmed')).engine).toEqual(before);
      arena.index.settle();
      const rows =
        engine === 'postgres' ? (await arena.postgresRows())[0] : arena.index.visibleIds().length - 1;
      expect(rows).toBe(10);
      expect((await answers('harmed'))?.map(({ isComplete }) => isComplete)).toEqual([true, true, true]);
    },
  );

  it('goes to no other engine unless somebody says so', async () => {
    await run('harmed', { ...data(COUNT, 1), engine: 'postgres' });
    await damage('harmed', '"kind"');
    await expect(run('harmed', { ...data(10, 2), replace: true })).rejects.toThrow(
      /manifest of corpus "harmed" is damaged, and what engine .* give the one that it is to have with --engine$/,
    );
    expect(await arena.postgresRows()).toEqual([COUNT]);
    const anew = { ...data(10, 2), replace: true, engine: 'postgres' } as const;
    expect(await run('harmed', anew)).toMatchObject({ engine: 'postgres', count: 10 });
    expect(await arena.postgresRows()).toEqual([10]);
  });

  it('leaves nothing behind in the engine that it leaves', async () => {
    await run('harmed', { ...data(COUNT, 1), engine: 'postgres' });
    await damage('harmed', '"segments"');
    const anew = { ...data(10, 2), replace: true, engine: 'isolate' } as const;
    expect(await run('harmed', anew)).toMatchObject({ engine: 'isolate', count: 10 });
    expect(await arena.postgresRows()).toEqual([]);
  });
});

describe('a corpus of one name in two engines', () => {
  it('is dropped from both, where the second is named', async () => {
    // Stopped before the manifest was written: PostgreSQL has rows that nothing names.
    await runSettling('twice', { ...data(COUNT, 1), engine: 'vectorize' });
    arena.kv.fault = (call) => {
      if (call.startsWith('put corpus:v2:name')) throw new Error('stopped');
    };
    await expect(run('twice', { engine: 'postgres' })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    arena.kv.fault = null;
    expect(await arena.postgresRows()).toEqual([COUNT]);
    expect((await manifestOf('twice')).engine?.kind).toBe('vectorize');
    await dropSettling('twice', { engine: 'postgres' });
    arena.index.settle();
    expect([arena.index.visibleIds(), await arena.postgresRows()]).toEqual([[], []]);
  });
});

describe('the doctor', () => {
  it('tells corpora in PostgreSQL that is not bound, or has lost rows, those of an owner by their names', async () => {
    await run('acme/shop', { ...data(3, 3), engine: 'postgres' });
    const problems = (bindsPostgres: boolean) => arena.problems({ bindsPostgres });
    const problem = { kind: 'unfit', namespace: 'CORPORA', key: corpusKey('acme/shop') };
    expect(problem.key).toContain('acme');
    expect(await problems(true)).toEqual([]);
    expect(await problems(false)).toEqual([
      {
        ...problem,
        what: 'its rows are in PostgreSQL, and there is no binding POSTGRES',
        do: expect.stringContaining('npm run -s index -- --corpus acme/shop --engine isolate') as string,
      },
    ]);
    const { engine } = await manifestOf('acme/shop');
    await arena.sql`DELETE FROM ${arena.sql(`alignql.rows_${engine?.collection}`)} WHERE place = 1`;
    expect(await problems(true)).toEqual([
      {
        ...problem,
        what: 'PostgreSQL has 2 rows of its 3 vectors',
        do: 'Write what is missing: npm run -s index -- --corpus acme/shop --engine postgres',
      },
    ]);
    // Which that command does.
    await run('acme/shop', { engine: 'postgres' });
    expect(await problems(true)).toEqual([]);
    vi.stubEnv('POSTGRES_URL', 'postgres://nobody@127.0.0.1:1/none');
    expect(await problems(true)).toMatchObject([
      { what: expect.stringContaining('cannot be reached') as string },
    ]);
    vi.stubEnv('POSTGRES_URL', arena.postgres.url);
  });
});
