import { describe, expect, it } from 'vitest';
import { fixturePicture } from './pictures.ts';
import { ask, askWith, embedding, fakeAi, fullModel, publish, recordOf } from './setup.ts';

const limitExceeded = [{ extensions: { code: 'LIMIT_EXCEEDED' } }];

describe('a query document', () => {
  it.each([
    { name: 'tokens', query: `{ a(b: [${'1 '.repeat(10_001)}]) }`, says: '10000 tokens' },
    { name: 'selections', query: `{ ${'encoder { id } '.repeat(251)} }`, says: '500 selections' },
    { name: 'bytes', query: `{ encoder { id } } #${'é'.repeat(32_768)}`, says: '65536 bytes' },
    { name: 'bytes of new lines', query: `{ ${'\n'.repeat(600_000)} a }`, says: '65536 bytes' },
    {
      name: 'root fields through fragments',
      query: `{ ...A ...A __typename } fragment A on Query { ${'__typename '.repeat(32)} }`,
      says: '64 root fields',
    },
    {
      name: 'aliases',
      query: `{ encoder { ${Array.from({ length: 257 }, (_, i) => `a${i}: id`).join(' ')} } }`,
      says: '256 aliases',
    },
    {
      name: 'directives',
      query: `{ encoder { ${'... @include(if: true) '.repeat(1)} { id ${'__typename @skip(if: true) '.repeat(64)} } } }`,
      says: '64 directives',
    },
    { name: 'levels', query: `{ ${'encoder { '.repeat(9)} id ${'} '.repeat(9)} }`, says: '8 deep' },
    { name: 'brackets', query: `{ encoder(a: ${'['.repeat(9_000)}`, says: 'nests too deep' },
    {
      name: 'aliases through fragments',
      query: `{ ${Array.from({ length: 6 }, (_, i) => `a${i}: encoder { ...A }`).join(' ')} }
        fragment A on Encoder { ${Array.from({ length: 100 }, (_, i) => `b${i}: id`).join(' ')} }`,
      says: '500 fields',
    },
    {
      name: 'fragments of fragments',
      query: `{ ...F0 } ${Array.from({ length: 24 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')}
        fragment F24 on Query { encoder { id } }`,
      says: '500 fields',
    },
  ])('of too many $name is refused with the number', async ({ query, says }) => {
    const { status, data, errors } = await ask(query);
    expect(status).toBe(400);
    expect(data).toBeUndefined();
    expect(errors).toMatchObject(limitExceeded);
    expect(errors?.[0].message).toContain(says);
  });

  it('with a fragment inside itself is left to validation', async () => {
    const { errors } = await ask('{ ...F } fragment F on Query { encoder { id } ...F }');
    expect(errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });

  it('of introspection passes', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    const { status, data } = await ask(getIntrospectionQuery({ descriptions: true, oneOf: true }));
    expect(status).toBe(200);
    expect(data.__schema.queryType.name).toBe('Query');
  });

  it('with a picture inline is answered, and with a large one told to use a variable', async () => {
    const inline = (characters: number): string =>
      `{ embedImages(images: [{ base64: "${'A'.repeat(characters)}" }]) { ... on ItemError { code } } }`;
    const { data } = await ask(inline(60_000));
    expect(data.embedImages).toEqual([{ code: 'BAD_IMAGE' }]);
    const { errors } = await ask(inline(1_000_000));
    expect(errors).toMatchObject(limitExceeded);
    expect(errors?.[0].message).toContain('belongs into variables');
  });
});

