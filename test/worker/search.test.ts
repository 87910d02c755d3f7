import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { corpusKey, segmentKey } from '../../src/format/kv-keys.ts';
import type { EngineSpec } from '../../src/format/corpus-engine.ts';
import { type MadeItem, writeCorpus } from './corpora.ts';
import { type Answer, ask, cosine, embedding, fullModel, publish, recordOf, sigmoid } from './setup.ts';

/** Of what comes within moments, on a machine that does much else. */
const WAIT_MS = 60_000;

const items: MadeItem[] = [
  { id: 'north', vector: [127, 0, 0, 0], metadata: { colour: 'red', price: 5 } },
  { id: 'north-east', vector: [100, 100, 0, 0], metadata: { colour: 'blue', price: 10 } },
  { id: 'east', vector: [0, 127, 0, 0], metadata: { colour: 'red', price: 20 } },
  { id: 'south', vector: [-127, 0, 0, 0] },
  { id: 'up', vector: [10, 0, 120, 0], metadata: { colour: 'blue' } },
];
const POSTGRES = { kind: 'postgres', collection: 'made', index: 'exact' } as const;
const VECTORIZE: EngineSpec = {
  kind: 'vectorize',
  collection: 'made',
  index: 'made',
  dimensions: 4,
  texts: [],
  numbers: [],
};
const QUERY = [0.8, 0.6, 0, 0];
const cosineOf = ({ vector }: MadeItem): number => cosine(vector, QUERY);
const ranked = items.toSorted((a, b) => cosineOf(b) - cosineOf(a)).map(({ id }) => id);

const SEARCH = `query ($corpus: String!, $text: TextInput, $image: ImageInput, $first: Int! = 10, $after: String, $rerank: Int,
  $minProbability: Float, $filter: [CorpusFilter!], $baseRate: Float) {
  search(corpus: $corpus, text: $text, image: $image, first: $first, after: $after, rerank: $rerank,
    minProbability: $minProbability, filter: $filter, baseRate: $baseRate) {
    edges { cursor id score cosine probability decision metadata }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    corpus { name count selection encoder encoderFingerprint dim encoding bytesPerVector modality plan engine rerank fields createdAt updatedAt }
    complete calibrated rankedBy average scanned reranked
  }
}`;
const search = (variables: object): Promise<Answer> =>
  ask(SEARCH, { corpus: 'shop', text: embedding(QUERY), ...variables });
const idsOf = ({ data }: Answer): string[] =>
  data.search.edges.map(({ id }: { id: string }) => id) as string[];
const refusal = (code: string, message: RegExp): object => ({
  errors: [
    expect.objectContaining({
      message: expect.stringMatching(message) as string,
      extensions: expect.objectContaining({ code }) as object,
    }),
  ],
});

let selection: string;
beforeAll(async () => {
  selection = await publish('search', recordOf(fullModel));
  await writeCorpus('shop', selection, items);
});

