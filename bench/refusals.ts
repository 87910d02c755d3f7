import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EncoderInfo } from '../src/clip/encoder-info.ts';
import type { SelectionModel } from '../src/core/scoring/selection-model.ts';
import { type BenchRow, limitRow, spreadOf } from './measure.ts';
import { type BuiltWorker, buildWorker } from './workerd/build-worker.ts';
import { type GraphqlCall, openClient } from './workerd/client.ts';
import { cpuMicroseconds } from './workerd/cpu.ts';
import { PLATT_CALIBRATOR } from './workerd/platt-calibrator.ts';
import { memoryOf } from './workerd/process-memory.ts';
import { entriesOf } from './workerd/score-requests.ts';
import { type KvEntry, type RunningWorkerd, startWorkerd } from './workerd/start-workerd.ts';

/** What a refusal may take. */
const MOST_REFUSAL_MS = 1_000;
const MOST_REFUSAL_BYTES = 64 * 1024;
/** What the dearest request that is permitted may take. */
const MOST_PERMITTED_MS = 5_000;
/** Pictures of 16 megapixels that one request may have, and long texts beside them. */
const MOST_DEAR_PICTURES = 5;
const TEXTS_BESIDE = 90;
/** Beside a picture of 16 megapixels and its heat map by occlusion. */
const TEXTS_BESIDE_HEAT = 230;

const EMBED_IMAGES = `query ($images: [ImageInput!]!) {
  embedImages(images: $images) { __typename ... on ItemError { code message } }
}`;
const EMBED_TEXTS = `query ($texts: [String!]!) {
  embedTexts(texts: $texts) { __typename ... on ItemError { code message } }
}`;

const EMBED_BOTH = `query ($images: [ImageInput!]!, $texts: [String!]!) {
  embedImages(images: $images) { __typename ... on ItemError { code message } }
  embedTexts(texts: $texts) { __typename ... on ItemError { code message } }
}`;

const EXPLAIN_BESIDE = `query ($images: [ImageInput!]!, $texts: [String!]!, $explained: ImageInput!) {
  explain(image: $explained, text: { text: "a fox" }, method: OCCLUSION) { __typename ... on Explanation { heat } ... on ItemError { code message } }
  embedImages(images: $images) { __typename ... on ItemError { code message } }
  embedTexts(texts: $texts) { __typename ... on ItemError { code message } }
}`;

const EXPLAIN_THREE = `query ($images: [ImageInput!]!, $texts: [String!]!, $a: ImageInput!, $b: ImageInput!, $c: ImageInput!) {
  embedTexts(texts: $texts) { __typename ... on ItemError { code message } }
  embedImages(images: $images) { __typename ... on ItemError { code message } }
  ${['a', 'b', 'c'].map((name) => `${name}: explain(image: $${name}, text: { text: "a fox" }, method: OCCLUSION) { __typename ... on Explanation { score heat } ... on ItemError { code message } }`).join('\n  ')}
}`;

interface Case {
  readonly name: string;
  readonly call: GraphqlCall;
  readonly kind: 'refused' | 'permitted';
}

