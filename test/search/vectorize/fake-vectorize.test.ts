import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeIndex } from './fake-index.ts';
import { nodeBinding } from './node-binding.ts';
import { type OpenVectorize, openVectorize } from './open-vectorize.ts';

/** The rules are those of https://developers.cloudflare.com/vectorize/ (limits, client API, metadata filtering); codes as its users report them. */

const vector = (id: string, values: number[], rest: object = {}) => ({ id, values, ...rest });
const X = [1, 0, 0];
const Y = [0, 1, 0];
const XY = [0.6, 0.8, 0];

function open(config: Partial<FakeIndex['config']> = {}) {
  const index = new FakeIndex('made', { dimensions: 3, metric: 'cosine', ...config });
  return { index, binding: nodeBinding(index) };
}

async function idsOf(asked: Promise<unknown>): Promise<string[]> {
  return ((await asked) as { matches: { id: string }[] }).matches.map(({ id }) => id);
}

describe('what a mutation does', () => {
  it('is seen when it is settled, in order, and named as the last one processed', async () => {
    const { index, binding } = open();
    const first = (await binding.upsert([vector('a', X)])) as { mutationId: string };
    const second = (await binding.deleteByIds(['a'])) as { mutationId: string };
    expect(first.mutationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await binding.describe()).toMatchObject({
      vectorCount: 0,
      processedUpToMutation: null,
      dimensions: 3,
    });
    expect(await idsOf(binding.query(X))).toEqual([]);
    index.settle(1);
    expect(await binding.describe()).toMatchObject({
      vectorCount: 1,
      processedUpToMutation: first.mutationId,
    });
    expect(await idsOf(binding.query(X))).toEqual(['a']);
    expect(await binding.getByIds(['a', 'b'])).toEqual([{ id: 'a', values: X }]);
    index.settle();
    expect(await binding.describe()).toMatchObject({
      vectorCount: 0,
      processedUpToMutation: second.mutationId,
    });
  });

  it('puts by upsert, and keeps what is there by insert', async () => {
    const { index, binding } = open();
    await binding.insert([vector('a', X, { metadata: { of: 1 } })]);
    await binding.insert([vector('a', Y, { metadata: { of: 2 } }), vector('b', Y)]);
    index.settle();
    expect(await binding.getByIds(['a'])).toEqual([{ id: 'a', values: X, metadata: { of: 1 } }]);
    await binding.upsert([vector('a', Y)]);
    index.settle();
    expect(await binding.getByIds(['a'])).toEqual([{ id: 'a', values: Y }]);
    expect(index.visibleIds()).toEqual(['a', 'b']);
  });
});

describe('a query', () => {
  it('ranks by cosine, best first, within a namespace', async () => {
    const { index, binding } = open();
    await binding.upsert([vector('y', Y), vector('xy', [3, 4, 0]), vector('x', X, { namespace: 'n' })]);
    index.settle();
    expect(await binding.query(X)).toEqual({
      count: 3,
      matches: [
        { id: 'x', namespace: 'n', score: 1 },
        { id: 'xy', score: expect.closeTo(0.6, 6) as number },
        { id: 'y', score: 0 },
      ],
    });
    expect(await idsOf(binding.query(X, { namespace: 'n' }))).toEqual(['x']);
    expect(await idsOf(binding.queryById('y', { topK: 2 }))).toEqual(['y', 'xy']);
  });

  it.each([
    ['dot-product', ['long', 'x', 'y']],
    ['euclidean', ['x', 'y', 'long']],
  ] as const)('ranks by %s', async (metric, order) => {
    const { index, binding } = open({ metric });
    await binding.upsert([vector('y', Y), vector('long', [9, 9, 9]), vector('x', X)]);
    index.settle();
    expect(await idsOf(binding.query(X))).toEqual(order);
  });

  it('filters by what was indexed before a vector, by type, as far as 64 bytes of text', async () => {
    const { index, binding } = open();
    await binding.upsert([vector('before', X, { metadata: { kind: 'a' } })]);
    index.createMetadataIndex('kind', 'string');
    index.createMetadataIndex('price', 'number');
    const long = 'é'.repeat(40);
    await binding.upsert([
      vector('a', X, { metadata: { kind: 'a', price: 1 } }),
      vector('b', Y, { metadata: { kind: 'b', price: 2 } }),
      vector('text', XY, { metadata: { kind: long, price: '2' } }),
    ]);
    index.settle();
    const filtered = (filter: object): Promise<string[]> => idsOf(binding.query(X, { filter }));
    expect(await filtered({ kind: 'a' })).toEqual(['a']);
    expect(await filtered({ kind: { $eq: 'b' } })).toEqual(['b']);
    expect(await filtered({ kind: { $in: ['a', 'b'] } })).toEqual(['a', 'b']);
    expect(await filtered({ kind: { $nin: ['a'] }, price: { $gte: 2 } })).toEqual(['b']);
    expect(await filtered({ kind: { $ne: 'a' }, price: { $lt: 3 } })).toEqual(['b']);
    expect(await filtered({ price: { $gt: 1, $lte: 2 } })).toEqual(['b']);
    expect(await filtered({ kind: long })).toEqual([]);
    expect(await filtered({ kind: 'é'.repeat(32) })).toEqual(['text']);
    expect(await filtered({ colour: 'red' })).toEqual([]);
  });

  it('returns values and metadata when asked', async () => {
    const { index, binding } = open();
    index.createMetadataIndex('kind', 'string');
    await binding.upsert([vector('a', X, { metadata: { kind: 'a', note: 'b' } })]);
    index.settle();
    const first = async (options: object): Promise<unknown> =>
      ((await binding.query(X, options)) as { matches: unknown[] }).matches[0];
    expect(await first({ returnValues: true })).toEqual({ id: 'a', score: 1, values: X });
    expect(await first({ returnMetadata: 'indexed' })).toEqual({
      id: 'a',
      score: 1,
      metadata: { kind: 'a' },
    });
    expect(await first({ returnMetadata: 'all' })).toEqual({
      id: 'a',
      score: 1,
      metadata: { kind: 'a', note: 'b' },
    });
  });
});

