import { beforeAll, describe, expect, it } from 'vitest';
import type { ModalityDomain } from '../../src/core/calibration/domain.ts';
import { writeCorpus } from './corpora.ts';
import { ask, embedding, fullModel, publish, recordOf } from './setup.ts';

const NAME = 'with-domain';
const BEFORE = 'without-domain';

/**
 * Of unit vectors around the first axis: how far off one is, is 1.5 × its distance to it (the Mahalanobis term counts nothing). At
 * a distance of 1, which is 60 degrees, the tail share is 0.002, and less beyond.
 */
const AROUND_FIRST: ModalityDomain = {
  mean: Float32Array.of(1, 0, 0, 0),
  axes: Int8Array.of(0, 127, 0, 0),
  scales: Float32Array.of(1 / 127),
  deviations: Float32Array.of(1),
  residual: 1,
  distance: { mean: 0, deviation: 1 },
  mahalanobis: { mean: 0, deviation: 1e12 },
  distances: Float64Array.of(0, 1.5),
  shares: Float64Array.of(1, 0.002),
};
/** Of what lies opposite, 1.5 beyond those: its 499 distances add up to 500 times the area under their share. */
const FAR_SHARE = 0.002 * (1 + 1.5 / (500 * 1.5 * 0.501)) ** -499;
const FAR: unknown = expect.closeTo(FAR_SHARE, 9);
const TWICE_FAR: unknown = expect.closeTo(2 * FAR_SHARE, 9);
/** anyMatch = sigmoid(20·best − 10), and so of each result. */
const MATCH = {
  any: Float64Array.of(-10, 20, 0, 0, 0, 0),
  result: Float64Array.of(-10, 20, 0, 0, 0),
};

const INSIDE = embedding([1, 0, 0, 0]);
const NEAR = embedding([1, 0.2, 0, 0]);
const OUTSIDE = embedding([-1, 0, 0, 0]);
const DOMAIN = 'domain { image text reason }';

beforeAll(async () => {
  const domain = { image: AROUND_FIRST, text: AROUND_FIRST };
  const id = await publish(NAME, recordOf(fullModel, { domain, anyMatch: { image: MATCH, text: MATCH } }));
  await publish(BEFORE, recordOf(fullModel));
  await writeCorpus('corpus-with-domain', id, [
    { id: 'near', vector: [100, 20, 0, 0] },
    { id: 'side', vector: [0, 100, 0, 0] },
    { id: 'opposite', vector: [-100, 1, 0, 0] },
  ]);
});

interface Answer {
  readonly probability: number;
  readonly anyMatch: number;
  readonly domain: { readonly reason: string };
  readonly items: readonly { readonly probability: number }[];
}

async function value(query: string, variables: object): Promise<Answer> {
  const { data, errors } = await ask(query, variables);
  expect(errors).toBeUndefined();
  return data.answer as Answer;
}

