import { beforeAll, describe, expect, it } from 'vitest';
import fixture from '../fixtures/clip-score/embeddings.json';
import scores from '../fixtures/clip-score/scores.json';
import { type Fox, embedFox, json, send } from './rest-setup.ts';
import { ask, cosine, embedding, numbersOf, otherEncoder } from './setup.ts';

const FIELDS = `... on ClipScore { score cosine referenceCosine truncated truncationKnown encoder }
  ... on ItemError { code message }`;
const CLIP_SCORE = `query ($image: ImageInput!, $text: TextInput!) { result: clipScore(image: $image, text: $text) { ${FIELDS} } }`;
const REF_CLIP_SCORE = `query ($image: ImageInput!, $text: TextInput!, $references: [TextInput!]!) {
  result: refClipScore(image: $image, text: $text, references: $references) { ${FIELDS} } }`;

let fox: Fox;
beforeAll(async () => {
  fox = await embedFox();
});

const given = (vector: string): object => ({ embedding: { vector, encoder: fixture.encoder } });

async function promptedVector(text: string): Promise<number[]> {
  const { data } = await ask(
    `query ($texts: [String!]!) { embedTexts(texts: $texts) { ... on Embedding { vector } } }`,
    { texts: [`A photo depicts ${text}`] },
  );
  return numbersOf(data.embedTexts[0].vector);
}

describe('clipScore and refClipScore', () => {
  it('are what numpy gives for the same embeddings', async () => {
    for (const [i, pair] of fixture.pairs.entries()) {
      const variables = {
        image: given(pair.image),
        text: given(pair.caption),
        references: pair.references.map(given),
      };
      const { data } = await ask(REF_CLIP_SCORE, variables);
      const plain = await ask(CLIP_SCORE, { image: variables.image, text: variables.text });
      // float32 embeddings against float64 ones.
      expect(data.result.score).toBeCloseTo(scores[i].refClipScore, 6);
      expect(plain.data.result.score).toBeCloseTo(scores[i].clipScore, 6);
      expect(plain.data.result).toMatchObject({
        referenceCosine: null,
        truncated: false,
        truncationKnown: true,
      });
    }
  });

  it('put the prompt before texts, and none before an embedding', async () => {
    const { data } = await ask(REF_CLIP_SCORE, {
      image: { base64: fox.picture },
      text: { text: 'a fox' },
      references: [{ text: 'a red fox' }, { text: 'a dodo' }],
    });
    const [caption, red, dodo] = [
      await promptedVector('a fox'),
      await promptedVector('a red fox'),
      await promptedVector('a dodo'),
    ];
    // The vectors come back as float32.
    expect(data.result.cosine).toBeCloseTo(cosine(fox.image, caption), 6);
    expect(data.result.referenceCosine).toBeCloseTo(Math.max(cosine(caption, red), cosine(caption, dodo)), 6);
    const plain = await ask(CLIP_SCORE, { image: { base64: fox.picture }, text: { text: 'a fox' } });
    expect(plain.data.result.cosine).toBeCloseTo(data.result.cosine, 6);
    expect(plain.data.result.score).toBeCloseTo(2.5 * plain.data.result.cosine, 6);
    expect(plain.data.result).toMatchObject({ encoder: 'tiny-clip', truncated: false });
  });

  it('tell that a text was cut, with its prompt', async () => {
    const image = { base64: fox.picture };
    const words = (count: number): string => Array(count).fill('fox').join(' ');
    const isCut = async (count: number): Promise<boolean> => {
      const { data } = await ask(CLIP_SCORE, { image, text: { text: words(count) } });
      expect(data.result.truncationKnown).toBe(true);
      return data.result.truncated;
    };
    let count = 20;
    while (!(await isCut(count))) count += 1;
    // The embedded encoder reads 32 tokens, and a fox is one.
    expect(count).toBeLessThan(30);
    const vectors = await Promise.all([-2, -1, 0].map((more) => promptedVector(words(count + more))));
    expect(vectors[2]).toEqual(vectors[1]);
    expect(vectors[1]).not.toEqual(vectors[0]);
    const references = [{ text: 'a fox' }, { text: words(count) }];
    const { data } = await ask(REF_CLIP_SCORE, { image, text: { text: 'a fox' }, references });
    expect(data.result.truncated).toBe(true);
  });

  it('score embeddings of any encoder, of one at a time', async () => {
    const [image, text] = [embedding([1, 2, -2, 0.5]), embedding([2, 1, -1, 3])];
    const { data } = await ask(CLIP_SCORE, { image, text });
    expect(data.result.score).toBeCloseTo(2.5 * cosine([1, 2, -2, 0.5], [2, 1, -1, 3]), 6);
    expect(data.result.encoder).toBe(otherEncoder.id);
    for (const [wrong, code] of [
      [{ text: 'a fox' }, 'ENCODER_MISMATCH'],
      [given(fixture.pairs[0].caption), 'ENCODER_MISMATCH'],
      [embedding([1, 2, 3]), 'BAD_VECTOR'],
      [{ embedding: { vector: '', encoder: otherEncoder.id } }, 'BAD_VECTOR'],
    ] as const) {
      expect((await ask(CLIP_SCORE, { image, text: wrong })).data.result).toMatchObject({ code });
    }
  });

  it('name what is wrong with the texts', async () => {
    const image = given(fixture.pairs[0].image);
    const text = given(fixture.pairs[0].caption);
    const refused = async (references: object[]): Promise<unknown> =>
      (await ask(REF_CLIP_SCORE, { image, text, references })).data.result;
    expect(await refused([])).toEqual({
      code: 'BAD_INPUT',
      message: 'Expected at least one reference, got none.',
    });
    expect(await refused([text, { text: ' ' }])).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/^Reference 1: Expected a text with something to read/) as string,
    });
    expect(await refused(Array(513).fill(text))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const { data } = await ask(CLIP_SCORE, { image, text: { text: 'a'.repeat(4_081) } });
    expect(data.result.message).toContain('at most 4096 characters, got 4097');
  });

  it('are answered by REST', async () => {
    const [pair] = fixture.pairs;
    const body = { image: given(pair.image), text: given(pair.caption) };
    const plain = await send('/v1/clip-score', json(body));
    expect(plain.body.score).toBeCloseTo(scores[0].clipScore, 6);
    expect(Object.keys(plain.body).sort()).toEqual([
      'cosine',
      'encoder',
      'referenceCosine',
      'score',
      'truncated',
      'truncationKnown',
    ]);
    const references = [...pair.references.map(given), 'a badger'];
    const referred = await send('/v1/ref-clip-score', json({ ...body, references }));
    const graphql = await ask(REF_CLIP_SCORE, {
      ...body,
      references: [...pair.references.map(given), { text: 'a badger' }],
    });
    expect(referred.body).toEqual(graphql.data.result);
    expect((await send('/v1/ref-clip-score', json(body))).body.detail).toBe('Expected references, got none.');
  });
});
