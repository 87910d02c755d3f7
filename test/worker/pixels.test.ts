import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import type { SelectionModel } from '../../src/core/scoring/selection-model.ts';
import { bytesOf, fixturePicture, samplePicture, someSamples } from './pictures.ts';
import { ENDPOINT, ask, cosine, fullModel, numbersOf, publish, recordOf, vector } from './setup.ts';

// The real text tower in this Worker, the real vision tower in the encoder Worker behind `AI`.
let info: EncoderInfo;
let model: SelectionModel;
let badger: string;

beforeAll(async () => {
  const { data } = await ask('{ encoder { id dim fingerprint } }');
  info = data.encoder;
  model = { ...fullModel, dim: info.dim, k: info.dim };
  await publish('pixels', recordOf(model, { encoder: { id: info.id, fingerprint: info.fingerprint } }));
  badger = await samplePicture('a-badger.webp');
});

const EMBED_IMAGES = `query ($images: [ImageInput!]!) {
  embedImages(images: $images) {
    __typename
    ... on Embedding { vector dim encoder fingerprint }
    ... on ItemError { code message retryable }
  }
}`;

describe('embedImages', () => {
  it('gives unit vectors of the deployment encoder', async () => {
    const { data } = await ask(EMBED_IMAGES, { images: [{ base64: badger }] });
    const [embedding] = data.embedImages;
    expect(embedding).toMatchObject({ dim: info.dim, encoder: info.id, fingerprint: info.fingerprint });
    const numbers = numbersOf(embedding.vector);
    expect(numbers).toHaveLength(info.dim);
    expect(Math.hypot(...numbers)).toBeCloseTo(1, 5); // unit in float32
  });

  it('reads a data URI, bare base64, URL-safe base64 and base64 with line breaks alike', async () => {
    const base64 = badger.slice(badger.indexOf(',') + 1);
    const { data } = await ask(EMBED_IMAGES, {
      images: [
        { base64: badger },
        { base64 },
        { base64: base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') },
        { base64: base64.replace(/.{76}/g, '$&\r\n') },
        { base64: `data:image/webp;charset=utf-8;base64,${base64}` },
      ],
    });
    const vectors = data.embedImages.map((item: { vector: string }) => item.vector);
    expect(new Set(vectors).size).toBe(1);
    expect(vectors[0]).toBeTypeOf('string');
  });

  it('fails broken images one by one and keeps the order', async () => {
    const [jpeg, truncated, broken, bomb] = await Promise.all(
      ['baseline.jpg', 'truncated.png', 'broken.png', 'bomb-header.png'].map(fixturePicture),
    );
    const { status, data, errors } = await ask(EMBED_IMAGES, {
      images: [
        { base64: badger },
        { base64: btoa('<html>not a picture</html>') },
        { base64: '***' },
        { base64: bomb },
        { base64: 'data:text/plain,hello' },
        { base64: '' },
        { base64: truncated },
        { base64: broken },
        { base64: jpeg },
      ],
    });
    expect(status).toBe(200);
    expect(errors).toBeUndefined();
    const outcome = data.embedImages.map(
      (item: { __typename: string; code?: string }) => item.code ?? item.__typename,
    );
    expect(outcome.slice(0, 6)).toEqual([
      'Embedding',
      'BAD_IMAGE',
      'BAD_IMAGE',
      'IMAGE_TOO_LARGE',
      'BAD_IMAGE',
      'BAD_IMAGE',
    ]);
    expect(outcome.slice(7)).toEqual(['BAD_IMAGE', 'Embedding']);
    expect(data.embedImages[3].message).toContain('16777216 pixels');
  });

  it('passes a vector of its own encoder through, normalised, and refuses others', async () => {
    const numbers = Array.from({ length: info.dim }, (_, i) => i + 1);
    const { data } = await ask(EMBED_IMAGES, {
      images: [
        { embedding: { vector: vector(numbers), encoder: info.id } },
        { embedding: { vector: vector(numbers), encoder: 'other-encoder' } },
      ],
    });
    expect(cosine(numbersOf(data.embedImages[0].vector), numbers)).toBeCloseTo(1, 6);
    expect(Math.hypot(...numbersOf(data.embedImages[0].vector))).toBeCloseTo(1, 6);
    expect(data.embedImages[1]).toMatchObject({ code: 'ENCODER_MISMATCH', retryable: false });
  });
});

describe('embedTexts', () => {
  const EMBED_TEXTS = `query ($texts: [String!]!) {
    embedTexts(texts: $texts) { __typename ... on Embedding { vector dim } ... on ItemError { code message } }
  }`;

  it('embeds texts of any script, in order', async () => {
    const texts = ['a dodo', 'δρόντης', 'ドードー', 'a dodo', '🦤'.repeat(500)];
    const { data } = await ask(EMBED_TEXTS, { texts });
    const vectors = data.embedTexts.map((item: { vector: string }) => numbersOf(item.vector));
    for (const numbers of vectors) expect(Math.hypot(...numbers)).toBeCloseTo(1, 5);
    expect(vectors[3]).toEqual(vectors[0]);
    expect(vectors[1]).not.toEqual(vectors[0]);
  });

  it('refuses too long a text alone, and too long a list as a whole', async () => {
    const [item, list] = await Promise.all([
      ask(EMBED_TEXTS, { texts: ['a'.repeat(4097), 'a dodo'] }),
      ask(EMBED_TEXTS, { texts: Array(513).fill('a dodo') }),
    ]);
    expect(item.data.embedTexts[0]).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(item.data.embedTexts[0].message).toContain('4096');
    expect(item.data.embedTexts[1].__typename).toBe('Embedding');
    expect(list.status).toBe(400);
    expect(list.errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
    expect(list.errors?.[0].message).toContain('512');
  });
});

describe('pixels and text together', () => {
  it('score a picture higher with its caption than with another', async () => {
    const { data } = await ask(
      `query ($image: ImageInput!) {
        right: align(image: $image, text: { text: "a badger" }, selection: "pixels") { ... on Alignment { score cosine } }
        wrong: align(image: $image, text: { text: "a sailing ship" }, selection: "pixels") { ... on Alignment { score } }
      }`,
      { image: { base64: badger } },
    );
    expect(data.right.score).toBeGreaterThan(data.wrong.score);
    expect(data.right.score).toBeCloseTo(data.right.cosine, 6);
  });

  it('score the same as their embeddings sent back', async () => {
    const first = await ask(
      `query ($image: ImageInput!) {
        embedImages(images: [$image]) { ... on Embedding { vector } }
        embedTexts(texts: ["a badger"]) { ... on Embedding { vector } }
        align(image: $image, text: { text: "a badger" }, selection: "pixels") { ... on Alignment { cosine } }
      }`,
      { image: { base64: badger } },
    );
    const again = await ask(
      `query ($image: ImageInput!, $text: TextInput!) {
        align(image: $image, text: $text, selection: "pixels") { ... on Alignment { cosine } }
      }`,
      {
        image: { embedding: { vector: first.data.embedImages[0].vector, encoder: info.id } },
        text: { embedding: { vector: first.data.embedTexts[0].vector, encoder: info.id } },
      },
    );
    // Normalised once more on the way in: the last bit of float32.
    expect(again.data.align.cosine).toBeCloseTo(first.data.align.cosine, 6);
  });

  it('rank the right one of ten captions first for most sample pictures', async () => {
    const samples = await someSamples(30);
    const { data } = await ask(
      `query ($images: [ImageInput!]!, $texts: [TextInput!]!) {
        alignMatrix(images: $images, texts: $texts, selection: "pixels") { scores imageErrors { index } textErrors { index } }
      }`,
      {
        images: samples.map(({ dataUri }) => ({ base64: dataUri })),
        texts: samples.map(({ caption }) => ({ text: caption })),
      },
    );
    expect(data.alignMatrix).toMatchObject({ imageErrors: [], textErrors: [] });
    const scores: number[][] = data.alignMatrix.scores;
    const isFirstOfTen = (row: readonly number[], i: number): boolean => {
      const ten = Array.from({ length: 10 }, (_, step) => row[(i + step) % row.length]);
      return ten[0] === Math.max(...ten);
    };
    // Chance is 3 of 30; the model card has the measured share.
    expect(scores.filter(isFirstOfTen).length).toBeGreaterThan(15);
  });
});

describe('classify', () => {
  const CLASSIFY = `query ($image: ImageInput!, $labels: [String!]!, $templates: [String!], $temperature: Float) {
    classify(image: $image, labels: $labels, templates: $templates, temperature: $temperature, selection: "pixels") {
      __typename
      ... on Classification { selection labels { label probability cosine score } }
      ... on ItemError { code message }
    }
  }`;
  const classify = async (variables: object) => {
    const { data } = await ask(CLASSIFY, {
      image: { base64: badger },
      labels: ['badger', 'sailing ship', 'cup'],
      ...variables,
    });
    return data.classify;
  };

  it('is the softmax of score / temperature over the labels, in their order', async () => {
    const { labels } = await classify({ temperature: 0.5 });
    expect(labels.map((entry: { label: string }) => entry.label)).toEqual(['badger', 'sailing ship', 'cup']);
    const weights: number[] = labels.map((entry: { score: number }) => Math.exp(entry.score / 0.5));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    labels.forEach((entry: { probability: number }, i: number) =>
      expect(entry.probability).toBeCloseTo(weights[i] / sum, 9),
    );
  });

  it.each([1e-9, 0.01, 1, 1e9])('sums to 1 at temperature %d', async (temperature) => {
    const { labels } = await classify({ temperature });
    const sum = labels.reduce(
      (total: number, entry: { probability: number }) => total + entry.probability,
      0,
    );
    expect(Math.abs(sum - 1)).toBeLessThan(1e-6);
  });

  it('averages the embeddings of the templates', async () => {
    const templates = ['a drawing of {}', '{}, an animal: {}'];
    const { labels } = await classify({ templates, labels: ['a badger'] });
    const { data } = await ask(
      `query ($image: ImageInput!, $texts: [String!]!) {
        embedImages(images: [$image]) { ... on Embedding { vector } }
        embedTexts(texts: $texts) { ... on Embedding { vector } }
      }`,
      { image: { base64: badger }, texts: ['a drawing of a badger', 'a badger, an animal: a badger'] },
    );
    const [first, second] = data.embedTexts.map((item: { vector: string }) => numbersOf(item.vector));
    const mean = first.map((value: number, i: number) => value + second[i]);
    expect(labels[0].cosine).toBeCloseTo(cosine(numbersOf(data.embedImages[0].vector), mean), 6);
    expect(labels[0].probability).toBe(1);
  });

  it('counts a label given twice once', async () => {
    const [once, twice] = await Promise.all([
      classify({ labels: ['badger', 'cup'] }),
      classify({ labels: ['badger', 'cup', 'badger', 'cup', 'cup'] }),
    ]);
    expect(twice.labels).toEqual(once.labels);
  });

  it('puts a label in place as it stands, with its dollar signs', async () => {
    const { labels } = await classify({ labels: ['$& $1 badger'], templates: ['{}'] });
    expect(labels[0].label).toBe('$& $1 badger');
  });

  it.each([
    { name: 'no labels', variables: { labels: [] }, code: 'BAD_INPUT' },
    { name: 'no templates', variables: { templates: [] }, code: 'BAD_INPUT' },
    { name: 'a template without {}', variables: { templates: ['a photo'] }, code: 'BAD_INPUT' },
    { name: 'temperature 0', variables: { temperature: 0 }, code: 'BAD_INPUT' },
    { name: 'a negative temperature', variables: { temperature: -1 }, code: 'BAD_INPUT' },
    {
      name: 'too many labels',
      variables: { labels: Array.from({ length: 257 }, (_, i) => `label ${i}`) },
      code: 'LIMIT_EXCEEDED',
    },
    { name: 'too many templates', variables: { templates: Array(17).fill('{}') }, code: 'LIMIT_EXCEEDED' },
    {
      name: 'too many prompts',
      variables: {
        labels: Array.from({ length: 100 }, (_, i) => `label ${i}`),
        templates: ['a {}', 'b {}', 'c {}'],
      },
      code: 'LIMIT_EXCEEDED',
    },
  ])('refuses $name', async ({ variables, code }) => {
    expect(await classify(variables)).toMatchObject({ __typename: 'ItemError', code });
  });
});

describe('uploads by the multipart specification', () => {
  const UPLOAD = `query ($images: [ImageInput!]!) {
    embedImages(images: $images) { __typename ... on Embedding { vector } ... on ItemError { code } }
  }`;

  it('embed like the same bytes in base64', async () => {
    const form = new FormData();
    form.set(
      'operations',
      JSON.stringify({ query: UPLOAD, variables: { images: [{ upload: null }, { upload: null }] } }),
    );
    form.set('map', JSON.stringify({ a: ['variables.images.0.upload'], b: ['variables.images.1.upload'] }));
    form.set('a', new Blob([bytesOf(badger)], { type: 'image/webp' }), 'badger.webp');
    form.set('b', new Blob(['no picture']), 'b.txt');
    const response = await exports.default.fetch(ENDPOINT, {
      method: 'POST',
      body: form,
      headers: { 'graphql-require-preflight': '1' },
    });
    const { data } = await response.json<{ data: { embedImages: { vector: string; code: string }[] } }>();
    const inBase64 = await ask(EMBED_IMAGES, { images: [{ base64: badger }] });
    expect(data.embedImages[0].vector).toBe(inBase64.data.embedImages[0].vector);
    expect(data.embedImages[1].code).toBe('BAD_IMAGE');
  });
});
