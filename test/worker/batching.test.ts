import { InferenceSession } from 'onnxruntime-web/wasm';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { bytesOf, samplePicture } from './pictures.ts';
import { ask, askWith, embedding, fakeAi, type FakeAi, fullModel, publish, recordOf } from './setup.ts';

// What a request sends to the encoders: pictures counted at the `AI` binding's contract, texts at ONNX Runtime's `run`.

const MAX_IMAGES = 16;
let info: EncoderInfo;
let badger: Uint8Array;
let ai: FakeAi;

beforeAll(async () => {
  const { data } = await ask('{ encoder { id dim fingerprint } }');
  info = data.encoder;
  badger = bytesOf(await samplePicture('a-badger.webp'));
  const model = { ...fullModel, dim: info.dim, k: info.dim };
  const encoder = { id: info.id, fingerprint: info.fingerprint };
  await publish('batching', recordOf(model, { encoder }));
  await publish('batching-again', recordOf(model, { encoder, seed: 8 }));
});

beforeEach(() => {
  ai = fakeAi((inputs) => ({ data: imagesOf(inputs).map((_, i) => axis(i)) }));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const imagesOf = (inputs: unknown): unknown[] => (inputs as { image: unknown[] }).image;
const imagesACall = (): number[] => ai.calls.map((inputs) => imagesOf(inputs).length);
const axis = (at: number): number[] => Array.from({ length: info.dim }, (_, i) => (i === at ? 1 : 0));

/** Base64 of a picture that no other number gives: the double does not mind what follows the file. */
function picture(number: number): string {
  return btoa(String.fromCharCode(...badger, number));
}

type Run = (feeds: Readonly<Record<string, { readonly dims: readonly number[] }>>) => unknown;

/** Shape of the tokens, [texts, length], of every run of ONNX Runtime from here on. */
function watchRuns(): readonly (readonly number[])[] {
  const runs: (readonly number[])[] = [];
  // Declared as a factory; it is a class.
  const { prototype } = InferenceSession as unknown as { readonly prototype: { run: Run } };
  const run = prototype.run;
  vi.spyOn(prototype, 'run').mockImplementation(function (this: unknown, feeds, ...rest) {
    runs.push(feeds.input_ids.dims);
    return Reflect.apply(run, this, [feeds, ...rest]) as unknown;
  });
  return runs;
}

const aliases = (count: number, field: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `a${i}: ${field(i)}`).join('\n');
const variablesOf = (names: readonly string[], type: string): string =>
  `query (${names.map((name) => `$${name}: ${type}`).join(', ')})`;

describe('pictures of one request', () => {
  const names = Array.from({ length: 50 }, (_, i) => `i${i}`);

  it('go to AI as few times as its batches allow, over 50 aliases and two selections', async () => {
    const query = `${variablesOf(names, 'ImageInput!')} {
      ${aliases(50, (i) => `align(image: $i${i}, text: { text: "a badger" }, selection: "${i % 2 ? 'batching' : 'batching-again'}") { __typename }`)}
    }`;
    const variables = Object.fromEntries(names.map((name, i) => [name, { base64: picture(i) }]));
    const { data, errors } = await askWith({ AI: ai, AI_MAX_IMAGES: String(MAX_IMAGES) }, query, variables);
    expect(errors).toBeUndefined();
    expect(new Set(Object.values(data).map((item) => JSON.stringify(item)))).toEqual(
      new Set(['{"__typename":"Alignment"}']),
    );
    expect(imagesACall()).toEqual([16, 16, 16, 2]);
    const sent = ai.calls.flatMap(imagesOf);
    expect(new Set(sent)).toEqual(new Set(Object.values(variables).map(({ base64 }) => base64)));
  });

  it('wait for those that come from a URL, and share a call with them', async () => {
    vi.stubGlobal('fetch', async () => {
      await scheduler.wait(30);
      return new Response(Uint8Array.of(...badger, 9), { headers: { 'content-type': 'image/webp' } });
    });
    const { data } = await askWith(
      { AI: ai, AI_MAX_IMAGES: String(MAX_IMAGES) },
      `query ($a: ImageInput!, $b: ImageInput!, $c: ImageInput!) {
        a: align(image: $a, text: { text: "a badger" }, selection: "batching") { __typename }
        b: align(image: $b, text: { text: "a badger" }, selection: "batching-again") { __typename }
        embedImages(images: [$c, $b]) { __typename }
      }`,
      {
        a: { base64: picture(1) },
        b: { url: 'https://pictures.example.com/late.webp' },
        c: { base64: picture(2) },
      },
    );
    expect(data.embedImages).toEqual([{ __typename: 'Embedding' }, { __typename: 'Embedding' }]);
    expect(imagesACall()).toEqual([3]);
  });

  it('are encoded once, whatever way the same bytes are written', async () => {
    const base64 = picture(3);
    vi.stubGlobal('fetch', () =>
      Promise.resolve(
        new Response(Uint8Array.of(...badger, 3), { headers: { 'content-type': 'image/webp' } }),
      ),
    );
    const { data } = await askWith(
      { AI: ai, AI_MAX_IMAGES: String(MAX_IMAGES) },
      'query ($images: [ImageInput!]!) { embedImages(images: $images) { ... on Embedding { vector } } }',
      {
        images: [
          { base64 },
          { base64: `data:image/webp;base64,${base64}` },
          { base64: base64.replace(/.{60}/g, '$&\n') },
          { url: 'https://pictures.example.com/same.webp' },
          { base64 },
        ],
      },
    );
    expect(new Set(data.embedImages.map((item: { vector: string }) => item.vector)).size).toBe(1);
    expect(imagesACall()).toEqual([1]);
  });
});

describe('texts of one request', () => {
  it('run in batches of eight over fields, aliases and selections, each text once', async () => {
    await ask('{ embedTexts(texts: ["loads the model"]) { __typename } }');
    const runs = watchRuns();
    const image = embedding(axis(0), info.id);
    const { data, errors } = await askWith(
      { AI: ai },
      `query ($image: ImageInput!) {
        ${aliases(30, (i) => `align(image: $image, text: { text: "picture number ${i % 20}" }, selection: "${i % 2 ? 'batching' : 'batching-again'}") { __typename }`)}
        rankTexts(image: $image, texts: [{ text: "picture number 1" }, { text: "one more" }], selection: "batching") { __typename }
        classify(image: $image, labels: ["cup", "dog"], templates: ["{}", "a {}"], selection: "batching") { __typename }
      }`,
      { image },
    );
    expect(errors).toBeUndefined();
    expect(data.a0).toEqual({ __typename: 'Alignment' });
    expect(data.classify).toEqual({ __typename: 'Classification' });
    // Others get their turn between two batches: 20 + 1 + 4 texts.
    expect(runs.map(([texts]) => texts)).toEqual([8, 8, 8, 1]);
    expect(ai.calls).toEqual([]);
  });

  it('and vectors beside them cost no run of their own', async () => {
    const runs = watchRuns();
    const given = embedding(axis(1), info.id);
    const { data } = await askWith(
      { AI: ai },
      `query ($image: ImageInput!, $text: TextInput!) {
        alignMatrix(images: [$image, $image], texts: [$text, $text], selection: "batching") { cosines }
        align(image: $image, text: $text, selection: "batching-again") { __typename }
      }`,
      { image: given, text: given },
    );
    expect(data.alignMatrix.cosines).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(runs).toEqual([]);
    expect(ai.calls).toEqual([]);
  });
});
