import { describe, expect, it, vi } from 'vitest';
import { openEngines } from '../../scripts/corpus/engines/open-engines.ts';
import type { IndexRequest } from '../../scripts/corpus/index-corpus.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { COUNT, FILTERS, LATER, data, items, useEngines, weighted } from './engine-arena.ts';
import { LOCAL_DEPLOYMENT } from './local-deployment.ts';

const refusal = { status: 403, body: { errors: [{ code: 10000, message: 'Authentication error' }] } };

const arena = useEngines({ withPostgres: false });
const { run, runSettling, drop, dropSettling, answers, manifestOf, told } = arena;

describe('index --engine vectorize', () => {
  it('answers as the isolate does, once what was written is seen and not before', async () => {
    await run('scanned', { ...data(COUNT, 1), plan: 'compact' });
    const indexing = run('shop', { ...data(COUNT, 1), engine: 'vectorize' });
    await vi.waitFor(
      () =>
        expect(arena.vectorize.requests.filter((request) => request === 'GET info').length).toBeGreaterThan(
          1,
        ),
      { timeout: 300_000 },
    );
    expect(await readManifest(arena.local.kv, 'shop')).toBeNull();
    expect(told.join('')).toContain('waiting until the rows are seen');
    arena.index.settle();
    expect(await indexing).toMatchObject({ count: COUNT, engine: 'vectorize', plan: 'compact' });
    expect((await manifestOf('shop')).engine).toEqual({
      kind: 'vectorize',
      collection: expect.stringMatching(/^shop_[0-9a-f]{16}$/) as string,
      index: 'made',
      dimensions: 8,
      texts: ['colour', 'price'],
      numbers: ['price'],
    });
    const found = await answers('shop');
    expect(found).toEqual(await answers('scanned'));
    expect(found?.map(({ hits }) => hits.length)).toEqual([10, 10, 10]);
    // Rows, and the marker.
    expect(arena.index.info().vectorCount).toBe(COUNT + 1);
  });

  it('names rows that are not seen yet with --no-wait, and then says so', async () => {
    await run('early', { ...data(COUNT, 1), engine: 'vectorize', mayBePending: true });
    expect((await manifestOf('early')).engine).toHaveProperty('pending');
    expect(await answers('early')).toEqual(FILTERS.map(() => ({ isComplete: false, hits: [] })));
    arena.index.settle();
    const found = await answers('early');
    expect(found?.map(({ isComplete, hits }) => [isComplete, hits.length])).toEqual(
      FILTERS.map(() => [true, 10]),
    );
    const { written } = arena.index;
    await run('early', { engine: 'vectorize' });
    // Nothing deleted them since the manifest that names them.
    expect((await manifestOf('early')).engine).not.toHaveProperty('pending');
    expect(arena.index.written).toBe(written);
    expect(await answers('early')).toEqual(found);
  });

  it('is taken up where it ended, and writes no row twice', async () => {
    // The batch is taken, and everything after it is refused: as if the command had been killed.
    const flags = { ...data(COUNT, 1), engine: 'vectorize' } as const;
    arena.vectorize.onRequest = (asked) => {
      if (arena.vectorize.requests.includes('POST upsert') && asked !== 'POST upsert')
        arena.vectorize.faults.push(refusal);
    };
    await expect(run('killed', flags)).rejects.toThrow(/refused the credentials/);
    arena.vectorize.onRequest = null;
    arena.vectorize.faults.length = 0;
    expect(await readManifest(arena.local.kv, 'killed')).toBeNull();
    arena.index.settle();
    const { written } = arena.index;
    expect(await runSettling('killed', flags)).toMatchObject({ count: COUNT });
    // The marker alone.
    expect(arena.index.written).toBe(written + 1);
    expect(arena.index.info().vectorCount).toBe(COUNT + 1);
  });

  it('sends new rows alone, and removes those of replaced segments an hour later', async () => {
    await runSettling('grown', { ...data(COUNT, 1), engine: 'vectorize' });
    const rows = () => arena.index.visibleIds().filter((id) => !id.endsWith('-seen')).length;
    expect(rows()).toBe(COUNT);
    await runSettling('grown', { ...data(10, 2), replace: true });
    // The old ones stay for readers of the older manifest, and take no places of the new.
    expect(rows()).toBe(COUNT + 10);
    const found = await answers('grown');
    expect(found?.map(({ hits }) => hits.length)).toEqual([10, 5, 3]);
    await runSettling('grown', { rerank: 7, now: LATER });
    arena.index.settle();
    expect(rows()).toBe(10);
    expect(await answers('grown')).toEqual(found);
  });

  it('keeps a field where it is in the index when another gets numbers', async () => {
    const old = [
      { age: 'new', price: 3 },
      { age: 'old', price: 5 },
    ];
    await runSettling('fields', { ...items(1, ...old), engine: 'vectorize' });
    await runSettling('fields', items(2, { age: 4, price: 3 }, { age: 'old' }));
    expect((await manifestOf('fields')).engine).toMatchObject({
      texts: ['age', 'price'],
      numbers: ['price', 'age'],
    });
    // Also where it was elsewhere in between, or filters did not know the field: rows of before are there, and not sent again.
    await runSettling('fields', { engine: 'isolate' });
    await runSettling('fields', { engine: 'vectorize', fields: ['age'] });
    await runSettling('fields', { engine: 'isolate', fields: ['age', 'price'] });
    await runSettling('fields', { engine: 'vectorize' });
    expect((await manifestOf('fields')).engine).toMatchObject({
      texts: ['age', 'price'],
      numbers: ['price', 'age'],
    });
  });

  it.each([false, true])(
    'sends rows again that are still seen and about to leave (without waiting: %s)',
    async (mayBePending) => {
      const again = async (corpus: string, changes: Partial<IndexRequest>) => {
        await runSettling(corpus, { ...changes, engine: 'vectorize', mayBePending });
        arena.index.settle();
        const found = await answers(corpus);
        expect(found?.map(({ isComplete, hits }) => [isComplete, hits.length])).toEqual(
          FILTERS.map(() => [true, 10]),
        );
        expect(arena.index.info().vectorCount).toBe(COUNT + 1);
      };
      await runSettling('dropped', { ...data(COUNT, 1), engine: 'vectorize' });
      await dropSettling('dropped');
      await again('dropped', data(COUNT, 1));
      await dropSettling('dropped');
      arena.index.settle();

      await runSettling('returns', { ...data(COUNT, 1), engine: 'vectorize' });
      await run('returns', { engine: 'isolate' });
      await run('returns', { rerank: 7, now: LATER });
      await again('returns', { now: LATER });
    },
  );

  it('sends rows of a segment again that was just removed', async () => {
    await runSettling('taken-back', { ...data(COUNT, 1), engine: 'vectorize' });
    await runSettling('taken-back', { ...data(10, 2), replace: true });
    await run('taken-back', { rerank: 7, now: LATER });
    await runSettling('taken-back', { ...data(COUNT, 1), replace: true, now: LATER });
    arena.index.settle();
    expect((await answers('taken-back'))?.map(({ hits }) => hits.length)).toEqual([10, 10, 10]);
  });

  it('says that rows are missing which the engine lost', async () => {
    await runSettling('lossy', { ...data(COUNT, 1), engine: 'vectorize' });
    arena.index.deleteByIds(arena.index.visibleIds().filter((id) => id.endsWith('-3')));
    arena.index.settle();
    const [plain] = (await answers('lossy')) ?? [];
    expect(plain).toMatchObject({ isComplete: false });
  });

  it('drops its rows with the corpus, also when that was killed in between', async () => {
    await runSettling('other', { ...data(3, 3), engine: 'vectorize' });
    await runSettling('gone', { ...data(COUNT, 1), engine: 'vectorize' });
    expect(arena.index.visibleIds()).toHaveLength(COUNT + 1 + 3 + 1);
    arena.vectorize.onRequest = (asked) => {
      if (asked === 'GET info') arena.index.settle();
      if (asked === 'POST delete_by_ids') arena.vectorize.faults.push(refusal);
    };
    await expect(drop('gone')).rejects.toThrow(
      /refused the credentials.* --corpus gone --drop --engine vectorize --vectorize-index made/,
    );
    arena.vectorize.onRequest = null;
    expect(await readManifest(arena.local.kv, 'gone')).toBeNull();
    await expect(drop('gone')).rejects.toThrow('there is no corpus "gone" to drop');
    expect(await dropSettling('gone', { engine: 'vectorize' })).toEqual({ corpus: 'gone', dropped: true });
    arena.index.settle();
    expect(arena.index.visibleIds()).toHaveLength(4);
    await dropSettling('other');
    arena.index.settle();
    expect(arena.index.visibleIds()).toEqual([]);
  });
});

