import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { bytesOf, fixturePicture, samplePicture } from './pictures.ts';
import { type Answer, ask, askWith, embedding, fakeAi, fullModel, publish, recordOf } from './setup.ts';

const EMBED = `query ($images: [ImageInput!]!) {
  embedImages(images: $images) { __typename ... on Embedding { dim } ... on ItemError { code message retryable } }
}`;

let info: EncoderInfo;
let badger: string;
let jpeg: string;

beforeAll(async () => {
  const { data } = await ask('{ encoder { id dim fingerprint } }');
  info = data.encoder;
  badger = await samplePicture('a-badger.webp');
  jpeg = await fixturePicture('baseline.jpg');
  const model = { ...fullModel, dim: info.dim, k: info.dim };
  await publish('faults', recordOf(model, { encoder: { id: info.id, fingerprint: info.fingerprint } }));
});

const VARS = { AI_MAX_IMAGES: '16', AI_TIMEOUT_MS: '300' };
const embedTwo = (answer: (inputs: Record<string, unknown>) => unknown): Promise<Answer> =>
  askWith({ ...VARS, AI: fakeAi(answer) }, EMBED, { images: [{ base64: badger }, { base64: jpeg }] });

const fail = (message: string) => (): never => {
  throw new Error(message);
};
const unitVectors = (count: number): number[][] =>
  Array.from({ length: count }, (_, row) => Array.from({ length: info.dim }, (_, i) => (i === row ? 1 : 0)));

describe('a fault of the AI binding', () => {
  it.each([
    { name: 'no capacity', message: '3040: No capacity', code: 'ENCODER_BUSY', retryable: true },
    { name: 'the daily quota', message: '3036: Account limited', code: 'ENCODER_QUOTA', retryable: false },
    {
      name: 'a time-out of its own',
      message: '3007: Request timeout',
      code: 'ENCODER_TIMEOUT',
      retryable: true,
    },
    { name: 'an unknown model', message: '5007: No such model', code: 'ENCODER_FAILED', retryable: false },
    { name: 'anything else', message: 'secret-host:5432 refused', code: 'ENCODER_FAILED', retryable: false },
  ])('$name is $code of every image, and no more than that is told', async ({ message, code, retryable }) => {
    const { status, data, errors } = await embedTwo(fail(message));
    expect(status).toBe(200);
    expect(errors).toBeUndefined();
    expect(data.embedImages).toMatchObject([
      { code, retryable },
      { code, retryable },
    ]);
    expect(JSON.stringify(data)).not.toContain('secret-host');
  });

  it('that never answers is ENCODER_TIMEOUT at the deadline', async () => {
    const { data } = await embedTwo(() => new Promise(() => undefined));
    expect(data.embedImages[0]).toMatchObject({ code: 'ENCODER_TIMEOUT', retryable: true });
    expect(data.embedImages[0].message).toContain('300 ms');
  });

  it.each([
    {
      name: 'vectors of another length',
      answer: () => ({
        data: [
          [1, 2, 3],
          [1, 2, 3],
        ],
      }),
    },
    { name: 'a vector too few', answer: (count: number) => ({ data: unitVectors(count - 1) }) },
    { name: 'NaN', answer: () => ({ data: [NaN, NaN].map((value) => Array(info.dim).fill(value)) }) },
    {
      name: 'null numbers',
      answer: () => ({ data: [null, null].map((value) => Array(info.dim).fill(value)) }),
    },
    { name: 'zeros', answer: () => ({ data: [0, 0].map((value) => Array(info.dim).fill(value)) }) },
    { name: 'no vectors', answer: () => ({ result: 'ok' }) },
    { name: 'nothing', answer: () => undefined },
    { name: 'text', answer: () => 'an internal trace' },
  ])('that answers $name is ENCODER_FAILED', async ({ answer }) => {
    const { data, errors } = await embedTwo((inputs) => answer((inputs.image as unknown[]).length));
    expect(errors).toBeUndefined();
    expect(data.embedImages).toMatchObject([{ code: 'ENCODER_FAILED' }, { code: 'ENCODER_FAILED' }]);
    expect(JSON.stringify(data)).not.toContain('internal trace');
  });

  it('leaves texts and vectors beside it alone', async () => {
    const { data } = await askWith(
      { ...VARS, AI: fakeAi(fail('3036: Account limited')) },
      `query ($image: ImageInput!, $text: TextInput!) {
        alignMatrix(images: [$image], texts: [$text, { text: "a badger" }], selection: "faults") {
          scores imageErrors { index error { code } } textErrors { index }
        }
        embedTexts(texts: ["a badger"]) { __typename }
      }`,
      { image: { base64: badger }, text: embedding(unitVectors(1)[0], info.id) },
    );
    expect(data.alignMatrix).toEqual({
      scores: [[null, null]],
      imageErrors: [{ index: 0, error: { code: 'ENCODER_QUOTA' } }],
      textErrors: [],
    });
    expect(data.embedTexts).toEqual([{ __typename: 'Embedding' }]);
  });
});