describe('search', () => {
  it('ranks by cosine and tells score, probability, decision, id and metadata', async () => {
    const { status, data, errors } = await search({});
    expect({ status, errors }).toEqual({ status: 200, errors: undefined });
    const { edges, pageInfo, corpus, ...rest } = data.search;
    expect(edges.map(({ id }: MadeItem) => id)).toEqual(ranked);
    for (const edge of edges) {
      const item = items.find(({ id }) => id === edge.id);
      if (item === undefined) throw new Error(`no item ${edge.id}`);
      // int16 rounding of the query: 2e-5 a coordinate.
      expect(edge.cosine).toBeCloseTo(cosineOf(item), 4);
      expect(edge.score).toBeCloseTo(cosineOf(item), 4);
      expect(edge.probability).toBeCloseTo(sigmoid(10 * cosineOf(item) - 3), 4);
      expect(edge.metadata).toBe(item.metadata === undefined ? null : JSON.stringify(item.metadata));
    }
    expect(edges.map(({ decision }: { decision: string }) => decision)).toEqual([
      'MATCH',
      'MATCH',
      'MATCH',
      'MISMATCH',
      'MISMATCH',
    ]);
    expect(rest).toEqual({
      complete: true,
      calibrated: true,
      rankedBy: 'COSINE',
      average: 0, // of a coding that is fitted to nothing
      scanned: 5,
      reranked: 0,
    });
    expect(pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: edges[0].cursor,
      endCursor: edges[4].cursor,
    });
    expect(corpus).toEqual({
      name: 'shop',
      count: 5,
      selection,
      encoder: 'other-encoder',
      encoderFingerprint: 'f'.repeat(64),
      dim: 4,
      encoding: 'INT8',
      bytesPerVector: 12,
      modality: 'IMAGE',
      plan: 'FULL',
      engine: 'ISOLATE',
      rerank: 0,
      fields: ['colour', 'price'],
      createdAt: '2026-11-24T03:00:00.000Z',
      updatedAt: '2026-11-25T03:00:00.000Z',
    });
  });

  it('scores as align does', async () => {
    const { data } = await search({ first: 1 });
    const [edge] = data.search.edges;
    const aligned = await ask(
      'query ($image: ImageInput!, $text: TextInput!) { align(image: $image, text: $text, selection: "search") { ... on Alignment { cosine score probability decision } } }',
      { image: embedding(items.find(({ id }) => id === edge.id)?.vector ?? []), text: embedding(QUERY) },
    );
    for (const name of ['cosine', 'score', 'probability'] as const) {
      expect(edge[name]).toBeCloseTo(aligned.data.align[name], 4);
    }
  });

  it('pages through all results once, in order', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 3; page++) {
      const { data } = await search({ first: 2, after });
      const { edges, pageInfo } = data.search;
      seen.push(...edges.map(({ id }: MadeItem) => id));
      expect(pageInfo.hasNextPage).toBe(page < 2);
      expect(pageInfo.hasPreviousPage).toBe(page > 0);
      after = pageInfo.endCursor as string;
    }
    expect(seen).toEqual(ranked);
    expect((await search({ first: 2, after })).data.search).toMatchObject({
      edges: [],
      pageInfo: { hasNextPage: false, startCursor: null, endCursor: null },
    });
  });

  it('filters before it scores', async () => {
    const red = await search({ filter: [{ field: 'colour', eq: 'red' }] });
    expect(idsOf(red)).toEqual(['north', 'east']);
    expect(red.data.search.scanned).toBe(2);
    expect(idsOf(await search({ filter: [{ field: 'colour', in: ['blue', 'green'] }] }))).toEqual([
      'north-east',
      'up',
    ]);
    expect(idsOf(await search({ filter: [{ field: 'price', min: 10 }] }))).toEqual(['north-east', 'east']);
    expect(
      idsOf(
        await search({
          filter: [
            { field: 'price', max: 10 },
            { field: 'colour', eq: 'red' },
          ],
        }),
      ),
    ).toEqual(['north']);
    expect(idsOf(await search({ filter: [{ field: 'price', min: 100 }] }))).toEqual([]);
  });

  it('leaves out what is less probable than asked, at the base rate asked', async () => {
    expect(idsOf(await search({ minProbability: 0.5 }))).toEqual(['north-east', 'north', 'east']);
    expect(idsOf(await search({ minProbability: 0.5, baseRate: 0.005 }))).toEqual(['north-east']);
    expect(idsOf(await search({ minProbability: 1 }))).toEqual([]);
  });

  it('finds by an image too, and says that probabilities are not calibrated then', async () => {
    const { data } = await ask(SEARCH, { corpus: 'shop', image: embedding([1, 0, 0, 0]), first: 1 });
    expect(data.search).toMatchObject({ edges: [{ id: 'north' }], calibrated: false });
    expect(data.search.edges[0].cosine).toBeCloseTo(1, 4);
  });

  it('gives nothing for first: 0, but tells the corpus', async () => {
    expect((await search({ first: 0 })).data.search).toMatchObject({
      edges: [],
      corpus: { count: 5 },
      pageInfo: { hasNextPage: true },
    });
  });

  it.each([
    [{ corpus: 'nothing' }, 'CORPUS_NOT_FOUND', /No corpus is indexed as "nothing"/],
    [{ corpus: '../x' }, 'CORPUS_NOT_FOUND', /No corpus/],
    [{ text: undefined }, 'BAD_INPUT', /either text or image to search by, got neither/],
    [{ image: embedding(QUERY) }, 'BAD_INPUT', /got both/],
    [{ first: -1 }, 'BAD_INPUT', /first of at least 0, got -1/],
    [{ first: 101 }, 'LIMIT_EXCEEDED', /at most 100 results at once \(first\), got 101/],
    [{ after: 'x' }, 'BAD_INPUT', /`after` to be a cursor/],
    [{ after: btoa('abc:2') }, 'BAD_INPUT', /of another corpus, or of this one before it was changed/],
    [{ after: btoa('mwd9h5c0:99999') }, 'BAD_INPUT', /./],
    [{ rerank: -1 }, 'BAD_INPUT', /rerank of at least 0/],
    [{ rerank: 1001 }, 'LIMIT_EXCEEDED', /at most 1000 candidates/],
    [{ minProbability: 1.5 }, 'BAD_INPUT', /minProbability from 0 to 1, got 1.5/],
    [{ baseRate: 0 }, 'BAD_INPUT', /baseRate between 0 and 1/],
    [
      { filter: [{ field: 'weight', eq: '1' }] },
      'BAD_INPUT',
      /has the fields colour, price, a filter asks for "weight"/,
    ],
    [{ filter: [{ field: 'price' }] }, 'BAD_INPUT', /Expected eq, in, min or max in the filter on "price"/],
    [{ filter: [{ field: 'price', min: 2, max: 1 }] }, 'BAD_INPUT', /min of at most max/],
    [{ filter: [{ field: 'price', in: Array(257).fill('1') }] }, 'LIMIT_EXCEEDED', /at most 256 values/],
    [{ filter: Array(17).fill({ field: 'price', min: 1 }) }, 'LIMIT_EXCEEDED', /at most 16 filters, got 17/],
    [{ text: embedding([1, 0, 0]) }, 'BAD_VECTOR', /4 little-endian float32/],
    [
      { text: embedding(QUERY, 'third-encoder') },
      'ENCODER_MISMATCH',
      /"other-encoder", got one of "third-encoder"/,
    ],
    [{ text: { text: 'a fox' } }, 'ENCODER_MISMATCH', /Text would be encoded by "tiny-clip"/],
  ])('refuses %o as %s', async (variables, code, message) => {
    const answer = await search(variables);
    expect(answer).toMatchObject(refusal(code, message));
    expect(answer.data ?? null).toBeNull();
  });

  it('limits searches over all aliases of a request', async () => {
    const fields = Array.from(
      { length: 9 },
      (_, i) => `s${i}: search(corpus: "shop", text: $text) { scanned }`,
    );
    const { data, errors } = await ask(`query ($text: TextInput!) { ${fields.join(' ')} }`, {
      text: embedding(QUERY),
    });
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
  });

  it('says that storage failed when the record of a corpus is missing or its vectors are corrupt', async () => {
    const silent = vi.spyOn(console, 'error').mockReturnValue(undefined);
    await writeCorpus('orphan', 'e'.repeat(64), items);
    expect(await search({ corpus: 'orphan' })).toMatchObject(
      refusal('STORAGE_FAILED', /e{64}, which is not here yet/),
    );
    const { segments } = await writeCorpus('broken', selection, items);
    await env.CORPORA.put(segmentKey(segments[0].id, 'vectors'), 'x');
    expect(await search({ corpus: 'broken' })).toMatchObject(
      refusal('STORAGE_FAILED', /Corrupt stored value corpus:v2:segment:[0-9a-f]{64}:vectors: /),
    );
    await env.CORPORA.put(corpusKey('no-manifest'), '{}');
    expect(await search({ corpus: 'no-manifest' })).toMatchObject(
      refusal('STORAGE_FAILED', /Corrupt stored value corpus:v2:name:no-manifest: /),
    );
    silent.mockRestore();
  });
});

