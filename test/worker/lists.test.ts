import { beforeAll, describe, expect, it } from 'vitest';
import { ask, cosine, embedding, fullModel, publish, recordOf, sigmoid, vector } from './setup.ts';

const IMAGES = [
  [1, 0, 0, 0],
  [0, 1, 1, 0],
  [0, 0, -1, 2],
];
const TEXTS = [
  [1, 1, 0, 0],
  [0, 0, 1, 1],
];
/** Vectors travel as float32. */
const DIGITS = 6;
const BROKEN = { embedding: { vector: vector([1, 2, 3]), encoder: 'other-encoder' } };

let id: string;

beforeAll(async () => {
  id = await publish('lists', recordOf(fullModel));
});

describe('alignMatrix', () => {
  const MATRIX = `query ($images: [ImageInput!]!, $texts: [TextInput!]!, $selection: String! = "lists", $baseRate: Float) {
    alignMatrix(images: $images, texts: $texts, selection: $selection, baseRate: $baseRate) {
      cosines scores probabilities selection
      imageErrors { index error { code } }
      textErrors { index error { code } }
    }
  }`;
  const images = IMAGES.map((numbers) => embedding(numbers));
  const texts = TEXTS.map((numbers) => embedding(numbers));

  it('has a row an image and a column a text', async () => {
    const { status, data } = await ask(MATRIX, { images, texts });
    expect(status).toBe(200);
    expect(data.alignMatrix).toMatchObject({ selection: id, imageErrors: [], textErrors: [] });
    IMAGES.forEach((image, row) =>
      TEXTS.forEach((text, column) => {
        const expected = cosine(image, text);
        expect(data.alignMatrix.cosines[row][column]).toBeCloseTo(expected, DIGITS);
        expect(data.alignMatrix.scores[row][column]).toBeCloseTo(expected, DIGITS);
        expect(data.alignMatrix.probabilities[row][column]).toBeCloseTo(sigmoid(10 * expected - 3), DIGITS);
      }),
    );
  });

  it('moves only the probabilities with the base rate', async () => {
    const { data } = await ask(MATRIX, { images, texts, baseRate: 0.9 });
    const expected = cosine(IMAGES[0], TEXTS[0]);
    expect(data.alignMatrix.scores[0][0]).toBeCloseTo(expected, DIGITS);
    expect(data.alignMatrix.probabilities[0][0]).toBeCloseTo(
      sigmoid(10 * expected - 3 + Math.log(9)),
      DIGITS,
    );
  });

  it('gives nulls and an indexed error where an input fails, and numbers beside them', async () => {
    const { data, errors } = await ask(MATRIX, {
      images: [images[0], BROKEN, { base64: btoa('no image') }],
      texts: [{ text: 'text of the deployment' }, texts[1]],
    });
    expect(errors).toBeUndefined();
    expect(data.alignMatrix.scores).toEqual([
      [null, expect.closeTo(cosine(IMAGES[0], TEXTS[1]), DIGITS)],
      [null, null],
      [null, null],
    ]);
    expect(data.alignMatrix.cosines[0][0]).toBeNull();
    expect(data.alignMatrix.probabilities[0][0]).toBeNull();
    expect(data.alignMatrix.imageErrors).toEqual([
      { index: 1, error: { code: 'BAD_VECTOR' } },
      { index: 2, error: { code: 'ENCODER_MISMATCH' } },
    ]);
    expect(data.alignMatrix.textErrors).toEqual([{ index: 0, error: { code: 'ENCODER_MISMATCH' } }]);
  });

  it('answers nulls and errors even when every input fails', async () => {
    const { status, data, errors } = await ask(MATRIX, { images: [BROKEN, BROKEN], texts: [BROKEN] });
    expect(status).toBe(200);
    expect(errors).toBeUndefined();
    expect(data.alignMatrix.scores).toEqual([[null], [null]]);
    expect(data.alignMatrix.imageErrors.map((entry: { index: number }) => entry.index)).toEqual([0, 1]);
    expect(data.alignMatrix.textErrors).toHaveLength(1);
  });

  it('answers empty lists with an empty matrix', async () => {
    const { data } = await ask(MATRIX, { images: [], texts: [] });
    expect(data.alignMatrix.cosines).toEqual([]);
  });

  it.each([
    {
      name: 'an unknown selection',
      changes: { selection: 'lists-nothing' },
      code: 'SELECTION_NOT_FOUND',
      http: 404,
    },
    { name: 'a base rate out of range', changes: { baseRate: 1 }, code: 'BAD_INPUT', http: 400 },
    {
      name: 'too many images',
      changes: { images: Array(513).fill(BROKEN) },
      code: 'LIMIT_EXCEEDED',
      http: 400,
    },
    {
      name: 'too many texts',
      changes: { texts: Array(513).fill(BROKEN) },
      code: 'LIMIT_EXCEEDED',
      http: 400,
    },
    {
      name: 'too many cells',
      changes: { images: Array(128).fill(BROKEN), texts: Array(129).fill(BROKEN) },
      code: 'LIMIT_EXCEEDED',
      http: 400,
    },
  ])('is a GraphQL error for $name', async ({ changes, code, http }) => {
    const { status, data, errors } = await ask(MATRIX, { images, texts, ...changes });
    expect(status).toBe(http);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['alignMatrix'], extensions: { code, retryable: false } }]);
  });
});

