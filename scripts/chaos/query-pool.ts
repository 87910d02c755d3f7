import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { type Random, createRandom } from '../../src/core/random.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import { CHANGED, COMPACT, REVERSED } from './prepare-kv.ts';

export interface PooledQuery {
  readonly kind: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const ITEM_ERROR = '... on ItemError { code message retryable retryAfterSeconds }';
const ALIGNMENT = `{ __typename ... on Alignment { cosine score probability decision selection } ${ITEM_ERROR} }`;
const RANKING = `{ __typename ... on Ranking { items { index cosine score probability decision error { code retryable message } } selection } ${ITEM_ERROR} }`;
const EMBEDDING = `{ __typename ... on Embedding { vector dim encoder } ${ITEM_ERROR} }`;
const SEARCH = `{ edges { id score cosine probability metadata } complete pageInfo { hasNextPage endCursor } corpus { name count selection } }`;

/** How many pictures and captions of the sample set the queries are made of. */
const PICTURES = 24;
const CAPTIONS = 48;
const SELECTIONS = ['default', 'mi-50', CHANGED];

interface Material {
  readonly random: Random;
  readonly encoder: EncoderInfo;
  readonly pictures: readonly string[];
  readonly captions: readonly string[];
}

/** Queries of every kind that the API has, the same for the same seed. */
export async function makePool(count: number, seed: number, encoder: EncoderInfo): Promise<PooledQuery[]> {
  const random = createRandom(seed);
  const material = { random, encoder, ...(await readSamples(random)) };
  const makers = Object.entries(MAKERS);
  return Array.from({ length: count }, (_, i) => {
    const [kind, make] = makers[i % makers.length];
    return { kind, ...make(material) };
  });
}

type Maker = (material: Material) => Omit<PooledQuery, 'kind'>;

const MAKERS: Readonly<Record<string, Maker>> = {
  align: (m) => ({
    query: `query ($image: ImageInput!, $text: TextInput!, $selection: String!) { align(image: $image, text: $text, selection: $selection) ${ALIGNMENT} }`,
    variables: { image: picture(m), text: text(m), selection: selection(m) },
  }),
  'align, vectors': (m) => ({
    query: `query ($image: ImageInput!, $text: TextInput!, $selection: String!) { align(image: $image, text: $text, selection: $selection) ${ALIGNMENT} }`,
    variables: { image: vector(m), text: vector(m), selection: selection(m) },
  }),
  'align, broken picture': (m) => ({
    query: `query ($image: ImageInput!, $text: TextInput!) { align(image: $image, text: $text) ${ALIGNMENT} }`,
    variables: { image: { base64: 'bm8gcGljdHVyZQ==' }, text: text(m) },
  }),
  alignMatrix: (m) => ({
    query: `query ($images: [ImageInput!]!, $texts: [TextInput!]!, $selection: String!) {
      alignMatrix(images: $images, texts: $texts, selection: $selection) { cosines scores probabilities selection
        imageErrors { index error { code retryable } } textErrors { index error { code retryable } } } }`,
    variables: { images: several(m, picture, 5), texts: several(m, text, 4), selection: selection(m) },
  }),
  alignCaptions: (m) => ({
    query: `query ($image: ImageInput!, $captions: [TextInput!]!, $selection: String!) {
      alignCaptions(image: $image, captions: $captions, selection: $selection) {
        __typename ... on CaptionSetAlignment { score probability decision weights selection } ${ITEM_ERROR} } }`,
    variables: { image: picture(m), captions: several(m, text, 3), selection: selection(m) },
  }),
  rankTexts: (m) => ({
    query: `query ($image: ImageInput!, $texts: [TextInput!]!, $selection: String!) { rankTexts(image: $image, texts: $texts, selection: $selection) ${RANKING} }`,
    variables: { image: picture(m), texts: several(m, text, 6), selection: selection(m) },
  }),
  rankImages: (m) => ({
    query: `query ($text: TextInput!, $images: [ImageInput!]!, $selection: String!) { rankImages(text: $text, images: $images, selection: $selection) ${RANKING} }`,
    variables: { text: text(m), images: several(m, picture, 6), selection: selection(m) },
  }),
  classify: (m) => ({
    query: `query ($image: ImageInput!, $labels: [String!]!, $selection: String!) {
      classify(image: $image, labels: $labels, selection: $selection) {
        __typename ... on Classification { labels { label probability cosine } selection } ${ITEM_ERROR} } }`,
    variables: {
      image: picture(m),
      labels: [...new Set(several(m, caption, 4))],
      selection: selection(m),
    },
  }),
  embedTexts: (m) => ({
    query: `query ($texts: [String!]!) { embedTexts(texts: $texts) ${EMBEDDING} }`,
    variables: { texts: several(m, caption, 5) },
  }),
  embedImages: (m) => ({
    query: `query ($images: [ImageInput!]!) { embedImages(images: $images) ${EMBEDDING} }`,
    variables: { images: several(m, picture, 8) },
  }),
  'search by text': (m) => ({
    query: `query ($text: TextInput!, $corpus: String!, $first: Int!) { search(corpus: $corpus, text: $text, first: $first) ${SEARCH} }`,
    variables: { text: text(m), corpus: corpus(m), first: 1 + m.random.nextInt(20) },
  }),
  'search by picture, filtered': (m) => ({
    query: `query ($image: ImageInput!, $corpus: String!, $filter: [CorpusFilter!]) { search(corpus: $corpus, image: $image, first: 5, filter: $filter) ${SEARCH} }`,
    variables: {
      image: picture(m),
      corpus: corpus(m),
      filter: [{ field: 'kind', eq: choose(m, ['drawing', 'photograph']) }],
    },
  }),
  'search by vector': (m) => ({
    query: `query ($image: ImageInput!, $corpus: String!) { search(corpus: $corpus, image: $image) ${SEARCH} }`,
    variables: { image: vector(m), corpus: corpus(m) },
  }),
  selection: (m) => ({
    query: `query ($name: String!) { selection(name: $name) { id name encoder strategy dim k fusion indices createdAt } }`,
    variables: { name: selection(m) },
  }),
  'selection, none': () => ({
    query: '{ selection(name: "nobody-has-published-this") { id } }',
    variables: {},
  }),
  selections: () => ({ query: '{ selections { id name k } encoder { id dim } }', variables: {} }),
  corpora: () => ({
    query: '{ corpora { name count selection encoder bytesPerVector } encoder { id dim } }',
    variables: {},
  }),
  'several fields': (m) => ({
    query: `query ($a: ImageInput!, $b: ImageInput!, $text: TextInput!) {
      align(image: $a, text: $text, selection: "default") ${ALIGNMENT}
      other: align(image: $b, text: $text, selection: "default") ${ALIGNMENT}
      embedImages(images: [$b, $a]) ${EMBEDDING} encoder { id } }`,
    variables: { a: picture(m), b: picture(m), text: text(m) },
  }),
};

const caption = ({ random, captions }: Material): string => captions[random.nextInt(captions.length)];
const text = (m: Material): object => ({ text: caption(m) });
const picture = ({ random, pictures }: Material): object => ({
  base64: pictures[random.nextInt(pictures.length)],
});
const choose = <T>({ random }: Material, choices: readonly T[]): T => choices[random.nextInt(choices.length)];
const selection = (m: Material): string => choose(m, SELECTIONS);
const corpus = (m: Material): string => choose(m, ['samples', CHANGED, COMPACT, REVERSED]);

function several<T>(m: Material, make: (m: Material) => T, most: number): T[] {
  return Array.from({ length: 1 + m.random.nextInt(most) }, () => make(m));
}

function vector({ random, encoder }: Material): object {
  const numbers = Float32Array.from({ length: encoder.dim }, () => random.nextGaussian());
  const base64 = Buffer.from(numbers.buffer).toString('base64');
  return { embedding: { vector: base64, encoder: encoder.id } };
}

async function readSamples(random: Random): Promise<Pick<Material, 'pictures' | 'captions'>> {
  const folder = join(PROJECT_ROOT, 'models/sample');
  const rows = parse<{ image: string; caption: string }>(await readFile(join(folder, 'captions.csv')), {
    columns: true,
  });
  const shuffled = rows
    .map((row) => ({ row, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ row }) => row);
  const files = [...new Set(shuffled.map(({ image }) => image))].slice(0, PICTURES);
  const pictures = await Promise.all(files.map((file) => readFile(join(folder, file), 'base64')));
  return { pictures, captions: shuffled.slice(0, CAPTIONS).map((row) => row.caption) };
}
