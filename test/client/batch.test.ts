import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type DocumentNode, buildSchema, parse, validate, visit } from 'graphql';
import { describe, expect, inject, it } from 'vitest';
import {
  type Field,
  type Question,
  partOf,
  toAsked,
  toFields,
} from '../../packages/client/src/batch-fields.ts';
import { FIELDS_OF_ONE, type Limits, isWithin, toRequests } from '../../packages/client/src/batch-limits.ts';
import { toRequest } from '../../packages/client/src/fields.ts';
import { type Alignment, type Client, createClient } from '../../packages/client/src/index.ts';

const url = inject('origin');
const SAMPLE = 'models/sample/images/';
const badger = await readFile(`${SAMPLE}a-badger.webp`);
const banjo = await openAsBlob(`${SAMPLE}a-banjo.webp`);
const backpack = await readFile(`${SAMPLE}a-backpack.png`);
const BROKEN = new Uint8Array([1, 2, 3]);
const TEXTS = ['a badger', 'a banjo', 'a backpack', 'a fox', 'an owl'];
const alone = createClient({ url, batch: false });

/** A client, and the operations of the requests that it made. */
function watched(options = {}): { client: Client; operations: string[] } {
  const operations: string[] = [];
  const client = createClient({
    url,
    ...options,
    fetch: async (address, init) => {
      const body = init.body instanceof FormData ? String(init.body.get('operations')) : String(init.body);
      const { query } = JSON.parse(body) as { query: string };
      operations.push(/^query limits/.test(query) ? 'limits' : fieldsOf(query));
      return fetch(address, init);
    },
  });
  return { client, operations };
}

const fieldsOf = (query: string): string =>
  [...query.matchAll(/f\d+:(\w+)/g)].map(([, name]) => name).join(' ');

function expectSame(actual: Alignment, expected: Alignment): void {
  const { cosine, score, probability, probabilityInterval, ...words } = expected;
  expect(actual).toMatchObject(words);
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  expect(actual.cosine).toBeCloseTo(cosine, 6);
  expect(actual.score).toBeCloseTo(score, 6);
  expect(actual.probability).toBeCloseTo(probability, 6);
  expect(actual.probabilityInterval[0]).toBeCloseTo(probabilityInterval[0], 6);
}