describe('out of domain', () => {
  const align = (image: object, text: object, selection = NAME): Promise<Answer> =>
    value(
      `query ($image: ImageInput!, $text: TextInput!, $selection: String!) {
        answer: align(image: $image, text: $text, selection: $selection) { ... on Alignment { probability decision ${DOMAIN} } }
      }`,
      { image, text, selection },
    );

  it('leaves align undecided, with the share and the reason', async () => {
    const inside = await align(INSIDE, NEAR);
    expect(inside).toMatchObject({ decision: 'MATCH', domain: { image: 1, reason: null } });
    // As probable as two that are alike can be, and as far off.
    const outside = await align(OUTSIDE, OUTSIDE);
    expect(outside).toMatchObject({ decision: 'UNCERTAIN', domain: { image: FAR, text: FAR } });
    expect(outside.domain.reason).toBe(
      'The image is unlike the images that the selection was calibrated on: of those, 0.027% are as far off. The text is unlike the texts that the selection was calibrated on: of those, 0.027% are as far off.',
    );
    expect(outside.probability).toBeGreaterThan(0.99);
  });

  it('is not known under a record from before', async () => {
    const answer = await align(OUTSIDE, OUTSIDE, BEFORE);
    expect(answer).toMatchObject({ decision: 'MATCH', domain: { image: null, text: null, reason: null } });
  });

  it('leaves captions, rankings, matrices and searches undecided too', async () => {
    const { data } = await ask(
      `query ($texts: [TextInput!]!, $inside: ImageInput!, $outside: TextInput!) {
        captions: alignCaptions(image: $inside, captions: $texts, selection: "${NAME}") { ... on CaptionSetAlignment { decision ${DOMAIN} } }
        ranking: rankTexts(image: $inside, texts: $texts, selection: "${NAME}") { ... on Ranking { items { index decision ${DOMAIN} } } }
        matrix: alignMatrix(images: [$inside], texts: $texts, selection: "${NAME}") { imageDomain textDomain }
        search(corpus: "corpus-with-domain", text: $outside) { ${DOMAIN} edges { id decision } }
      }`,
      { texts: [NEAR, OUTSIDE], inside: INSIDE, outside: OUTSIDE },
    );
    // Two captions: the share of the one that is outside counts twice.
    expect(data.captions).toMatchObject({ decision: 'UNCERTAIN', domain: { image: 1, text: TWICE_FAR } });
    expect(data.ranking.items).toMatchObject([
      { index: 0, decision: 'MATCH', domain: { image: 1, reason: null } },
      { index: 1, decision: 'UNCERTAIN', domain: { text: FAR } },
    ]);
    expect(data.matrix.imageDomain).toEqual([1]);
    expect(data.matrix.textDomain[1]).toEqual(FAR);
    expect(data.search.domain).toMatchObject({ image: null, text: FAR });
    expect(data.search.edges[0]).toEqual({ id: 'opposite', decision: 'UNCERTAIN' });
  });
});

describe('whether anything fits', () => {
  const search = (args: string, text: object): Promise<Answer> =>
    value(
      `query ($text: TextInput!) { answer: search(corpus: "corpus-with-domain", text: $text${args}) { anyMatch relevantCount edges { id } } }`,
      { text },
    );

  it('is told of a search, whatever page of it is asked for', async () => {
    const found = await search('', NEAR);
    expect(found).toMatchObject({ relevantCount: 1 });
    expect(found.anyMatch).toBeGreaterThan(0.99);
    expect(await search(', first: 0', NEAR)).toEqual({ ...found, edges: [] });
    const nothing = await search('', embedding([0, 0, 1, 0]));
    expect(nothing).toMatchObject({ relevantCount: 0 });
    expect(nothing.anyMatch).toBeLessThan(0.01);
  });

  it('is not known where improbable results are left out', async () => {
    expect(await search(', minProbability: 0.5', NEAR)).toMatchObject({
      anyMatch: null,
      relevantCount: null,
    });
  });

  it('is told of a ranking, and of a single item by its own probability', async () => {
    const rank = (texts: object[], selection = NAME): Promise<Answer> =>
      value(
        `query ($image: ImageInput!, $texts: [TextInput!]!, $selection: String!) {
          answer: rankTexts(image: $image, texts: $texts, selection: $selection, first: 1) {
            ... on Ranking { anyMatch relevantCount items { probability } }
          }
        }`,
        { image: INSIDE, texts, selection },
      );
    expect(await rank([NEAR, INSIDE, OUTSIDE])).toMatchObject({ relevantCount: 2 });
    expect(await rank([OUTSIDE, embedding([0, 1, 0, 0])])).toMatchObject({ relevantCount: 0 });
    const one = await rank([NEAR]);
    expect(one.anyMatch).toBe(one.items[0].probability);
    expect(await rank([])).toMatchObject({ anyMatch: null, relevantCount: null });
    expect(await rank([NEAR, INSIDE], BEFORE)).toMatchObject({ anyMatch: null, relevantCount: null });
  });
});