/** Requests that held the Worker before it knew what they cost, and the dearest that are permitted. */
const CASES: readonly Case[] = [
  {
    name: 'a: 6 MB of base64 beside 60 unknown fields',
    kind: 'refused',
    call: {
      query: 'query ($image: ImageInput!) { embedImages(images: [$image]) { __typename } }',
      variables: { image: { base64: 'A'.repeat(6e6), ...numbered(60, (i) => [`unknown${i}`, 1]) } },
    },
  },
  {
    name: 'b: a template of 2,000 places and 256 labels of 1,600 characters',
    kind: 'refused',
    call: {
      query: `query ($image: ImageInput!, $labels: [String!]!, $templates: [String!]) {
        classify(image: $image, labels: $labels, templates: $templates) { __typename ... on ItemError { code } }
      }`,
      variables: {
        image: { base64: costlyPicture('png1-gray.png') },
        labels: Array.from({ length: 256 }, (_, i) => `${i}`.padEnd(1600, 'x')),
        templates: ['{} '.repeat(2000)],
      },
    },
  },
  {
    name: 'c: 16 pictures of 2 KB and 16 megapixels',
    kind: 'refused',
    call: { query: EMBED_IMAGES, variables: { images: dearPictures(16) } },
  },
  {
    name: 'c: 16 JPEGs of 37 KB in 100 scans',
    kind: 'refused',
    call: {
      query: EMBED_IMAGES,
      variables: {
        images: Array.from({ length: 16 }, () => ({ base64: costlyPicture('jpg-short-k3.jpg') })),
      },
    },
  },
  {
    name: 'd: 600 KB of new lines and 100 unknown fields',
    kind: 'refused',
    call: {
      query: `{ ${Array.from({ length: 100 }, (_, i) => `${'\n'.repeat(6000)}unknown${i}`).join(' ')} }`,
      variables: {},
    },
  },
  {
    name: 'e: 300 texts',
    kind: 'refused',
    call: { query: EMBED_TEXTS, variables: { texts: Array.from({ length: 300 }, (_, i) => `text ${i}`) } },
  },
  {
    name: `${MOST_DEAR_PICTURES} pictures of 16 megapixels`,
    kind: 'permitted',
    call: { query: EMBED_IMAGES, variables: { images: dearPictures(MOST_DEAR_PICTURES) } },
  },
  {
    name: '256 texts of 4,096 characters',
    kind: 'permitted',
    call: { query: EMBED_TEXTS, variables: { texts: longTexts() } },
  },
  {
    name: `${MOST_DEAR_PICTURES} such pictures and 256 such texts`,
    kind: 'refused',
    call: { query: EMBED_BOTH, variables: { images: dearPictures(MOST_DEAR_PICTURES), texts: longTexts() } },
  },
  {
    name: `${MOST_DEAR_PICTURES} such pictures and ${TEXTS_BESIDE} such texts`,
    kind: 'permitted',
    call: {
      query: EMBED_BOTH,
      variables: {
        images: dearPictures(MOST_DEAR_PICTURES),
        texts: longTexts().slice(0, TEXTS_BESIDE),
      },
    },
  },
  {
    name: '3 heat maps by occlusion, 2 such pictures and 64 such texts',
    kind: 'refused',
    call: {
      query: EXPLAIN_THREE,
      variables: {
        ...Object.fromEntries(['a', 'b', 'c'].map((name) => [name, dearPictures(1)[0]])),
        images: dearPictures(2),
        texts: longTexts().slice(0, 64),
      },
    },
  },
  {
    name: `a heat map of such a picture and ${TEXTS_BESIDE_HEAT} such texts`,
    kind: 'permitted',
    call: {
      query: EXPLAIN_BESIDE,
      variables: {
        explained: dearPictures(1)[0],
        images: [],
        texts: longTexts().slice(0, TEXTS_BESIDE_HEAT),
      },
    },
  },
  {
    name: `${MOST_DEAR_PICTURES} such pictures and a heat map of one`,
    kind: 'permitted',
    call: {
      query: EXPLAIN_BESIDE,
      variables: { explained: dearPictures(1)[0], images: dearPictures(MOST_DEAR_PICTURES - 1), texts: [] },
    },
  },
];

function numbered(count: number, entry: (i: number) => [string, unknown]): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => entry(i)));
}

/** Base64 of a file of test/fixtures/costly-images with something behind its end: another file, of the same pixels. */
function costlyPicture(file: string): string {
  const bytes = readFileSync(new URL(`../test/fixtures/costly-images/${file}`, import.meta.url));
  return Buffer.concat([bytes, randomBytes(8)]).toString('base64');
}

function dearPictures(count: number): { readonly base64: string }[] {
  return Array.from({ length: count }, () => ({ base64: costlyPicture('png1-gray.png') }));
}

/** Digits are the most tokens a character. */
function longTexts(): string[] {
  return Array.from({ length: 256 }, (_, i) => `${i} `.padEnd(4096, '3141592653'));
}

/**
 * Requests that cost too much, each to a new workerd with the real encoder Worker behind AI: time, CPU, bytes of the answer and memory
 * of the whole process; and of the dearest permitted ones also how long `{ __typename }` of another client waited meanwhile.
 */