describe('calls made together', () => {
  it('about one image, or one text, are one field of one request and give what each gives alone', async () => {
    const { client, operations } = watched();
    const texts = await Promise.all(TEXTS.map((text) => client.align(badger, text)));
    const images = await Promise.all(
      [badger, banjo, backpack].map((image) => client.align(image, 'a banjo')),
    );
    expect(operations).toEqual(['limits', 'rankTexts', 'rankImages']);
    for (const [i, text] of TEXTS.entries()) expectSame(texts[i], await alone.align(badger, text));
    expectSame(images[1], await alone.align(banjo, 'a banjo'));
  });

  it('about anything are one request', async () => {
    const { client, operations } = watched();
    const [fits, weighed, other, text, image] = await Promise.all([
      client.align(badger, 'a badger'),
      client.align(badger, 'a badger', { baseRate: 0.01 }),
      client.align(banjo, 'a fox'),
      client.embed({ text: 'a fox' }),
      client.embed({ image: banjo }),
    ]);
    expect(operations).toEqual(['limits', 'embedTexts embedImages align align align']);
    expect(weighed.cosine).toBe(fits.cosine);
    expect(weighed.probability).toBeLessThan(fits.probability);
    const cosine = text.vector.reduce((sum, value, i) => sum + value * image.vector[i], 0);
    expect(other.cosine).toBeCloseTo(cosine, 5);
  });

  it('are parted where a request would be over the limits', async () => {
    const { client, operations } = watched();
    const { vector, encoder } = await client.embed({ text: 'a fox' });
    // No two alike, which would share a field.
    const pairs = Array.from({ length: 20 }, (_, i) => {
      const scaled = { vector: vector.map((value) => value * (i + 1)), encoder };
      return [scaled, scaled] as const;
    });
    const results = await Promise.all(pairs.map(([image, text]) => client.align(image, text)));
    for (const { cosine } of results) expect(cosine).toBeCloseTo(1, 5);
    expect(operations.slice(1).map((fields) => fields.split(' ').length)).toEqual([1, 15, 5]);
  });

  it('fail one by one', async () => {
    const { client } = watched();
    const results = await Promise.allSettled([
      client.align(badger, 'a badger'),
      client.align(badger, ' '),
      client.align(BROKEN, 'a badger'),
      client.align(BROKEN, 'a fox'),
      client.align(banjo, 'a fox', { selection: 'none' }),
      client.align(banjo, 'a banjo', { baseRate: 2 }),
      client.align(banjo, 'an owl', { baseRate: 'half' as unknown as number }),
      client.embed({ text: '' }),
      client.embed({ text: 5 as unknown as string }),
      client.embed({ image: 5 as unknown as string }),
      client.embed({ image: banjo }),
    ]);
    const said = results.map((result) =>
      result.status === 'fulfilled'
        ? 'ok'
        : ((result.reason as { code?: string }).code ?? String(result.reason)),
    );
    expect(said).toEqual([
      'ok',
      'BAD_INPUT',
      'BAD_IMAGE',
      'BAD_IMAGE',
      'SELECTION_NOT_FOUND',
      'BAD_INPUT',
      'BAD_INPUT',
      'BAD_INPUT',
      expect.stringMatching(/^TypeError/),
      expect.stringMatching(/^TypeError/),
      'ok',
    ]);
  });

  it('end one by one when they are aborted, and the request with the last of them', async () => {
    const { client } = watched();
    const one = new AbortController();
    const results = Promise.allSettled([
      client.align(badger, 'a badger', { signal: one.signal }),
      client.align(badger, 'a fox'),
    ]);
    one.abort(new Error('mine'));
    expect(await results).toMatchObject([{ reason: { message: 'mine' } }, { status: 'fulfilled' }]);

    let requestEnd: AbortSignal | null | undefined;
    const hanging = createClient({
      url,
      fetch: (address, { signal, ...init }) => {
        if (String(init.body).includes('query limits')) return fetch(address, init);
        requestEnd = signal;
        return new Promise((_, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      },
    });
    const [first, second] = [new AbortController(), new AbortController()];
    const both = Promise.allSettled([
      hanging.align(badger, 'a badger', { signal: first.signal }),
      hanging.align(badger, 'a fox', { signal: second.signal }),
    ]);
    await expect.poll(() => requestEnd).toBeDefined();
    first.abort();
    expect(requestEnd?.aborted).toBe(false);
    second.abort();
    expect(requestEnd?.aborted).toBe(true);
    expect(await both).toMatchObject([
      { reason: { name: 'AbortError' } },
      { reason: { name: 'AbortError' } },
    ]);
  });

  it('keep what each was given, where the next call gives the same object with other contents', async () => {
    const { client, operations } = watched();
    const other = new Uint8Array(await banjo.arrayBuffer());
    const buffer = new ArrayBuffer(Math.max(badger.length, other.length));
    const [view, address] = [new Uint8Array(buffer), new URL('https://127.0.0.1/1')];
    const [a, b] = await Promise.all([client.embed({ image: badger }), client.embed({ image: banjo })]);
    const reused = { vector: new Float32Array(a.vector), encoder: a.encoder };
    const options = { baseRate: 0.5 };
    operations.length = 0;

    view.set(badger);
    const calls = [client.align(view, 'a badger'), client.align(buffer, 'a badger')];
    calls.push(client.align(reused, 'a badger', options));
    view.fill(0).set(other);
    reused.vector.set(b.vector);
    options.baseRate = 0.01;
    calls.push(client.align(view, 'a banjo'), client.align(buffer, 'a banjo'));
    calls.push(client.align(reused, 'a banjo', options));
    view.fill(0);
    const scored = await Promise.all(calls);
    const [ofBadger, ofBanjo, weighed] = await Promise.all([
      alone.align(badger, 'a badger'),
      alone.align(banjo, 'a banjo'),
      alone.align(b, 'a banjo', { baseRate: 0.01 }),
    ]);
    for (const [i, expected] of [ofBadger, ofBadger, ofBadger, ofBanjo, ofBanjo, ofBanjo].entries()) {
      expect(scored[i].cosine).toBeCloseTo(expected.cosine, 5);
    }
    expect(scored[5].probability).toBeCloseTo(weighed.probability, 5);

    operations.length = 0;
    const refused = [client.align(address, 'a fox')];
    address.pathname = '/2';
    await Promise.allSettled([...refused, client.align(address, 'an owl')]);
    expect(operations).toEqual(['align align']);
  });

  it('are requests of their own where that is asked, or where they were not made together', async () => {
    const { client, operations } = watched({ batch: false });
    await Promise.all([client.align(badger, 'a badger'), client.align(badger, 'a fox')]);
    expect(operations).toEqual(['align', 'align']);
    const other = watched();
    await other.client.align(badger, 'a badger');
    await other.client.align(badger, 'a fox');
    expect(other.operations).toEqual(['align', 'align']);
  });
});

describe('the requests of a batch', () => {
  const schemaText = readFile('schema.graphql', 'utf8');
  const question = (image: number, text: number): Question => ({
    image: partOf({ url: `https://a.example/${image}` }),
    text: partOf({ text: `t${text}` }),
  });
  const questions = [
    ...Array.from({ length: 40 }, (_, i) => question(0, i)),
    ...Array.from({ length: 30 }, (_, i) => question(i + 1, 50)),
    ...Array.from({ length: 25 }, (_, i) => question(i + 100, i + 100)),
    { text: partOf({ text: 'e' }) },
    { image: partOf({ upload: new Blob(['f']) }) },
  ];
  const toDocument = (fields: Field<Question>[]): DocumentNode => parse(toRequest(fields.map(toAsked)).query);
  const limits: Limits = {
    images: 10,
    texts: 12,
    encodedImages: 8,
    encodedTexts: 9,
    pairs: 1000,
    urls: 5,
    selections: 2,
    bodyBytes: 1000,
    totalImageBytes: 1000,
    queryFields: 4 * FIELDS_OF_ONE,
    queryRootFields: 4,
    queryAliases: 4,
  };

  it('ask every question once, within all limits', () => {
    const requests = toRequests(toFields(questions), limits);
    for (const request of requests) expect(isWithin(request, limits)).toBe(true);
    const asked = requests.flat().flatMap((field) => field.questions);
    expect(asked).toHaveLength(questions.length);
    expect(new Set(asked)).toEqual(new Set(questions));
  });

  it('leave what no request can hold to the API’s own answer', () => {
    const large = { image: partOf({ upload: new Blob(['x'.repeat(2000)]) }) };
    expect(toRequests(toFields([large, ...questions.slice(0, 2)]), limits).map((r) => r.length)).toEqual([
      1, 1,
    ]);
  });

  it('are ones that the schema accepts, of no more fields than are reckoned with', async () => {
    const schema = buildSchema(await schemaText);
    const fields = toFields(questions);
    expect(new Set(fields.map(({ name }) => name)).size).toBe(5);
    expect(validate(schema, toDocument(fields)).map(({ message }) => message)).toEqual([]);
    for (const field of fields) {
      let count = 0;
      visit(toDocument([field]), { Field: () => void (count += 1) });
      expect(count).toBeLessThanOrEqual(FIELDS_OF_ONE);
    }
  });
});
