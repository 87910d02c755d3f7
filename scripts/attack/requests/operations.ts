import type { CaseRandom } from '../case-random.ts';
import type { Deployment } from '../attack-request.ts';
import { plainVector } from './vector-text.ts';

/** A valid operation, which cases take apart. */
export interface Operation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

const ERROR = '... on ItemError { code message retryable }';
const RANKED = `... on Ranking { items { index cosine score probability decision error { code message } } } ${ERROR}`;

/** One of every root field, each with data that the deployment can answer. */
export function operations({ encoderId, dim }: Deployment, random: CaseRandom): Operation[] {
  const embedding = (): object => ({ embedding: { vector: plainVector(dim, random), encoder: encoderId } });
  const text = 'a drawing of a badger';
  return [
    {
      query:
        'query A($t: [String!]!) { embedTexts(texts: $t) { __typename ... on Embedding { dim } ' +
        `${ERROR} } }`,
      variables: { t: [text] },
    },
    {
      query:
        'query A($i: [ImageInput!]!) { embedImages(images: $i) { __typename ... on Embedding { dim } ' +
        `${ERROR} } }`,
      variables: { i: [embedding()] },
    },
    {
      query: `query A($i: ImageInput!, $t: TextInput!, $s: String! = "default", $b: Float) { align(image: $i, text: $t, selection: $s, baseRate: $b) { __typename ... on Alignment { cosine score probability probabilityInterval decision } ${ERROR} } }`,
      variables: { i: embedding(), t: embedding(), s: 'default', b: 0.5 },
    },
    {
      query:
        'query A($i: [ImageInput!]!, $t: [TextInput!]!, $s: String! = "default") { alignMatrix(images: $i, texts: $t, selection: $s) { cosines scoresPacked imageErrors { index error { code message } } textErrors { index error { code message } } } }',
      variables: { i: [embedding(), embedding()], t: [embedding(), { text }], s: 'mi-50' },
    },
    {
      query: `query A($i: ImageInput!, $c: [TextInput!]!) { alignCaptions(image: $i, captions: $c) { __typename ... on CaptionSetAlignment { score probability weights } ${ERROR} } }`,
      variables: { i: embedding(), c: [embedding(), embedding()] },
    },
    {
      query: `query A($i: ImageInput!, $t: [TextInput!]!, $f: Int) { rankTexts(image: $i, texts: $t, first: $f) { __typename ${RANKED} } }`,
      variables: { i: embedding(), t: [embedding(), embedding(), embedding()], f: 2 },
    },
    {
      query: `query A($t: TextInput!, $i: [ImageInput!]!, $f: Int) { rankImages(text: $t, images: $i, first: $f) { __typename ${RANKED} } }`,
      variables: { t: embedding(), i: [embedding(), embedding()], f: 1 },
    },
    {
      query: `query A($i: ImageInput!, $l: [String!]!, $p: [String!], $x: Float) { classify(image: $i, labels: $l, templates: $p, temperature: $x) { __typename ... on Classification { labels { label probability cosine } } ${ERROR} } }`,
      variables: { i: embedding(), l: ['badger', 'ship'], p: ['a photo of a {}'], x: 0.01 },
    },
    {
      query: `query A($i: ImageInput!, $t: TextInput!, $r: [TextInput!]!) { refClipScore(image: $i, text: $t, references: $r) { __typename ... on ClipScore { score truncated } ${ERROR} } }`,
      variables: { i: embedding(), t: embedding(), r: [embedding(), embedding()] },
    },
    {
      query:
        'query A($c: String!, $t: TextInput, $f: Int! = 3, $a: String, $m: Float, $w: [CorpusFilter!], $r: Int) { search(corpus: $c, text: $t, first: $f, after: $a, minProbability: $m, filter: $w, rerank: $r) { edges { id cosine probability cursor } pageInfo { endCursor } } }',
      variables: { c: 'samples', t: embedding(), f: 3, a: null, m: 0, w: [], r: null },
    },
    {
      query: 'query A($n: String!) { selection(name: $n) { id name encoder dim k } }',
      variables: { n: 'default' },
    },
    {
      query:
        '{ selections { name } corpora { name count fields } encoder { id dim fingerprint } limits { bodyBytes images texts } }',
      variables: {},
    },
  ];
}