export async function benchRefusals(tell: (line: string) => void): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-refusals-'));
  try {
    const worker = buildWorker(folder);
    const encoder = buildWorker(folder, { config: 'wrangler.encoder.toml' });
    const entries = await fullSelection();
    const rows: BenchRow[] = [];
    for (const one of CASES) {
      tell(`refusals: ${one.name}`);
      rows.push(...(await measureCase(one, { worker, encoder, entries })));
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Place {
  readonly worker: BuiltWorker;
  readonly encoder: BuiltWorker;
  readonly entries: Readonly<Record<string, KvEntry>>;
}

async function measureCase({ name, call, kind }: Case, place: Place): Promise<BenchRow[]> {
  const workerd = await startWorkerd({
    ...place,
    vars: { AI_MAX_IMAGES: '16', AI_TIMEOUT_MS: '120000', REQUEST_LOG: 'off' },
  });
  try {
    await warmUp(workerd);
    const waits = watch(workerd);
    const cpuBefore = cpuMicroseconds(workerd.pid);
    const start = performance.now();
    const client = openClient(workerd.url);
    const { status, text } = await client.post(JSON.stringify(call));
    const ms = performance.now() - start;
    const cpuMs = (cpuMicroseconds(workerd.pid) - cpuBefore) / 1000;
    client.close();
    const longestMs = await waits.stop();
    const isRefused = text.startsWith('{"errors"') || /LIMIT_EXCEEDED|IMAGE_TOO_LARGE/.test(text);
    if (isRefused !== (kind === 'refused') || (kind === 'permitted' && text.includes('ItemError'))) {
      throw new Error(`${name}: expected it to be ${kind}, got ${status}: ${text.slice(0, 300)}`);
    }
    const row = (metric: string, unit: string, value: number, most: number | null = null): BenchRow =>
      limitRow(name, metric, unit, spreadOf([value]), most);
    return [
      row('time', 'ms', ms, kind === 'refused' ? MOST_REFUSAL_MS : MOST_PERMITTED_MS),
      row('CPU time', 'ms', cpuMs),
      row('answer', 'bytes', text.length, kind === 'refused' ? MOST_REFUSAL_BYTES : null),
      row('longest wait of another', 'ms', longestMs),
      row('peak resident, all of workerd', 'MB', memoryOf(workerd.pid).peak),
    ];
  } finally {
    await workerd.stop();
  }
}

/** Both towers are loaded, and the schema is built. */
async function warmUp({ url }: RunningWorkerd): Promise<void> {
  const client = openClient(url);
  const small = readFileSync(new URL('../test/fixtures/images/baseline.jpg', import.meta.url)).toString(
    'base64',
  );
  const answers = [
    await client.post(JSON.stringify({ query: EMBED_IMAGES, variables: { images: [{ base64: small }] } })),
    await client.post(JSON.stringify({ query: EMBED_TEXTS, variables: { texts: ['a fox'] } })),
  ];
  client.close();
  for (const { status, text } of answers) {
    if (status !== 200 || !text.includes('"Embedding"'))
      throw new Error(`warming up: ${status}: ${text.slice(0, 300)}`);
  }
}

/** Another client that asks for `{ __typename }` again and again. */
function watch({ url }: RunningWorkerd): { readonly stop: () => Promise<number> } {
  const client = openClient(url);
  let isOver = false;
  let longest = 0;
  const asking = (async () => {
    while (!isOver) {
      const start = performance.now();
      await client.post('{"query":"{ __typename }"}');
      longest = Math.max(longest, performance.now() - start);
    }
    client.close();
  })();
  return {
    stop: async () => {
      isOver = true;
      await asking;
      return longest;
    },
  };
}

/** All coordinates of the embedded encoder, published as `default`. */
async function fullSelection(): Promise<Record<string, KvEntry>> {
  const file = new URL('../models/tiny-clip/encoder.json', import.meta.url);
  const { id, fingerprint, dim } = JSON.parse(readFileSync(file, 'utf8')) as EncoderInfo;
  const model: SelectionModel = {
    dim,
    k: dim,
    imageMean: null,
    textMean: null,
    projection: { kind: 'full' },
    fusion: { kind: 'identity' },
    calibrator: PLATT_CALIBRATOR,
  };
  return entriesOf({
    encoder: { id, fingerprint },
    strategy: 'full',
    params: {},
    model,
    relevance: null,
    metrics: {},
    seed: 0,
  });
}