describe('rankTexts and rankImages', () => {
  const ITEMS = `__typename
    ... on Ranking { selection items { index cosine score probability decision error { code } } }
    ... on ItemError { code message }`;
  const RANK_TEXTS = `query ($image: ImageInput!, $texts: [TextInput!]!, $first: Int) {
    ranking: rankTexts(image: $image, texts: $texts, selection: "lists", first: $first) { ${ITEMS} }
  }`;
  const RANK_IMAGES = `query ($text: TextInput!, $images: [ImageInput!]!, $first: Int) {
    ranking: rankImages(text: $text, images: $images, selection: "lists", first: $first) { ${ITEMS} }
  }`;
  const at = [1, 0, 0, 0];
  const candidates = [
    embedding([0, 1, 0, 0]),
    embedding([1, 1, 0, 0]),
    BROKEN,
    embedding([1, 0, 0, 0]),
    embedding([2, 2, 0, 0]),
    embedding([-1, 0, 0, 0]),
  ];

  it.each([
    { field: 'rankTexts', query: RANK_TEXTS, variables: { image: embedding(at), texts: candidates } },
    { field: 'rankImages', query: RANK_IMAGES, variables: { text: embedding(at), images: candidates } },
  ])('$field puts the best first, equal scores by index, failed items last', async ({ query, variables }) => {
    const { data } = await ask(query, variables);
    const { items, selection } = data.ranking;
    expect(selection).toBe(id);
    expect(items.map((item: { index: number }) => item.index)).toEqual([3, 1, 4, 0, 5, 2]);
    expect(items[0]).toMatchObject({ cosine: 1, score: 1, decision: 'MATCH', error: null });
    expect(items[1].score).toBe(items[2].score);
    expect(items[4].decision).toBe('MISMATCH');
    expect(items[5]).toEqual({
      index: 2,
      cosine: null,
      score: null,
      probability: null,
      decision: null,
      error: { code: 'BAD_VECTOR' },
    });
  });

  it.each([
    { first: 2, indices: [3, 1] },
    { first: 0, indices: [] },
    { first: 99, indices: [3, 1, 4, 0, 5, 2] },
  ])('cuts to the first $first', async ({ first, indices }) => {
    const { data } = await ask(RANK_TEXTS, { image: embedding(at), texts: candidates, first });
    expect(data.ranking.items.map((item: { index: number }) => item.index)).toEqual(indices);
  });

  it('refuses a negative first', async () => {
    const { data } = await ask(RANK_TEXTS, { image: embedding(at), texts: [], first: -1 });
    expect(data.ranking).toMatchObject({ code: 'BAD_INPUT' });
  });

  it('fails as a whole when what is ranked for fails', async () => {
    const { data } = await ask(RANK_TEXTS, { image: BROKEN, texts: candidates });
    expect(data.ranking).toMatchObject({ __typename: 'ItemError', code: 'BAD_VECTOR' });
  });

  it('refuses too long a list with the number', async () => {
    const { data } = await ask(RANK_IMAGES, { text: embedding(at), images: Array(513).fill(BROKEN) });
    expect(data.ranking).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(data.ranking.message).toContain('512');
    expect(data.ranking.message).toContain('513');
  });
});

