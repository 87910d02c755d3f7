import { beforeAll, describe, expect, it, vi } from 'vitest';
import { isolateWith, putKey } from './access-setup.ts';
import { writeCorpus } from './corpora.ts';
import { blobOf, embedFox, form, json, readRest, send } from './rest-setup.ts';
import { ask, embedding, fullModel, publish, recordOf } from './setup.ts';

const IMAGE = embedding([1, 2, -2, 0.5]);
const TEXTS = [embedding([2, 1, -1, 3]), embedding([1, 2, -2, 0.4]), embedding([1])];
const SELECTION = 'rest-full';
/** Of the encoder that runs here. */
const OWN = 'rest-own';
const PROVENANCE =
  'provenance { selection canary encoder encoderFingerprint calibrator baseRate matchThreshold mismatchThreshold }';
const ERROR = 'code message retryable retryAfterSeconds';
const DOMAIN = 'image text reason';
const RANKING = `... on Ranking { items { index cosine score probability probabilityInterval decision domain { ${DOMAIN} } error { ${ERROR} } } anyMatch relevantCount selection ${PROVENANCE} } ... on ItemError { ${ERROR} }`;

let fox: string;

beforeAll(async () => {
  const id = await publish(SELECTION, recordOf(fullModel));
  ({ picture: fox } = await embedFox());
  const { data } = await ask('{ encoder { id dim fingerprint } }');
  const { dim, ...encoder } = data.encoder;
  await publish(OWN, recordOf({ ...fullModel, dim, k: dim }, { encoder }));
  await writeCorpus('rest-corpus', id, [
    { id: 'one', vector: [1, 2, -2, 1], metadata: { colour: 'red' } },
    { id: 'two', vector: [-3, 1, 0, 2], metadata: { colour: 'blue' } },
  ]);
});

/** What GraphQL answers, and what it charges, when it is asked for all that REST gives. */
async function viaGraphql(
  signature: string,
  field: string,
  variables: object,
): Promise<{ readonly value: unknown; readonly cost: number }> {
  const { data, errors, ...rest } = await ask(`query (${signature}) { answer: ${field} }`, variables);
  expect(errors).toBeUndefined();
  const { extensions } = rest as unknown as { extensions: { cost: { asked: number } } };
  return { value: data.answer, cost: extensions.cost.asked };
}

const SAME = [
  {
    path: '/v1/align',
    signature: '$image: ImageInput!, $text: TextInput!, $selection: String!, $baseRate: Float',
    field: `align(image: $image, text: $text, selection: $selection, baseRate: $baseRate) { ... on Alignment { cosine score probability probabilityInterval decision domain { ${DOMAIN} } selection encoder ${PROVENANCE} } ... on ItemError { ${ERROR} } }`,
    body: { image: IMAGE, text: TEXTS[0], selection: SELECTION, baseRate: 0.1 },
  },
  {
    path: '/v1/rank',
    signature: '$image: ImageInput!, $texts: [TextInput!]!, $selection: String!, $first: Int',
    field: `rankTexts(image: $image, texts: $texts, selection: $selection, first: $first) { ${RANKING} }`,
    body: { image: IMAGE, texts: TEXTS, selection: SELECTION, first: 3 },
  },
  {
    path: '/v1/rank',
    signature: '$text: TextInput!, $images: [ImageInput!]!, $selection: String!',
    field: `rankImages(text: $text, images: $images, selection: $selection) { ${RANKING} }`,
    body: { text: TEXTS[0], images: [IMAGE, { base64: 'AAAA' }], selection: SELECTION },
  },
  {
    path: '/v1/explain',
    signature: '$image: ImageInput!, $text: TextInput!, $selection: String!, $method: ExplainMethod!',
    field: `explain(image: $image, text: $text, selection: $selection, method: $method) { ... on Explanation { score method bias contributions { coordinate value words examples { caption picture } } rows columns heat seen overlay tokens { text share } truncated truncationKnown selection ${PROVENANCE} } ... on ItemError { ${ERROR} } }`,
    body: { image: IMAGE, text: TEXTS[0], selection: SELECTION, method: 'AUTO' },
  },
  {
    path: '/v1/search',
    signature: '$corpus: String!, $text: TextInput!, $filter: [CorpusFilter!]',
    field: `search(corpus: $corpus, text: $text, filter: $filter) { edges { cursor id score cosine probability decision metadata thumbnail } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } anyMatch relevantCount domain { ${DOMAIN} } corpus { name count selection encoder encoderFingerprint dim searchError { ${ERROR} } modality plan engine encoding bytesPerVector rerank thumbnails fields createdAt updatedAt } complete calibrated rankedBy average scanned reranked ${PROVENANCE} }`,
    body: { corpus: 'rest-corpus', text: TEXTS[0], filter: [{ field: 'colour', in: ['red', 'blue'] }] },
  },
];