describe('a drop while rows are still on their way', () => {
  it('waits until they are seen, and leaves none', async () => {
    await run('early', { ...data(COUNT, 1), engine: 'vectorize', mayBePending: true });
    expect(arena.index.visibleIds()).toEqual([]);
    await dropSettling('early');
    arena.index.settle();
    expect(told.join()).toContain(
      'waiting until all rows are seen, so that none comes after they are removed',
    );
    expect(arena.index.visibleIds()).toEqual([]);
  });

  it('removes without waiting what the manifest names, in the order of changes', async () => {
    await run('early', { ...data(COUNT, 1), engine: 'vectorize', mayBePending: true });
    await run('early', { ...data(10, 2), engine: 'vectorize', mayBePending: true, replace: true });
    await drop('early', { mayBePending: true });
    expect(arena.index.pendingCount).toBeGreaterThan(2);
    arena.index.settle();
    expect(arena.index.visibleIds()).toEqual([]);
    expect(told.join()).toContain('--drop without --no-wait waits for them');
  });

  it('waits for rows of a run that was killed before it wrote its manifest', async () => {
    arena.kv.fault = (call) => {
      if (call.startsWith('put corpus:v2:name')) throw new Error('stopped');
    };
    const killed = { ...data(COUNT, 1), engine: 'vectorize', mayBePending: true } as const;
    await expect(run('killed', killed)).rejects.toThrow();
    arena.kv.fault = null;
    await dropSettling('killed', { engine: 'vectorize' });
    arena.index.settle();
    expect(arena.index.visibleIds()).toEqual([]);
  });
});

