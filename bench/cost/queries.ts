import { readFileSync } from 'node:fs';
import { getIntrospectionQuery } from 'graphql';
import { pngOfRows } from '../../scripts/clip/png-file.ts';
import { createRandom } from '../../src/core/random.ts';
import type { GraphqlCall } from '../workerd/client.ts';
import { CORPUS_DIM, CORPUS_ENCODER } from '../workerd/corpus-folder.ts';

/** An encoder whose vectors the deployment is given. */
export interface VectorEncoder {
  readonly id: string;
  readonly dim: number;
}

export interface CostQuery {
  readonly name: string;
  /** @param number differs from request to request, for what must not be the same twice */
  readonly call: (number: number) => GraphqlCall;
}

type Embedding = { readonly embedding: { readonly vector: string; readonly encoder: string } };

export function embeddings(count: number, { id, dim }: VectorEncoder): Embedding[] {
  const random = createRandom(count);
  return Array.from({ length: count }, () => {
    const numbers = Float32Array.from({ length: dim }, () => random.nextGaussian());
    return { embedding: { vector: Buffer.from(numbers.buffer).toString('base64'), encoder: id } };
  });
}

const WORDS =
  'a quick brown fox jumps over seven red boats that drift past an old stone bridge at dusk'.split(' ');

/** Different texts of so many characters. */
export function texts(count: number, characters: number, number: number): string[] {
  const random = createRandom(number * 1_000 + count);
  return Array.from({ length: count }, (_, i) => {
    let text = `${i}`;
    while (text.length < characters) text += ` ${WORDS[random.nextInt(WORDS.length)]}`;
    return text.slice(0, characters);
  });
}

/** Photographs have soft areas and noise; a flat picture would decode in no time. */
function madePng(width: number, height: number): string {
  const random = createRandom(width);
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < 3 * width; x++) {
      const soft = 96 + 64 * Math.sin(x / 97) + 64 * Math.sin(y / 61);
      rows[y * (1 + 3 * width) + 1 + x] = soft + random.nextInt(16);
    }
  }
  return Buffer.from(pngOfRows(width, height, rows, 1)).toString('base64');
}

export function fixture(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url)).toString('base64');
}

/** With bytes behind their end that differ from request to request: the encoder Worker remembers the pictures that it has seen. */
export function base64s(pictures: readonly string[], number: number): { base64: string }[] {
  const tail = Buffer.alloc(4);
  tail.writeInt32LE(number);
  return pictures.map((picture) => ({
    base64: Buffer.concat([Buffer.from(picture, 'base64'), tail]).toString('base64'),
  }));
}

const ITEM_ERROR = '... on ItemError { code message }';
export const ALIGNMENT = `... on Alignment { cosine score probability probabilityInterval decision selection encoder } ${ITEM_ERROR}`;
const RANKING = `... on Ranking { selection items { index cosine score probability decision error { code } } } ${ITEM_ERROR}`;
export const EMBED_TEXTS = `query ($texts: [String!]!) { embedTexts(texts: $texts) { ... on Embedding { vector dim } ${ITEM_ERROR} } }`;
export const EMBED_IMAGES = `query ($images: [ImageInput!]!) { embedImages(images: $images) { ... on Embedding { vector dim } ${ITEM_ERROR} } }`;
export const MATRIX = `query ($images: [ImageInput!]!, $texts: [TextInput!]!) { alignMatrix(images: $images, texts: $texts) { FIELDS } }`;
export const RANK_TEXTS = `query ($image: ImageInput!, $texts: [TextInput!]!, $first: Int) { rankTexts(image: $image, texts: $texts, first: $first) { ${RANKING} } }`;
const RANK_IMAGES = `query ($text: TextInput!, $images: [ImageInput!]!) { rankImages(text: $text, images: $images) { ${RANKING} } }`;
export const CLASSIFY = `query ($image: ImageInput!, $labels: [String!]!, $templates: [String!]) {
  classify(image: $image, labels: $labels, templates: $templates) {
    ... on Classification { labels { label probability cosine score } } ${ITEM_ERROR}
  }
}`;
export const CAPTIONS = `query ($image: ImageInput!, $captions: [TextInput!]!) {
  alignCaptions(image: $image, captions: $captions) { ... on CaptionSetAlignment { score probability decision weights } ${ITEM_ERROR} }
}`;
export const SEARCHED = 'complete scanned edges { cursor id score cosine probability decision metadata }';
const SELECTION = 'id name encoder strategy dim k fusion indices relevance metrics params createdAt';

/** Forty queries of every kind. @param own the encoder of the deployment and of its selection */
export function costQueries(own: VectorEncoder): CostQuery[] {
  return [...ofDocuments(), ...ofVectors(own), ...ofTexts(own), ...ofPictures(own), ...ofSearches()];
}

function fixed(name: string, query: string, variables: object = {}): CostQuery {
  return { name, call: () => ({ query, variables }) };
}

function ofDocuments(): CostQuery[] {
  const aliases = (count: number, field: string): string =>
    Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(' ');
  return [
    fixed('__typename', '{ __typename }'),
    fixed('encoder', '{ encoder { id dim fingerprint logitScale } }'),
    fixed('250 fields', `{ ${aliases(10, `limits { ${aliases(24, 'pairs')} }`)} }`),
    fixed('one selection', `{ selection { ${SELECTION} } }`),
    fixed('selections', `{ selections { ${SELECTION} } }`),
    fixed('ten times relevance', `{ selection { ${aliases(10, 'relevance')} } }`),
    fixed('introspection', getIntrospectionQuery()),
    fixed(
      'introspection of a type',
      '{ __type(name: "Query") { name fields { name description args { name } } } }',
    ),
  ];
}