describe('corpora', () => {
  it('lists those that can be read, by name', async () => {
    await writeCorpus('alpha', selection, items.slice(0, 2));
    await vi.waitFor(async () => {
      const { data } = await ask('{ corpora { name count } }');
      const found = (data.corpora as { name: string; count: number }[]).filter(({ name }) =>
        ['alpha', 'shop'].includes(name),
      );
      expect(found).toEqual([
        { name: 'alpha', count: 2 },
        { name: 'shop', count: 5 },
      ]);
    }, WAIT_MS);
  });

  it('say why this deployment cannot search them by text or pixels', async () => {
    const { encoder } = (await ask('{ encoder { id fingerprint dim } }')).data;
    const { id, fingerprint, dim } = encoder as { id: string; fingerprint: string; dim: number };
    const coding = { mean: Array<number>(dim).fill(0), spread: Array<number>(dim).fill(1), fittedOn: 1 };
    const own = { dim, k: dim, coding, segments: [] };
    await writeCorpus('of-another', selection, items);
    await writeCorpus('of-other-bytes', selection, items, {
      ...own,
      encoder: { id, fingerprint: 'e'.repeat(64) },
    });
    await writeCorpus('of-other-dim', selection, items, { encoder: { id, fingerprint } });
    await writeCorpus('without-record', 'e'.repeat(64), items, { ...own, encoder: { id, fingerprint } });
    await writeCorpus('usable', selection, items, { ...own, encoder: { id, fingerprint } });
    await writeCorpus('behind', selection, items, { plan: 'compact', engine: POSTGRES });
    await writeCorpus('behind-vectorize', selection, items, { plan: 'compact', engine: VECTORIZE });
    const reasons = await vi.waitFor(async () => {
      const { data } = await ask('{ corpora { name searchError { code message retryable } } }');
      const found = new Map(
        (data.corpora as { name: string; searchError: object | null }[]).map((one) => [
          one.name,
          one.searchError,
        ]),
      );
      expect(found.has('usable')).toBe(true);
      return found;
    }, WAIT_MS);
    const mismatch = (message: RegExp): object => ({
      code: 'ENCODER_MISMATCH',
      message: expect.stringMatching(message) as string,
      retryable: false,
    });
    expect(reasons.get('of-another')).toEqual(
      mismatch(/of the encoder other-encoder; this deployment runs tiny-clip/),
    );
    expect(reasons.get('of-other-bytes')).toEqual(mismatch(/fingerprint e{64} .* runs fingerprint/));
    expect(reasons.get('of-other-dim')).toEqual(mismatch(/\(4 numbers\)/));
    expect(reasons.get('without-record')).toMatchObject({ code: 'STORAGE_FAILED', retryable: true });
    expect(reasons.get('usable')).toBeNull();
    // What is missing counts for an embedding too, and is told before anything is encoded.
    for (const [name, kind] of [
      ['behind', 'postgres'],
      ['behind-vectorize', 'vectorize'],
    ]) {
      const message = expect.stringContaining(
        `the engine ${kind}, to which this deployment has no binding`,
      ) as string;
      expect(reasons.get(name)).toEqual({ code: 'STORAGE_FAILED', message, retryable: false });
      const { errors } = await search({ corpus: name });
      expect(errors).toMatchObject([{ message, extensions: { code: 'STORAGE_FAILED', retryable: false } }]);
    }
  });
});
