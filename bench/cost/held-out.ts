import {
  ALIGNMENT,
  type CostQuery,
  CAPTIONS,
  CLASSIFY,
  EMBED_IMAGES,
  EMBED_TEXTS,
  MATRIX,
  RANK_TEXTS,
  SEARCHED,
  type VectorEncoder,
  base64s,
  embeddings,
  fixture,
  texts,
} from './queries.ts';
import { CORPUS_DIM, CORPUS_ENCODER } from '../workerd/corpus-folder.ts';

/** Thirteen queries of which no cost was fitted to, of every kind. @param own the encoder of the deployment and of its selection */
export function heldOutQueries(own: VectorEncoder): CostQuery[] {
  const [image] = embeddings(1, own);
  const [found] = embeddings(3, { id: CORPUS_ENCODER.id, dim: CORPUS_DIM });
  const aligns = Array.from(
    { length: 24 },
    (_, i) => `a${i}: align(image: $image, text: $text) { ${ALIGNMENT} }`,
  );
  const pictures = ['large.jpg', 'baseline.jpg'].map((file) => fixture(`test/fixtures/images/${file}`));
  const search = (rerank: number): CostQuery =>
    fixed(
      `search of 200,000 vectors, ${rerank} re-ranked`,
      `query ($text: TextInput!) { search(corpus: "large", text: $text, rerank: ${rerank}) { reranked ${SEARCHED} } }`,
      { text: found },
    );
  const explained = (name: string, fields: string): CostQuery => ({
    name: `explained ${name}`,
    call: (number) => ({
      query: `query ($image: ImageInput!, $text: TextInput!) { explain(image: $image, text: $text) { ... on Explanation { score ${fields} } ... on ItemError { code message } } }`,
      variables: { image: base64s(pictures, 9_000 + number)[1], text: { text: texts(1, 60, number)[0] } },
    }),
  });
  return [
    fixed('limits and selection', '{ limits { cost pairs urls } selection { id k dim params } }'),
    fixed('24 aligns', `query ($image: ImageInput!, $text: TextInput!) { ${aligns.join(' ')} }`, {
      image,
      text: embeddings(2, own)[0],
    }),
    fixed('alignMatrix 30×70', MATRIX.replace('FIELDS', 'scores probabilities'), {
      images: embeddings(30, own),
      texts: embeddings(70, own),
    }),
    fixed('12 captions', CAPTIONS, { image, captions: embeddings(12, own) }),
    fixed('rank 200 texts, first 5', RANK_TEXTS, { image, texts: embeddings(200, own), first: 5 }),
    {
      name: '32 texts of 60',
      call: (number) => ({ query: EMBED_TEXTS, variables: { texts: texts(32, 60, number) } }),
    },
    {
      name: 'classify, 6 labels × 2 templates',
      call: (number) => ({
        query: CLASSIFY,
        variables: { image, labels: texts(6, 12, number), templates: ['{}', 'a picture of {}'] },
      }),
    },
    explained('by coordinate', 'contributions { coordinate value words }'),
    explained('by word', 'tokens { text share } truncated'),
    explained('by region', 'heat overlay'),
    {
      name: 'two JPEGs',
      call: (number) => ({ query: EMBED_IMAGES, variables: { images: base64s(pictures, 7_000 + number) } }),
    },
    search(50),
    search(1_000),
  ];
}

function fixed(name: string, query: string, variables: object = {}): CostQuery {
  return { name, call: () => ({ query, variables }) };
}