function ofVectors(own: VectorEncoder): CostQuery[] {
  const [image] = embeddings(1, own);
  const [text] = embeddings(2, own);
  const align = (alias: string): string => `${alias}: align(image: $image, text: $text) { ${ALIGNMENT} }`;
  const matrix = (name: string, side: number, fields: string): CostQuery =>
    fixed(name, MATRIX.replace('FIELDS', fields), {
      images: embeddings(side, own),
      texts: embeddings(side, own),
    });
  const ALIGN = 'query ($image: ImageInput!, $text: TextInput!)';
  return [
    fixed('align of vectors', `${ALIGN} { ${align('a')} }`, { image, text }),
    fixed('ten aligns of vectors', `${ALIGN} { ${[...'abcdefghij'].map(align).join(' ')} }`, { image, text }),
    matrix('matrix 10 × 10', 10, 'cosines scores probabilities'),
    matrix('matrix 50 × 50', 50, 'cosines scores probabilities'),
    matrix('matrix 128 × 128', 128, 'cosines scores probabilities'),
    matrix('matrix 128 × 128, one list', 128, 'scores'),
    matrix('matrix 128 × 128, packed', 128, 'cosinesPacked scoresPacked probabilitiesPacked'),
    fixed('rank 100 vectors', RANK_TEXTS, { image, texts: embeddings(100, own) }),
    fixed('rank 500 vectors, first 10', RANK_TEXTS, { image, texts: embeddings(500, own), first: 10 }),
    fixed('20 captions as vectors', CAPTIONS, { image, captions: embeddings(20, own) }),
    fixed('embed 200 vectors', EMBED_IMAGES, { images: embeddings(200, own) }),
  ];
}

function ofTexts(own: VectorEncoder): CostQuery[] {
  const [image] = embeddings(1, own);
  const embed = (count: number, characters: number): CostQuery => ({
    name: `${count} texts of ${characters} characters`,
    call: (number) => ({ query: EMBED_TEXTS, variables: { texts: texts(count, characters, number) } }),
  });
  return [
    embed(1, 20),
    embed(1, 4_096),
    embed(8, 80),
    embed(16, 4_096),
    embed(64, 20),
    embed(128, 300),
    {
      name: 'rank 8 texts',
      call: (number) => ({
        query: RANK_TEXTS,
        variables: { image, texts: texts(8, 40, number).map((text) => ({ text })) },
      }),
    },
    {
      name: 'classify, 12 labels',
      call: (number) => ({ query: CLASSIFY, variables: { image, labels: texts(12, 10, number) } }),
    },
    {
      name: 'classify, 20 labels × 4 templates',
      call: (number) => ({
        query: CLASSIFY,
        variables: {
          image,
          labels: texts(20, 10, number),
          templates: ['{}', 'a photo of a {}', 'a drawing of a {}', 'a blurry photo of the large {}'],
        },
      }),
    },
  ];
}

function ofPictures(own: VectorEncoder): CostQuery[] {
  const samples = ['a-badger.webp', 'a-fox.webp', 'a-backpack.png', 'a-baggage-check-sign.jpg'].map((name) =>
    fixture(`models/sample/images/${name}`),
  );
  const images = (file: string): string => fixture(`test/fixtures/images/${file}`);
  const [text] = embeddings(2, own);
  const embed = (name: string, pictures: readonly string[]): CostQuery => ({
    name,
    call: (number) => ({ query: EMBED_IMAGES, variables: { images: base64s(pictures, number) } }),
  });
  return [
    embed('a small JPEG', [images('baseline.jpg')]),
    embed('a larger JPEG', [images('large.jpg')]),
    embed('a GIF and an AVIF', [images('animated.gif'), images('avif-420.avif')]),
    embed('four pictures', samples),
    embed('a PNG of 1 megapixel', [madePng(1_200, 800)]),
    embed('a PNG of 2.4 megapixels', [madePng(1_920, 1_250)]),
    {
      name: 'rank 4 pictures by a vector',
      call: (number) => ({ query: RANK_IMAGES, variables: { text, images: base64s(samples, number) } }),
    },
    {
      name: 'align of a picture and a text',
      call: (number) => ({
        query: `query ($image: ImageInput!, $text: TextInput!) { align(image: $image, text: $text) { ${ALIGNMENT} } }`,
        variables: { image: base64s([samples[0]], -1 - number)[0], text: { text: texts(1, 30, number)[0] } },
      }),
    },
  ];
}

function ofSearches(): CostQuery[] {
  const [text] = embeddings(3, { id: CORPUS_ENCODER.id, dim: CORPUS_DIM });
  const search = (corpus: string, first: number): string =>
    `${corpus}${first}: search(corpus: "${corpus}", text: $text, first: ${first}) { ${SEARCHED} }`;
  const ask = (name: string, ...fields: string[]): CostQuery =>
    fixed(name, `query ($text: TextInput!) { ${fields.join(' ')} }`, { text });
  return [
    ask('search of 10,000 vectors', search('small', 10)),
    ask('search of 10,000 vectors, 100 results', search('small', 100)),
    ask('search of 200,000 vectors', search('large', 10)),
    ask('two searches', search('small', 10), search('large', 10)),
  ];
}