describe('what GraphQL answers', () => {
  it.each(SAME)(
    'is answered by $path, at the same price: $field',
    async ({ path, signature, field, body }) => {
      const { value, cost } = await viaGraphql(signature, field, body);
      const answer = await send(path, json(body));
      expect(answer.body).toEqual(value);
      expect(answer.status).toBe(200);
      expect(Number(answer.headers.get('x-cost'))).toBe(cost);
    },
  );

  it('is answered by /v1/classify, of pixels and labels', async () => {
    const body = { image: { base64: fox }, labels: ['fox', 'dodo'], templates: ['a {}'], selection: OWN };
    const { value, cost } = await viaGraphql(
      '$image: ImageInput!, $labels: [String!]!, $templates: [String!], $selection: String!',
      `classify(image: $image, labels: $labels, templates: $templates, selection: $selection) { ... on Classification { labels { label probability cosine score } selection ${PROVENANCE} } ... on ItemError { ${ERROR} } }`,
      body,
    );
    const answer = await send('/v1/classify', json(body));
    expect(answer.body).toEqual(value);
    expect(answer.body.labels[0].probability).toBeGreaterThan(0.5);
    expect(Number(answer.headers.get('x-cost'))).toBe(cost);
  });

  it('is answered by a form with files, and plain texts', async () => {
    const picture = await blobOf(fox);
    const plain = await send('/v1/align', json({ image: { base64: fox }, text: 'a fox', selection: OWN }));
    const answer = await send(
      '/v1/align',
      form([
        ['image', picture],
        ['text', 'a fox'],
        ['selection', OWN],
      ]),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(plain.body);
    const ranked = await send(
      '/v1/rank',
      form([
        ['image', picture],
        ['texts', 'a dodo'],
        ['texts', 'a fox'],
        ['first', '1'],
        ['selection', OWN],
      ]),
    );
    expect(ranked.body.items).toEqual([expect.objectContaining({ index: 1, error: null })]);
    const ofImages = await send(
      '/v1/rank',
      form([
        ['text', 'a fox'],
        ['images', new Blob(['no picture'])],
        ['images', picture],
        ['baseRate', '0.5'],
        ['selection', OWN],
      ]),
    );
    expect(ofImages.body.items).toEqual([
      expect.objectContaining({ index: 1, error: null }),
      expect.objectContaining({ index: 0, error: expect.objectContaining({ code: 'BAD_IMAGE' }) }),
    ]);
  });
});

describe('the door', () => {
  const ask = isolateWith({ AUTH: 'keys' });
  const SCORE = { image: IMAGE, text: TEXTS[0], selection: SELECTION };

  it('asks for a key, and for the scopes that GraphQL asks', async () => {
    const missing = await readRest(await ask('/v1/align', json(SCORE)));
    expect(missing).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED', status: 401 } });
    expect(missing.headers.get('www-authenticate')).toMatch(/^Bearer/);
    const reader = { authorization: `Bearer ${(await putKey({ scopes: ['read'] })).text}` };
    expect((await ask('/v1/align', json(SCORE, reader))).status).toBe(200);
    const lacking = await readRest(await ask('/v1/align', json({ ...SCORE, text: 'a fox' }, reader)));
    expect(lacking).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    const encoder = { authorization: `Bearer ${(await putKey({ scopes: ['encode'] })).text}` };
    expect((await ask('/v1/align', json(SCORE, encoder))).status).toBe(403);
    expect((await ask('/v1/embeddings', json({ input: 'a fox' }, encoder))).status).toBe(200);
    expect((await ask('/v1/embeddings', json({ input: 'a fox' }, reader))).status).toBe(403);
  });

  it('charges the daily budget that GraphQL is charged from', async () => {
    const { text } = await putKey({ daily: 4 });
    const key = { authorization: `Bearer ${text}` };
    const first = await readRest(await ask('/v1/align', json(SCORE, key)));
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit')).toMatch(/"daily";r=\d/);
    let last = first;
    for (let i = 0; i < 9 && last.status === 200; i++)
      last = await readRest(await ask('/v1/align', json(SCORE, key)));
    expect(last).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED', retryable: true } });
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    const query = JSON.stringify({ query: '{ encoder { id } }' });
    expect((await ask('/graphql', json(query, key))).status).toBe(429);
  });

  it('passes over what stands in Authorization where it is open', async () => {
    const answer = await send('/v1/align', json(SCORE, { authorization: 'Bearer sk-anything' }));
    expect(answer.status).toBe(200);
  });

  it('lets a page of another origin ask first', async () => {
    const response = await ask('/v1/embeddings', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.com',
        'access-control-request-headers': 'authorization, x-stainless-os',
      },
    });
    expect([response.status, response.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'authorization, x-stainless-os',
    ]);
  });
});

describe('the log', () => {
  it('has a line of what REST was asked, as of GraphQL', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const info = vi.spyOn(console, 'info').mockImplementation(() => undefined);
    const ask = isolateWith({ REQUEST_LOG: 'all' });
    await ask('/v1/rank', json({ image: IMAGE, texts: TEXTS, selection: SELECTION }));
    const lines = [...log.mock.calls, ...info.mock.calls].map(([line]: unknown[]) =>
      JSON.parse(String(line)),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({
        route: 'rest',
        operation: 'rankTexts',
        status: 200,
        codes: { BAD_VECTOR: 1 },
      }),
    );
    log.mockRestore();
    info.mockRestore();
  });
});

describe('the descriptions', () => {
  it('are served beside the API, unless introspection is off', async () => {
    const openapi = await send('/openapi.json');
    expect(openapi).toMatchObject({ status: 200, body: { openapi: '3.1.0' } });
    const sdl = await isolateWith({})('/schema.graphql');
    expect(sdl.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await sdl.text()).toContain('type Query');
    const off = isolateWith({ INTROSPECTION: 'off' });
    for (const path of ['/openapi.json', '/schema.graphql']) expect((await off(path)).status).toBe(404);
  });
});
