import { createRandom } from '../../src/core/random.ts';
import type { SelectionModel } from '../../src/core/scoring/selection-model.ts';
import { type SelectionRecord, encodeSelection } from '../../src/format/selection-record.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import type { SelectionKv } from '../../src/storage/selection-kv.ts';
import { type GraphqlCall, type RawAnswer, dataOf } from './client.ts';
import { hashAccessKey, hashToHex, makeAccessKey } from '../../src/format/access-key.ts';
import { encodeKeyRecord } from '../../src/format/key-record.ts';
import { accessKeyKey } from '../../src/format/kv-keys.ts';
import { PLATT_CALIBRATOR } from './platt-calibrator.ts';
import type { KvEntry } from './start-workerd.ts';

export const DIM = 512;
const K = 50;
const ENCODER = 'bench-encoder';
const FINGERPRINT = 'f'.repeat(64);

/** Makes the AI binding's model the encoder of the published selection, for texts as for pictures. */
export const ENCODER_VARS = {
  ENCODER_ID: ENCODER,
  ENCODER_DIM: String(DIM),
  ENCODER_FINGERPRINT: FINGERPRINT,
  TEXT_ROUTE: 'ai',
};

const ALIGN = `query ($image: ImageInput!, $text: TextInput!) {
  align(image: $image, text: $text) {
    __typename
    ... on Alignment { cosine score probability probabilityInterval decision selection encoder }
    ... on ItemError { code message }
  }
}`;
const MATRIX = `query ($images: [ImageInput!]!, $texts: [TextInput!]!) {
  alignMatrix(images: $images, texts: $texts) { cosines scores probabilities }
}`;
const PACKED_MATRIX = `query ($images: [ImageInput!]!, $texts: [TextInput!]!) {
  alignMatrix(images: $images, texts: $texts) { cosinesPacked scoresPacked probabilitiesPacked }
}`;

/** Seeded embeddings as the API takes them. */
function embeddings(seed: number, count: number): { embedding: { vector: string; encoder: string } }[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const numbers = Float32Array.from({ length: DIM }, () => random.nextGaussian());
    return { embedding: { vector: Buffer.from(numbers.buffer).toString('base64'), encoder: ENCODER } };
  });
}

export function alignCall(): GraphqlCall {
  return { query: ALIGN, variables: { image: embeddings(1, 1)[0], text: embeddings(2, 1)[0] } };
}

export function matrixCall(side: number): GraphqlCall {
  return { query: MATRIX, variables: { images: embeddings(3, side), texts: embeddings(4, side) } };
}

/** The same numbers, packed. */
export function packedMatrixCall(side: number): GraphqlCall {
  return { query: PACKED_MATRIX, variables: matrixCall(side).variables };
}

const RANK = `query ($image: ImageInput!, $texts: [TextInput!]!) {
  rankTexts(image: $image, texts: $texts) {
    ... on Ranking { items { index score probability decision error { code } } }
    ... on ItemError { code message }
  }
}`;

/**
 * The mixed load: a pair, a 10×10 matrix, a ranking of given vectors, one of texts that the AI binding encodes, and one with a
 * broken item, in turn. Texts differ from number to number, and so does the document of every tenth request.
 */
export function mixedCall(number: number): GraphqlCall {
  const [image] = embeddings(6, 1);
  switch (number % 5) {
    case 0:
      return { query: number % 10 === 0 ? `${ALIGN} # ${number}` : ALIGN, variables: alignCall().variables };
    case 1:
      return matrixCall(10);
    case 2:
      return { query: RANK, variables: { image, texts: embeddings(7, 16) } };
    case 3:
      return { query: RANK, variables: { image, texts: texts(number, 8) } };
    default: {
      const broken = { embedding: { vector: 'AAAA', encoder: ENCODER } };
      return { query: RANK, variables: { image, texts: [...embeddings(8, 7), broken] } };
    }
  }
}

/** @throws Error unless the answer is 200, has data without errors, and errors of items where `mixedCall` broke one */
export function assertMixedAnswer(number: number, answer: RawAnswer): void {
  const [field] = Object.values(dataOf(answer)) as MixedField[];
  const broken = field.items?.filter((item) => item.error !== null).length ?? 0;
  if (field.code !== undefined || broken !== Number(number % 5 === 4)) {
    throw new Error(
      `request ${number}: expected ${Number(number % 5 === 4)} broken items, got ${answer.text.slice(0, 500)}`,
    );
  }
}

interface MixedField {
  /** Of an ItemError in the whole field's place. */
  readonly code?: string;
  readonly items?: readonly { readonly error: object | null }[];
}

function texts(number: number, count: number): { text: string }[] {
  return Array.from({ length: count }, (_, i) => ({ text: `text ${i} of request ${number}` }));
}

/** KV with one selection of 50 among 512 coordinates, as `npm run publish` writes it. */
export async function publishedEntries(): Promise<Record<string, KvEntry>> {
  const random = createRandom(5);
  const mean = Float32Array.from({ length: DIM }, () => random.nextGaussian() / 100);
  const model: SelectionModel = {
    dim: DIM,
    k: K,
    imageMean: mean,
    textMean: mean,
    projection: { kind: 'mask', indices: Uint32Array.from({ length: K }, (_, i) => i * 10) },
    fusion: { kind: 'identity' },
    calibrator: PLATT_CALIBRATOR,
  };
  return entriesOf({
    encoder: { id: ENCODER, fingerprint: FINGERPRINT },
    strategy: 'mutual-information',
    params: {},
    model,
    relevance: null,
    metrics: {},
    seed: 0,
  });
}

/** The key that the client sends to every Worker; an open one passes over it. */
export const KEY = makeAccessKey((count) => new Uint8Array(count).fill(7));

/** KV with that key, which may score and encode. @param daily units of cost a day, or null */
export function keyEntries(daily: number | null): Record<string, KvEntry> {
  const record = {
    id: KEY.id,
    name: 'bench',
    hash: hashToHex(hashAccessKey(KEY.text)),
    scopes: ['read', 'encode'],
    createdAt: '2026-11-24T00:00:00.000Z',
    expires: null,
    daily,
    revokedAt: null,
  } as const;
  const base64 = Buffer.from(encodeKeyRecord(record)).toString('base64');
  return { [accessKeyKey(KEY.id)]: { base64, metadata: null } };
}

/** KV with one record, published under a name. */
export async function entriesOf(record: SelectionRecord, name = 'default'): Promise<Record<string, KvEntry>> {
  const entries: Record<string, KvEntry> = {};
  const createdAt = '2026-11-24T00:00:00.000Z';
  await publishSelection(inMemory(entries), name, encodeSelection(record), { createdAt });
  return entries;
}

/** As much of KV as publishing needs. */
export function inMemory(entries: Record<string, KvEntry>): SelectionKv {
  return {
    get: async (key) =>
      key in entries ? new Uint8Array(Buffer.from(entries[key].base64, 'base64')).buffer : null,
    getWithMetadata: async (key) => ({
      value: key in entries ? new Uint8Array(Buffer.from(entries[key].base64, 'base64')).buffer : null,
      metadata: entries[key]?.metadata ?? null,
    }),
    put: async (key, value, options) => {
      entries[key] = { base64: Buffer.from(value).toString('base64'), metadata: options?.metadata ?? null };
    },
    list: async ({ prefix }) => ({
      keys: Object.keys(entries)
        .filter((name) => name.startsWith(prefix))
        .map((name) => ({ name })),
      list_complete: true,
    }),
  };
}
