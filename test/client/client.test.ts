import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, inject, it } from 'vitest';
import {
  AlignqlError,
  type SearchHit,
  type SearchOptions,
  type SearchQuery,
  createClient,
} from '../../packages/client/src/index.ts';

const client = createClient({ url: inject('origin') });
const SAMPLE = 'models/sample/images/';
const badger = await readFile(`${SAMPLE}a-badger.webp`);
const banjo = await openAsBlob(`${SAMPLE}a-banjo.webp`);
const TEXTS = ['a badger', 'a banjo'];
const BROKEN = new Uint8Array([1, 2, 3]);

describe('align', () => {
  it('tells a text that fits from one that does not', async () => {
    const fits = await client.align(badger, 'a badger');
    const other = await client.align(badger, 'a banjo');
    expect(fits).toMatchObject({ decision: 'MATCH', encoder: 'tiny-clip', provenance: { canary: false } });
    expect(fits.probability).toBeGreaterThan(other.probability);
    expect(fits).not.toHaveProperty('__typename');
  });

  it('takes a picture in every form alike', async () => {
    const { buffer } = Uint8Array.from(badger);
    const dataUri = `data:image/webp;base64,${badger.toString('base64')}`;
    const { vector, encoder } = await client.embed({ image: badger });
    const forms = [
      badger,
      buffer,
      new DataView(buffer),
      new Blob([buffer]),
      new File([buffer], 'badger.webp', { type: 'image/webp' }),
      dataUri,
      new URL(dataUri),
      { vector, encoder },
      { vector: [...vector], encoder },
    ];
    const scores = await Promise.all(forms.map((form) => client.align(form as typeof badger, 'a badger')));
    for (const { cosine } of scores) expect(cosine).toBeCloseTo(scores[0].cosine, 6);
  });

  it('sends bytes beyond 32 KiB as a file', async () => {
    // A PNG may be followed by anything; it stays the same picture.
    const png = await readFile(`${SAMPLE}a-backpack.png`);
    const padded = Buffer.concat([png, Buffer.alloc(40_000)]);
    const types: unknown[] = [];
    const watched = createClient({
      url: inject('origin'),
      fetch: (url, init) => {
        types.push(init.body instanceof FormData ? 'form' : typeof init.body);
        return fetch(url, init);
      },
    });
    const [large, small] = [
      await watched.align(padded, 'a backpack'),
      await watched.align(png, 'a backpack'),
    ];
    expect(types).toEqual(['form', png.length > 32_768 ? 'form' : 'string']);
    expect(large.cosine).toBeCloseTo(small.cosine, 6);
  });

  it('throws the API’s error with its code', async () => {
    const failed = await client.align(BROKEN, 'a badger').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(AlignqlError);
    expect(failed).toMatchObject({ code: 'BAD_IMAGE', status: 200, retryable: false, retryAfter: null });
    expect((failed as AlignqlError).requestId).toMatch(/^[0-9a-f-]{36}$/);
    await expect(client.align('https://127.0.0.1/a.png', 'a')).rejects.toMatchObject({ code: 'URL_REFUSED' });
    await expect(client.align(badger, 'a', { selection: 'none' })).rejects.toMatchObject({
      code: 'SELECTION_NOT_FOUND',
    });
    await expect(client.align(badger, ' ')).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it.each([
    ['a path', './a.png', 'a.png'],
    ['a number', 5, 'Number'],
    ['null', null, 'got null'],
    ['a list', [badger], 'Array'],
  ])('refuses %s as picture before it is sent', async (_, image, named) => {
    await expect(client.align(image as unknown as string, 'a')).rejects.toThrow(TypeError);
    await expect(client.align(image as unknown as string, 'a')).rejects.toThrow(named);
  });

  it('refuses what is no text before it is sent', async () => {
    await expect(client.align(badger, 7 as unknown as string)).rejects.toThrow(TypeError);
  });
});

describe('the other questions', () => {
  it('are answered for a matrix, with errors in their places', async () => {
    const matrix = await client.matrix([badger, BROKEN, banjo], [...TEXTS, ' ']);
    expect(matrix.probabilities.map((row) => row.length)).toEqual([3, 3, 3]);
    expect(matrix.imageErrors).toMatchObject([{ index: 1, error: { code: 'BAD_IMAGE' } }]);
    expect(matrix.textErrors).toMatchObject([{ index: 2, error: { code: 'BAD_INPUT' } }]);
    expect([...matrix.probabilities[1]]).toEqual([NaN, NaN, NaN]);
    const one = await client.align(badger, 'a badger');
    expect(matrix.cosines[0][0]).toBeCloseTo(one.cosine, 5);
    expect(matrix.cosines[2][1]).toBeGreaterThan(matrix.cosines[2][0]);
    expect((await client.matrix([badger], [])).scores).toEqual([]);
  });

  it('are answered by rankings', async () => {
    const texts = await client.rankTexts(badger, ['a banjo', ' ', 'a badger'], { first: 3 });
    expect(texts.items.map(({ index }) => index)).toEqual([2, 0, 1]);
    expect(texts.items[2].error?.code).toBe('BAD_INPUT');
    const images = await client.rankImages('a banjo', [badger, banjo]);
    expect(images.items.map(({ index }) => index)).toEqual([1, 0]);
  });

  it('are answered for captions and labels', async () => {
    const captions = await client.alignCaptions(badger, ['a badger', 'a striped animal']);
    expect(captions.weights).toEqual([0.5, 0.5]);
    const { labels } = await client.classify(badger, ['badger', 'banjo'], {
      templates: ['a drawing of a {}'],
    });
    expect(labels[0].probability).toBeGreaterThan(labels[1].probability);
  });

  it('are answered by an explanation, with all contributions', async () => {
    const { score, bias, contributions, heat, overlay, tokens } = await client.explain(badger, 'a badger');
    const sum = contributions.reduce((total, { value }) => total + value, bias);
    expect(Math.abs(sum - score)).toBeLessThan(1e-5);
    expect(heat).toHaveLength(49);
    expect(overlay).toMatch(/^data:image\/png;base64,/);
    expect(tokens.map(({ text }) => text)).toEqual(['a', 'badger']);
    expect((await client.explain(badger, 'a badger', { method: 'NONE' })).heat).toBeNull();
  });

  it('are answered by CLIPScore, with and without references', async () => {
    const plain = await client.clipScore(badger, 'a badger');
    const other = await client.clipScore(badger, 'a banjo');
    expect(plain.score).toBeGreaterThan(other.score);
    expect(plain).toMatchObject({ referenceCosine: null, truncated: false, encoder: 'tiny-clip' });
    const { score, referenceCosine } = await client.refClipScore(badger, 'a badger', ['a banjo', 'a badger']);
    expect(referenceCosine).toBeCloseTo(1, 5);
    expect(score).toBeCloseTo((2 * plain.score) / (plain.score + 1), 5);
  });

  it('are answered by embeddings, one result an input', async () => {
    const results = await client.embed({ images: [badger, BROKEN] });
    expect(results[0]).toMatchObject({ dim: 256, encoder: 'tiny-clip' });
    expect(results[1]).toMatchObject({ name: 'AlignqlError', code: 'BAD_IMAGE' });
    const [text] = await client.embed({ texts: ['a badger'] });
    const { vector } = await client.embed({ text: 'a badger' });
    expect(text).toMatchObject({ vector });
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    await expect(client.embed({ text: '' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('are answered by any other query', async () => {
    const document =
      'query ($images: [ImageInput!]!) { encoder { id } embedImages(images: $images) { __typename } }';
    const data = await client.query(document, { images: [{ upload: banjo }, { upload: banjo }] });
    expect(data).toEqual({
      encoder: { id: 'tiny-clip' },
      embedImages: [{ __typename: 'Embedding' }, { __typename: 'Embedding' }],
    });
    await expect(client.query('{ nothing }')).rejects.toMatchObject({ status: 400, retryable: false });
  });
});

describe('search', () => {
  it('gives a page after another, until there are none', async () => {
    const pages = [];
    for await (const page of client.search('samples', 'an animal', { first: 4 })) {
      pages.push(page.hits.map(({ id }) => id));
      if (pages.length === 3) break;
    }
    const whole = await firstPage('an animal', 12);
    expect(pages.flat()).toEqual(whole.map(({ id }) => id));
  });

  it('ends with the corpus, and takes a picture, filters and a cursor', async () => {
    const [first, second] = await firstPage({ image: badger }, 2);
    const [after] = await firstPage({ image: badger }, 1, { after: first.cursor });
    expect(after.id).toBe(second.id);
    const none = client.search('samples', 'a badger', { minProbability: 1 });
    const pages = [];
    for await (const page of none) pages.push(page);
    expect(pages).toMatchObject([{ hits: [], pageInfo: { hasNextPage: false } }]);
  });

  it('throws what the API says of a corpus that there is not', async () => {
    await expect(client.search('none', 'a').next()).rejects.toMatchObject({
      code: 'CORPUS_NOT_FOUND',
      status: 404,
    });
  });
});

async function firstPage(
  query: SearchQuery,
  first: number,
  options: SearchOptions = {},
): Promise<readonly SearchHit[]> {
  for await (const page of client.search('samples', query, { first, ...options })) return page.hits;
  return [];
}
