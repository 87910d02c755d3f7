import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare, type ModuleDefinition } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.ts';
import { readImage } from '../clip/fixture-images.ts';
import { type BundledModules, bundleWorker } from '../worker/encoder-worker.ts';

// The API Worker as it is deployed, in isolates that share one data centre's cache: "first" is whole, "hollow" has neither a text
// model nor ONNX Runtime, so that whatever it answers it has not encoded. Both count the calls of their AI binding.

const COUNTING_AI = `import { WorkerEntrypoint } from 'cloudflare:workers';
let pictures = 0;
export class AI extends WorkerEntrypoint {
  run(model, { image }) {
    pictures += image.length;
    return { data: image.map((_, i) => Array.from({ length: 256 }, (_, at) => (at === i ? 1 : 0))) };
  }
}
export default { fetch: () => Response.json(pictures) };`;
/** The least that is a WebAssembly module: magic and version. */
const EMPTY_WASM = Buffer.from('0061736d01000000', 'hex');

type Name = 'first' | 'hollow';
let folder: string;
let miniflare: Miniflare;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'alignql-isolates-'));
  const bundle = bundleWorker('wrangler.toml', folder);
  miniflare = new Miniflare({
    workers: [
      ...apiWorker('first', bundle),
      ...apiWorker('hollow', { ...bundle, modules: bundle.modules.map(hollowed) }),
    ],
  });
  await miniflare.ready;
});
afterAll(async () => {
  await miniflare.dispose();
  rmSync(folder, { recursive: true });
});

function apiWorker(name: Name, { modulesRoot, modules }: BundledModules) {
  const compatibilityDate = '2026-07-01';
  return [
    {
      name,
      compatibilityDate,
      modulesRoot,
      modules,
      kvNamespaces: ['SELECTIONS'],
      // As the local cache answers in a busy test run, not as the platform's does.
      bindings: { AUTH: 'open', AI_MAX_IMAGES: '16', EMBEDDING_CACHE_WAIT_MS: '5000' },
      serviceBindings: { AI: { name: `${name}-ai`, entrypoint: 'AI' } },
    },
    { name: `${name}-ai`, compatibilityDate, modules: true, script: COUNTING_AI },
  ];
}

function hollowed(module: ModuleDefinition): ModuleDefinition {
  if (module.path.endsWith('.onnx')) return { ...module, contents: Buffer.from('no model') };
  return module.path.endsWith('.wasm') ? { ...module, contents: EMPTY_WASM } : module;
}

interface Answer {
  readonly data: Record<string, { readonly vector?: string; readonly code?: string }[]>;
  readonly timing: string | null;
}

async function ask(name: Name, query: string, variables: object): Promise<Answer> {
  const worker = await miniflare.getWorker(name);
  const response = await worker.fetch('https://api.example.com/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data } = (await response.json()) as Pick<Answer, 'data'>;
  return { data, timing: response.headers.get('server-timing') };
}

async function picturesSentBy(name: Name): Promise<unknown> {
  return (await (await miniflare.getWorker(`${name}-ai`)).fetch('https://ai.example.com')).json();
}

const EMBED = `query ($images: [ImageInput!]!, $texts: [String!]!) {
  embedImages(images: $images) { ... on Embedding { vector } ... on ItemError { code } }
  embedTexts(texts: $texts) { ... on Embedding { vector } ... on ItemError { code } }
}`;
const images = ['rgb.png', 'grey.jpg'].map((file) => ({
  base64: Buffer.from(readImage(file)).toString('base64'),
}));
const texts = ['a cat', 'a dog in the snow'];

describe('two isolates of a data centre', () => {
  it('encode a query once between them', async () => {
    const first = await ask('first', EMBED, { images, texts });
    expect(first.timing).toContain('embed;desc="isolate=0 shared=0 encoded=4"');
    const other = await ask('hollow', EMBED, { images, texts });
    expect(other.timing).toMatch(/^embed;desc="isolate=0 shared=4 encoded=0 age=\d+", cache;dur=\d+$/);
    expect(other.data).toEqual(first.data);
    expect(other.data.embedTexts.map(({ vector }) => vector?.length)).toEqual([1368, 1368]);
    expect([await picturesSentBy('first'), await picturesSentBy('hollow')]).toEqual([2, 0]);
    const again = await ask('hollow', EMBED, { images, texts });
    expect(again.timing).toBe('embed;desc="isolate=4 shared=0 encoded=0"');
    expect(again.data).toEqual(first.data);
  });
});

describe('an isolate without a model and without ONNX Runtime', () => {
  it('answers what needs no text to be encoded: neither is loaded before', async () => {
    const random = createRandom(1);
    const numbers = Float32Array.from({ length: 256 }, () => random.nextGaussian());
    const vector = Buffer.from(numbers.buffer).toString('base64');
    const { data, timing } = await ask(
      'hollow',
      'query ($images: [ImageInput!]!) { embedImages(images: $images) { ... on Embedding { vector } } }',
      { images: [{ embedding: { vector, encoder: 'tiny-clip' } }] },
    );
    expect(data.embedImages[0].vector).toHaveLength(1368);
    expect(timing).toBeNull();
  });

  it('cannot encode a text: it is as hollow as it says', async () => {
    // ONNX Runtime waits for what an empty module never does, until workerd ends the request.
    await expect(ask('hollow', EMBED, { images: [], texts: ['never seen'] })).rejects.toThrow('hung');
  });
});
