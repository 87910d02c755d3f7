import { describe, expect, it, vi } from 'vitest';
import wrangler from '../../wrangler.toml?raw';
import { bundledEncoder } from '../../src/clip/towers/bundled-encoder.ts';
import type { EngineSpec } from '../../src/format/corpus-engine.ts';
import { isolateWith, query } from './access-setup.ts';
import { writeCorpus } from './corpora.ts';
import { fullModel, publish, recordOf } from './setup.ts';

/** Every variable and binding that wrangler.toml sets or tells of, but AI, which is a word too. */
const NAMES = [
  ...new Set(
    wrangler.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b(?:AUTH|SELECTIONS|CORPORA|POSTGRES|VECTORS)\b/g),
  ),
];
/** Corpora whose engine is not bound, or fails. */
const BEHIND: readonly EngineSpec[] = [
  { kind: 'postgres', collection: 'made', index: 'exact' },
  { kind: 'vectorize', collection: 'made', index: 'secret-index', dimensions: 256, texts: [], numbers: [] },
];

const failing = (message: string): object => ({ query: () => Promise.reject(new Error(message)) });

/** Configurations that are wrong, each in its way. */
const FAULTS: readonly (readonly [string, object])[] = [
  ['another text route', { TEXT_ROUTE: 'banana' }],
  ['a text tower of another encoder', { ENCODER_ID: 'other', ENCODER_DIM: '256', TEXT_ROUTE: 'worker' }],
  ['no dimension', { ENCODER_ID: 'other', TEXT_ROUTE: 'ai' }],
  ['another dimension', { ENCODER_DIM: '7' }],
  ['a fingerprint that is none', { ENCODER_FINGERPRINT: 'x' }],
  ['a scale that is no number', { ENCODER_LOGIT_SCALE: 'x' }],
  ['a model that is not there', { AI_MODEL: 'secret-model' }],
  ['another form of pictures', { AI_IMAGE_INPUT: 'banana' }],
  ['another field', { AI_IMAGE_FIELD: 'picture' }],
  ['another path', { AI_VECTORS_PATH: 'result.vectors' }],
  ['a path that is none', { AI_VECTORS_PATH: '..' }],
  ['no pictures a call', { AI_MAX_IMAGES: '0' }],
  ['no time', { AI_TIMEOUT_MS: '0' }],
  ['no encoder', { AI: undefined }],
  ['no address of an encoder', { IMAGE_ROUTE: 'http' }],
  [
    'an encoder that is not there',
    { IMAGE_ROUTE: 'http', TEXT_ROUTE: 'http', ENCODER_URL: 'http://nobody.example.com' },
  ],
  [
    'a preset that there is none of',
    { IMAGE_ROUTE: 'http', ENCODER_URL: 'http://a', ENCODER_PRESET: 'banana' },
  ],
  ['a quota that is used up', { AI: { run: () => Promise.reject(new Error('3036: quota')) } }],
  ['a private model', { AI: { run: () => Promise.reject(new Error('5018: private')) } }],
  ['an answer of HTML', { AI: { run: () => Promise.resolve('<html>') } }],
  ['pixels that are no number', { MAX_IMAGE_PIXELS: 'many' }],
  ['few pixels', { MAX_IMAGE_PIXELS: '1' }],
  ['too little memory', { CORPUS_MEMORY_MIB: '1' }],
  ['a cost that is no number', { MAX_COST: 'much' }],
  ['a cache that there is none of', { EMBEDDING_CACHE: 'sometimes' }],
  ['hosts that are none', { IMAGE_HOSTS: 'https://a/b' }],
  ['no hosts', { IMAGE_HOSTS: '' }],
  ['nobody who may ask', { AUTH: undefined }],
  [
    'an engine that fails',
    { POSTGRES: failing('secret-index at POSTGRES_URL'), VECTORS: failing('VECTORS is of secret-index') },
  ],
  ['no storage', { SELECTIONS: undefined, CORPORA: undefined }],
];

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAM0lEQVR42u3NQQ0AMAgEMOQgEYkomY5puCdJk/5bbzq0kRIIBALBiaCnQxsRCAQCwYngAz7W3Eyenry+AAAAAElFTkSuQmCC';
const QUERIES = [
  '{ encoder { id dim } }',
  '{ limits { imagePixels } }',
  '{ embedTexts(texts: ["a fox"]) { ... on ItemError { code message } } }',
  `{ embedImages(images: [{ base64: "${PNG}" }]) { ... on ItemError { code message } } }`,
  '{ embedImages(images: [{ url: "https://images.example.com/a.png" }]) { ... on ItemError { code message } } }',
  `{ align(image: { base64: "${PNG}" }, text: { text: "a" }) { ... on ItemError { code message } } }`,
  '{ search(corpus: "none", text: { text: "a" }) { edges { id } } }',
  ...BEHIND.map(({ kind }) => `{ search(corpus: "behind-${kind}", text: { text: "a" }) { edges { id } } }`),
  '{ selections { name } corpora { name searchError { message } } }',
];

describe('an answer names no variable of the operator’s', () => {
  it.each(FAULTS)('for %s', async (_what, overrides) => {
    const { id, fingerprint, dim } = bundledEncoder;
    const published = await publish(
      'default',
      recordOf({ ...fullModel, dim, k: dim }, { encoder: { id, fingerprint } }),
    );
    for (const engine of BEHIND) {
      const vectors = [{ id: 'one', vector: [1, ...Array<number>(dim - 1).fill(0)] }];
      const changes = { plan: 'compact', engine, encoder: { id, fingerprint } } as const;
      await writeCorpus(`behind-${engine.kind}`, published, vectors, changes);
    }
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const ask = isolateWith({ EMBEDDING_CACHE: 'off', AI_TIMEOUT_MS: '2000', ...overrides });
    for (const text of QUERIES) {
      const answer = await (await ask('/graphql', query(text, null))).text();
      for (const name of NAMES) expect(answer.split(/\W+/)).not.toContain(name);
      expect(answer).not.toMatch(/secret-(?:model|index)|banana|wrangler|account/);
    }
    logged.mockRestore();
  });
});
