import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { loadEncoder } from '../../scripts/clip/load-encoder.ts';
import { createEmbedder, type Embedder } from '../../scripts/train-tiny-clip/photographs/encode.ts';
import { ROOT } from './read-docs.ts';

const SAMPLE = `${ROOT}models/sample/images/`;
const PICTURES = 12;
const TEXTS = [
  'a fox',
  'an owl',
  'a photo of a kitten',
  'a British Shorthair cat',
  'glass bottle or jar',
  'x',
];
/** Wasm and native kernels round differently, no more. */
const LOWEST_COSINE = 0.9999;

const origin = inject('origin');

describe('the vectors that the evaluator measures', () => {
  let embedder: Embedder;
  beforeAll(async () => {
    embedder = createEmbedder(await loadEncoder(), () => ({ add: () => undefined, stop: () => undefined }));
  });

  it('are those of embedImages', async () => {
    const names = (await readdir(SAMPLE)).filter((_, i, all) => i % Math.ceil(all.length / PICTURES) === 0);
    const images = await Promise.all(
      names.map(async (name) => ({ base64: await readFile(SAMPLE + name, 'base64') })),
    );
    const api = await ask(
      'query ($x: [ImageInput!]!) { all: embedImages(images: $x) { ... on Embedding { vector } } }',
      images,
    );
    const ours = await embedder.pictures(names.map((name) => SAMPLE + name));
    expect(ours.length).toBeGreaterThan(PICTURES / 2);
    ours.forEach((vector, i) => expect(cosine(vector, api[i]), names[i]).toBeGreaterThan(LOWEST_COSINE));
  });

  it('are those of embedTexts', async () => {
    const api = await ask(
      'query ($x: [String!]!) { all: embedTexts(texts: $x) { ... on Embedding { vector } } }',
      TEXTS,
    );
    const ours = await embedder.texts(TEXTS);
    ours.forEach((vector, i) => expect(cosine(vector, api[i]), TEXTS[i]).toBeGreaterThan(LOWEST_COSINE));
  });
});

async function ask(query: string, x: readonly unknown[]): Promise<Float32Array[]> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { x } }),
  });
  const { data } = (await response.json()) as { data: { all: { vector: string }[] } };
  return data.all.map(({ vector }) => {
    const bytes = Uint8Array.from(Buffer.from(vector, 'base64'));
    return new Float32Array(bytes.buffer);
  });
}

/** Of unit vectors. */
function cosine(a: Float32Array, b: Float32Array): number {
  expect(b.length).toBe(a.length);
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