describe('what is refused', () => {
  const { index, binding } = open();
  const many = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`);
  const query = (options: object) => binding.query(X, options);

  it.each([
    [
      'a query of another length',
      () => binding.query([1, 0]),
      'VECTOR_QUERY_ERROR (code = 40006): invalid query vector, expected 3 dimensions, and got 2 dimensions',
    ],
    [
      'a vector of another length',
      () => binding.upsert([vector('a', [1])]),
      'VECTOR_UPSERT_ERROR (code = 40012): invalid vector for id="a", expected 3 dimensions, and got 1 dimensions',
    ],
    [
      'an id of 65 bytes',
      () => binding.upsert([vector('é'.repeat(32) + 'a', X)]),
      'VECTOR_UPSERT_ERROR (code = 40008): id too long; max is 64 bytes, got 65 bytes',
    ],
    [
      'metadata of more than 10 KiB',
      () => binding.upsert([vector('a', X, { metadata: { text: 'a'.repeat(10_230) } })]),
      'VECTOR_UPSERT_ERROR (code = 40016): oversized metadata for vector id="a"; the compact JSON representation of the metadata must not exceed 10240 bytes, got 10241 bytes',
    ],
    [
      'half a character',
      () => binding.upsert([vector('a', X, { metadata: { text: '\ud835' } })]),
      'VECTOR_UPSERT_ERROR (code = 40023): failed to parse upsert vectors request in json format',
    ],
    [
      'deletes of more than 100',
      () => binding.deleteByIds(many(101)),
      'VECTOR_DELETE_ERROR (code = 40007): too many ids in payload; max id count is 100, got 101',
    ],
    [
      'reads of more than 20',
      () => binding.getByIds(many(21)),
      'VECTOR_GET_ERROR (code = 40007): too many ids in payload; max id count is 20, got 21',
    ],
    [
      'more than 100 results',
      () => query({ topK: 101 }),
      'VECTOR_QUERY_ERROR (code = 40025): max top K is 100, but got 101',
    ],
    [
      'more than 50 with metadata',
      () => query({ topK: 51, returnMetadata: 'all' }),
      'VECTOR_QUERY_ERROR (code = 40025): with returnValues=true or returnMetadata=all, max top K is 50, but got 51; for a top K up to 100, retry with returnValues=false and returnMetadata=indexed',
    ],
    [
      'returnMetadata as a boolean',
      () => query({ returnMetadata: true }),
      'VECTOR_QUERY_ERROR (code = 40026): Failed to parse the request body as JSON: returnMetadata: expected value',
    ],
    [
      'a batch of more than 1,000',
      () => binding.upsert(many(1001).map((id) => vector(id, X))),
      /too many vectors in payload; max count is 1000, got 1001/,
    ],
    [
      'a filter of 2,048 bytes',
      () => query({ filter: { kind: { $in: ['a'.repeat(2027)] } } }),
      /less than 2048 bytes, got 2048/,
    ],
    [
      'two operators that are no range',
      () => query({ filter: { kind: { $eq: 'a', $in: ['b'] } } }),
      /combination of operators/,
    ],
    ['an empty filter', () => query({ filter: {} }), /non-empty/],
    [
      'a key with a dot',
      () => binding.upsert([vector('a', X, { metadata: { 'a.b': 1 } })]),
      /invalid metadata key/,
    ],
    [
      'a namespace of 65 bytes',
      () => binding.upsert([vector('a', X, { namespace: 'a'.repeat(65) })]),
      /namespace/,
    ],
  ])('%s', async (_, ask, message) => {
    await expect(ask()).rejects.toThrow(message);
    expect(index.pendingCount).toBe(0);
  });

  it('takes what lies just within', async () => {
    await binding.upsert([
      vector('é'.repeat(32), X, { namespace: 'a'.repeat(64), metadata: { text: 'a'.repeat(10_229) } }),
    ]);
    await binding.upsert(many(1000).map((id) => vector(id, X)));
    await binding.deleteByIds(many(100));
    await query({ topK: 100, returnMetadata: 'indexed' });
    await query({ filter: { kind: { $in: ['a'.repeat(2026)] } } });
    expect(index.pendingCount).toBe(3);
  });

  it('refuses 1,537 dimensions and an eleventh metadata index', () => {
    expect(() => open({ dimensions: 1537 })).toThrow(/from 1 to 1536/);
    const { index: full } = open({ dimensions: 1536 });
    for (let i = 0; i < 10; i++) full.createMetadataIndex(`p${i}`, 'string');
    expect(() => full.createMetadataIndex('p10', 'string')).toThrow(/at most 10/);
  });
});

describe('the REST API', () => {
  let vectorize: OpenVectorize;
  beforeAll(async () => {
    vectorize = await openVectorize();
  });
  beforeEach(() => vectorize.create('made', { dimensions: 3, metric: 'cosine' }));
  afterAll(() => vectorize.close());

  async function ask(path: string, init: RequestInit = {}, token = 'a-token'): Promise<[number, unknown]> {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
    const root = `${vectorize.url}/accounts/${'0'.repeat(32)}/vectorize/v2/indexes`;
    const response = await fetch(root + path, { ...init, headers });
    const { result, errors } = (await response.json()) as { result: unknown; errors: unknown[] };
    return [response.status, response.ok ? result : errors[0]];
  }
  const post = (path: string, body: string, type = 'application/json') =>
    ask(path, { method: 'POST', body, headers: { 'content-type': type } });

  it('takes lines of JSON, and is the same index as the binding', async () => {
    const index = vectorize.create('made', { dimensions: 3, metric: 'cosine' });
    const body = [vector('a', X), vector('b', Y)].map((one) => JSON.stringify(one)).join('\n');
    const [status, answer] = await post('/made/upsert', body, 'application/x-ndjson');
    expect(status).toBe(200);
    const { mutationId } = answer as { mutationId: string };
    index.settle();
    expect(await ask('/made/info')).toMatchObject([
      200,
      { vectorCount: 2, processedUpToMutation: mutationId },
    ]);
    expect(await idsOf(nodeBinding(index).query(Y))).toEqual(['b', 'a']);
    expect(await ask('/made')).toMatchObject([200, { config: { dimensions: 3, metric: 'cosine' } }]);
    const [, page] = await ask('/made/list?count=1');
    expect(page).toMatchObject({ vectors: [{ id: 'a' }], isTruncated: true, nextCursor: 'a' });
    expect(await ask('/made/list?count=1&cursor=a')).toMatchObject([
      200,
      { vectors: [{ id: 'b' }], isTruncated: false },
    ]);
    const [, deleted] = await post('/made/delete_by_ids', '{"ids":["a"]}');
    expect(deleted).toHaveProperty('mutationId');
    index.settle();
    expect(await post('/made/get_by_ids', '{"ids":["a","b"]}')).toMatchObject([200, [{ id: 'b' }]]);
  });

  it('takes 5,000 a request, and refuses what the platform refuses', async () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, i) => JSON.stringify(vector(`v${i}`, X))).join('\n');
    expect((await post('/made/upsert', lines(5000), 'application/x-ndjson'))[0]).toBe(200);
    const [status, error] = await post('/made/upsert', lines(5001), 'application/x-ndjson');
    expect([status, (error as { message: string }).message]).toEqual([
      400,
      'too many vectors in payload; max count is 5000, got 5001',
    ]);
    expect(await post('/made/upsert', lines(1))).toEqual([
      400,
      { code: 1005, message: 'vectorize.unknown_content_type' },
    ]);
    expect(await ask('/other/info')).toEqual([
      404,
      { code: 3000, message: 'vectorize.index.not_found - Index name "other"' },
    ]);
    expect(await ask('/made/info', {}, 'no-token')).toEqual([
      401,
      { code: 10000, message: 'Authentication error' },
    ]);
    vectorize.faults.push({ status: 429, body: { errors: [{ code: 40041, message: 'Too Many Requests' }] } });
    expect(await ask('/made/info')).toEqual([429, { code: 40041, message: 'Too Many Requests' }]);
    expect((await ask('/made/info'))[0]).toBe(200);
  });
});