describe('aliases share the limits of one request', () => {
  const inputs = {
    images: Array(128).fill(embedding([1, 0, 0, 0])),
    texts: Array(65).fill(embedding([0, 1, 0, 0])),
  };

  it('on scored pairs', async () => {
    await publish('query-limits', recordOf(fullModel));
    const { status, data, errors } = await ask(
      `query ($images: [ImageInput!]!, $texts: [TextInput!]!) {
        a: alignMatrix(images: $images, texts: $texts, selection: "query-limits") { selection }
        b: alignMatrix(images: $images, texts: $texts, selection: "query-limits") { selection }
      }`,
      inputs,
    );
    expect(status).toBe(400);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['b'], ...limitExceeded[0] }]);
    expect(errors?.[0].message).toContain('16384 scored pairs');
  });

  it('on numbers in the answer', async () => {
    await publish('query-limits', recordOf(fullModel));
    const fields = Array.from({ length: 121 }, (_, i) => `m${i}: cosines`).join(' ');
    const { errors } = await ask(
      `query ($images: [ImageInput!]!, $texts: [TextInput!]!) {
        alignMatrix(images: $images, texts: $texts, selection: "query-limits") { ${fields} }
      }`,
      inputs,
    );
    expect(errors).toMatchObject(limitExceeded);
    expect(errors?.[0].message).toContain('1000000 numbers');
  });

  it('on texts to encode, but not on those given twice', async () => {
    const texts = (from: number): string[] => Array.from({ length: 200 }, (_, i) => `text ${from + i}`);
    const EMBED = `query ($a: [String!]!, $b: [String!]!) {
      a: embedTexts(texts: $a) { __typename ... on ItemError { code message } }
      b: embedTexts(texts: $b) { __typename ... on ItemError { code message } }
    }`;
    const [same, different] = [
      await ask(EMBED, { a: texts(0), b: texts(0) }),
      await ask(EMBED, { a: texts(0), b: texts(200) }),
    ];
    expect(same.data.b.every((item: { __typename: string }) => item.__typename === 'Embedding')).toBe(true);
    expect(different.status).toBe(400);
    expect(different.data).toBeNull();
    expect(different.errors).toMatchObject([
      { path: ['b'], extensions: { code: 'LIMIT_EXCEEDED', asked: 400, allowed: 256 } },
    ]);
  });

  it('on names of selections', async () => {
    const fields = Array.from({ length: 17 }, (_, i) => `s${i}: selection(name: "none-${i}") { id }`);
    const { data, errors } = await ask(`{ ${fields.join(' ')} again: selection(name: "none-0") { id } }`);
    expect(data.s15).toBeNull();
    expect(errors).toMatchObject([{ path: ['s16'], ...limitExceeded[0] }]);
    expect(errors?.[0].message).toContain('16 different selection names');
  });

  it('on the JSON of a selection', async () => {
    const notes = 'x'.repeat(40_000);
    await publish('query-limits-json', recordOf(fullModel, { metrics: { notes } }));
    const fields = Array.from({ length: 201 }, (_, i) => `m${i}: metrics`).join(' ');
    const { errors } = await ask(`{ selection(name: "query-limits-json") { ${fields} } }`);
    expect(errors).toMatchObject(limitExceeded);
  });

  it('on pixels, as the deployment says, before anything is sent', async () => {
    const ai = fakeAi(() => null);
    const { data } = await askWith(
      { AI: ai, MAX_IMAGE_PIXELS: '1000' },
      `query ($image: ImageInput!) {
        limits { imagePixels }
        embedImages(images: [$image]) { ... on ItemError { code message } }
      }`,
      { image: { base64: await fixturePicture('baseline.jpg') } },
    );
    expect(data.limits.imagePixels).toBe(1000);
    expect(data.embedImages).toMatchObject([{ code: 'IMAGE_TOO_LARGE' }]);
    expect(data.embedImages[0].message).toContain('at most 1000 pixels');
    expect(ai.calls).toEqual([]);
  });

  it('which Query.limits tells', async () => {
    const { data } = await ask(
      '{ limits { bodyBytes images texts pairs imageBytes imagePixels urls queryTokens } }',
    );
    expect(data.limits).toEqual({
      bodyBytes: 16_777_216,
      images: 512,
      texts: 512,
      pairs: 16_384,
      imageBytes: 8_388_608,
      imagePixels: 16_777_216,
      urls: 16,
      queryTokens: 10_000,
    });
  });
});