describe('alignCaptions', () => {
  const CAPTIONS = `query ($image: ImageInput!, $captions: [TextInput!]!) {
    alignCaptions(image: $image, captions: $captions, selection: "lists") {
      __typename
      ... on CaptionSetAlignment { score probability decision fusion weights selection }
      ... on ItemError { code message }
    }
  }`;

  it('scores the mean of the captions, each of one weight', async () => {
    const captions = [
      [3, 0, 0, 0],
      [0, 5, 0, 0],
      [0, 0, 0, 1],
    ];
    const { data } = await ask(CAPTIONS, {
      image: embedding(IMAGES[1]),
      captions: captions.map((numbers) => embedding(numbers)),
    });
    // The mean of the unit vectors, not of what was sent.
    const expected = cosine(IMAGES[1], [1, 1, 0, 1]);
    expect(data.alignCaptions).toMatchObject({
      fusion: 'IDENTITY',
      selection: id,
      weights: [1 / 3, 1 / 3, 1 / 3],
    });
    expect(data.alignCaptions.score).toBeCloseTo(expected, DIGITS);
    expect(data.alignCaptions.probability).toBeCloseTo(sigmoid(10 * expected - 3), DIGITS);
  });

  it('scores captions that cancel out as no direction', async () => {
    const captions = [embedding([1, 0, 0, 0]), embedding([-1, 0, 0, 0])];
    const { data } = await ask(CAPTIONS, { image: embedding(IMAGES[0]), captions });
    expect(data.alignCaptions.score).toBe(0);
  });

  it('names the caption that fails', async () => {
    const { data } = await ask(CAPTIONS, {
      image: embedding(IMAGES[0]),
      captions: [embedding(TEXTS[0]), BROKEN],
    });
    expect(data.alignCaptions).toMatchObject({ code: 'BAD_VECTOR' });
    expect(data.alignCaptions.message).toMatch(/^Caption 1: /);
  });

  it('refuses an empty list', async () => {
    const { data } = await ask(CAPTIONS, { image: embedding(IMAGES[0]), captions: [] });
    expect(data.alignCaptions).toMatchObject({ code: 'BAD_INPUT' });
  });
});

describe('a weighted selection', () => {
  it('sums the weighted products of the kept coordinates', async () => {
    await publish(
      'lists-weighted',
      recordOf({
        ...fullModel,
        k: 2,
        projection: { kind: 'mask', indices: Uint32Array.of(0, 2) },
        fusion: { kind: 'weighted', weights: Float32Array.of(4, 0.5), bias: -0.25 },
      }),
    );
    const { data } = await ask(
      `query ($image: ImageInput!, $text: TextInput!) {
        align(image: $image, text: $text, selection: "lists-weighted") { ... on Alignment { score } }
        selection(name: "lists-weighted") { fusion }
      }`,
      { image: embedding([3, 0, 4, 0]), text: embedding([0, 3, 4, 0]) },
    );
    expect(data.selection.fusion).toBe('WEIGHTED');
    expect(data.align.score).toBeCloseTo(4 * 0.6 * 0 + 0.5 * 0.8 * 0.8 - 0.25, DIGITS);
  });

  it('scores finitely with the largest numbers that a record may hold', async () => {
    await publish(
      'lists-largest',
      recordOf({
        ...fullModel,
        projection: { kind: 'map', matrix: new Float32Array(16).fill(1e15) },
        fusion: { kind: 'weighted', weights: new Float32Array(4).fill(3e38), bias: 0 },
      }),
    );
    const { data, errors } = await ask(
      `query ($image: ImageInput!, $text: TextInput!) {
        align(image: $image, text: $text, selection: "lists-largest") { ... on Alignment { score probability } }
      }`,
      { image: embedding([1, 1, 1, 1]), text: embedding([1, 1, 1, 1]) },
    );
    expect(errors).toBeUndefined();
    expect(Number.isFinite(data.align.score)).toBe(true);
    expect(data.align.probability).toBe(1);
  });
});