describe('the doctor', () => {
  it('tells corpora whose index is another than the Worker binds, or is not as it was', async () => {
    await runSettling('shop', { ...data(3, 3), engine: 'vectorize' });
    await run('scanned', data(3, 3));
    const problems = async (vectorizeIndex?: string): Promise<string[]> => {
      const found = await arena.problems({ vectorizeIndex });
      return found.map(({ kind, key, what }) => `${kind} ${key}: ${what}`);
    };
    const key = 'unfit corpus:v2:name:shop:';
    const rows = 'its rows are in the index "made" of Vectorize';
    expect(await problems('made')).toEqual([]);
    expect(await problems('other')).toEqual([`${key} ${rows}, and the binding VECTORS is of "other"`]);
    expect(await problems()).toEqual([`${key} ${rows}, and there is no binding VECTORS`]);
    arena.index.deleteByIds(arena.index.visibleIds().filter((id) => id.endsWith('-2')));
    arena.index.settle();
    expect(await problems('made')).toEqual([`${key} Vectorize shows 0 of its 1 segments whole`]);
    arena.vectorize.create('made', { dimensions: 16, metric: 'cosine' });
    expect(await problems('made')).toEqual([
      `${key} it was written for 8 dimensions and cosine, the index "made" of Vectorize has 16 and cosine`,
    ]);
    arena.vectorize.account.indexes.clear();
    expect(await problems('made')).toEqual([expect.stringContaining('vectorize.index.not_found')]);
    vi.stubEnv('CLOUDFLARE_API_TOKEN', '');
    expect(await problems('made')).toEqual([]);
  });
});

describe('what is refused, with what to do', () => {
  const flags = () => ({ ...data(3, 3), engine: 'vectorize' }) as const;

  it.each([
    ['no token', () => vi.stubEnv('CLOUDFLARE_API_TOKEN', ''), {}, /CLOUDFLARE_API_TOKEN.*"Vectorize: Edit"/],
    [
      'another token',
      () => vi.stubEnv('CLOUDFLARE_API_TOKEN', 'wrong'),
      {},
      /Authentication error.*"Vectorize: Edit"/,
    ],
    [
      'an index that is not there',
      () => arena.vectorize.account.indexes.clear(),
      {},
      /vectorize\.index\.not_found.*npx wrangler vectorize create made/,
    ],
    ['no index', () => undefined, { engines: openEngines(LOCAL_DEPLOYMENT, {}) }, /binding VECTORS/],
    [
      'an index of another metric',
      () => arena.vectorize.create('made', { dimensions: 8, metric: 'dot-product' }),
      {},
      /compares by dot-product, corpora need cosine/,
    ],
    [
      'too small an index',
      () => arena.vectorize.create('made', { dimensions: 5, metric: 'cosine' }),
      {},
      /has 5 dimensions, the corpus keeps 6 coordinates/,
    ],
    [
      'a weighted fusion',
      () => undefined,
      { selection: { id: 'b'.repeat(64), record: weighted } },
      /weighted fusion/,
    ],
    ['plan full', () => undefined, { plan: 'full' }, /--plan full is for the isolate/],
  ] satisfies [string, () => unknown, Partial<IndexRequest>, RegExp][])(
    '%s',
    async (_, prepare, changes, message) => {
      prepare();
      await expect(run('refused', { ...flags(), ...changes })).rejects.toThrow(message);
      expect(await readManifest(arena.local.kv, 'refused')).toBeNull();
    },
  );

  it('is asked again after 429 and 503, and not told the token', async () => {
    const busy = { errors: [{ code: 40041, message: 'Too Many Requests' }] };
    arena.vectorize.faults.push({ status: 429, headers: { 'retry-after': '0' }, body: busy });
    arena.vectorize.faults.push({ status: 503, body: 'down' });
    await runSettling('patient', flags());
    expect(arena.vectorize.requests.slice(0, 3)).toEqual(['GET .', 'GET .', 'GET .']);
    arena.vectorize.faults.push({ status: 400, body: { errors: [{ code: 1, message: 'you are a-token' }] } });
    await expect(run('patient', flags())).rejects.toThrow('you are ***');
  });
});