describe('the calls of one request', () => {
  const countImages = (inputs: Record<string, unknown>): number => (inputs.image as unknown[]).length;

  it('are one for all images of all fields, each image in it once', async () => {
    const ai = fakeAi((inputs) => ({ data: unitVectors(countImages(inputs)) }));
    const { data, errors } = await askWith(
      { ...VARS, AI: ai },
      `query ($a: ImageInput!, $b: ImageInput!) {
        align(image: $a, text: { text: "a badger" }, selection: "faults") { __typename }
        again: align(image: $a, text: { text: "a dodo" }, selection: "faults") { __typename }
        rankImages(text: { text: "a badger" }, images: [$b, $a, $b], selection: "faults") { __typename }
        embedImages(images: [$b, $a]) { __typename }
      }`,
      { a: { base64: badger }, b: { base64: jpeg } },
    );
    expect(errors).toBeUndefined();
    expect(data.embedImages).toEqual([{ __typename: 'Embedding' }, { __typename: 'Embedding' }]);
    expect(data.rankImages.__typename).toBe('Ranking');
    expect(ai.calls.map((inputs) => countImages(inputs as Record<string, unknown>))).toEqual([2]);
  });

  it('tell the same bytes in another dress', async () => {
    const ai = fakeAi((inputs) => ({ data: unitVectors(countImages(inputs)) }));
    await askWith({ ...VARS, AI: ai }, EMBED, {
      images: [{ base64: badger }, { base64: badger.slice(badger.indexOf(',') + 1) }],
    });
    expect(ai.calls.map((inputs) => countImages(inputs as Record<string, unknown>))).toEqual([1]);
    expect(bytesOf(badger).length).toBeGreaterThan(0);
  });

  it('are none for vectors, nor for a selection that is not there', async () => {
    const ai = fakeAi(fail('must not be called'));
    const { data } = await askWith(
      { ...VARS, AI: ai },
      `query ($a: ImageInput!, $b: ImageInput!, $text: TextInput!) {
        align(image: $a, text: $text, selection: "faults") { __typename }
        none: align(image: $b, text: $text, selection: "faults-none") { ... on ItemError { code } }
      }`,
      {
        a: embedding(unitVectors(1)[0], info.id),
        b: { base64: badger },
        text: embedding(unitVectors(1)[0], info.id),
      },
    );
    expect(data).toEqual({ align: { __typename: 'Alignment' }, none: { code: 'SELECTION_NOT_FOUND' } });
    expect(ai.calls).toEqual([]);
  });

  it('put all texts into one call where texts go to AI', async () => {
    const ai = fakeAi((inputs) => ({ data: unitVectors((inputs.text as unknown[]).length) }));
    const { data } = await askWith(
      { ...VARS, TEXT_ROUTE: 'ai', AI: ai },
      `query ($image: ImageInput!) {
        rankTexts(image: $image, texts: [{ text: "a" }, { text: "b" }], selection: "faults") { __typename }
        classify(image: $image, labels: ["b", "c"], templates: ["{}"], selection: "faults") { __typename }
      }`,
      { image: embedding(unitVectors(1)[0], info.id) },
    );
    expect(data.classify.__typename).toBe('Classification');
    expect(ai.calls).toEqual([{ text: ['a', 'b', 'c'] }]);
  });
});

describe('a bug or a wrong configuration', () => {
  it('stays masked, with a code, and goes to the log', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { status, data, errors } = await askWith({ ENCODER_DIM: 'seven' }, '{ encoder { id } }');
    expect(status).toBe(500);
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { message: 'Unexpected error.', extensions: { code: 'INTERNAL', retryable: false } },
    ]);
    expect(JSON.stringify(errors)).not.toMatch(/ENCODER_DIM|seven|stack|\.ts/);
    expect(log.mock.calls.flat().map(String).join()).toContain('ENCODER_DIM');
    log.mockRestore();
  });

  it('fails a union the same way, not as an ItemError', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { data, errors } = await askWith(
      { AI: undefined },
      `query ($image: ImageInput!) { align(image: $image, text: { text: "a" }, selection: "faults") { __typename } }`,
      { image: { base64: badger } },
    );
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ message: 'Unexpected error.', extensions: { code: 'INTERNAL' } }]);
    log.mockRestore();
  });
});

describe('storage that is down', () => {
  const down = (): Promise<never> => Promise.reject(new Error('KV GET failed: 500 at secret-host'));
  const kv = { get: down, getWithMetadata: down, list: down };

  it('is STORAGE_FAILED, in a union as an item, elsewhere as an error', async () => {
    const { status, data, errors } = await askWith(
      { SELECTIONS: kv },
      `query ($image: ImageInput!, $text: TextInput!) {
        align(image: $image, text: $text) { ... on ItemError { code retryable } }
        selection { id }
      }`,
      { image: embedding([1]), text: embedding([1]) },
    );
    expect(status).toBe(200);
    expect(data).toEqual({ align: { code: 'STORAGE_FAILED', retryable: true }, selection: null });
    expect(errors).toMatchObject([
      { path: ['selection'], extensions: { code: 'STORAGE_FAILED', retryable: true } },
    ]);
    expect(JSON.stringify([data, errors])).not.toContain('secret-host');
  });

  it('is 503 where nothing is left to answer', async () => {
    const { status, data } = await askWith({ SELECTIONS: kv }, '{ selections { id } }');
    expect(status).toBe(503);
    expect(data).toBeNull();
  });

  it('is asked once a request for one name', async () => {
    const gets: string[] = [];
    const counting = new Proxy(env.SELECTIONS, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          gets.push(`${String(property)} ${String(args[0])}`);
          return Reflect.apply(value, target, args) as unknown;
        };
      },
    });
    await askWith(
      { SELECTIONS: counting },
      '{ a: selection(name: "faults") { id } b: selection(name: "faults") { k } c: selection(name: "faults") { dim } }',
    );
    expect(gets.filter((call) => call.includes(':name:'))).toHaveLength(1);
    expect(gets.filter((call) => call.includes(':record:'))).toHaveLength(1);
  });
});
