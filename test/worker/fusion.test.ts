import { beforeAll, describe, expect, it } from 'vitest';
import type { Fusion, SelectionModel } from '../../src/core/scoring/selection-model.ts';
import { ask, cosine, embedding, fullModel, publish, recordOf, sigmoid } from './setup.ts';

/** Vectors travel as float32: seven decimal digits, a few of which cancel in the sums. */
const DIGITS = 5;
const K = 3;
const IMAGE = [1, 2, -2, 0.5];
const TEXTS = [
  [2, 1, -1, 3],
  [-1, 0.5, 2, 1],
  [0.3, 2, -1.5, 1],
];
const IMAGE_MEAN = [0.1, 0.2, 0.3, -0.1];
const TEXT_MEAN = [-0.1, 0.4, 0, 0.2];
const INDICES = [0, 1, 3];

/** Some numbers without a pattern that a wrong layout would leave unchanged. */
const matrix = (start: number): Float32Array =>
  Float32Array.from({ length: 64 * K }, (_, i) => Math.sin(start + 7.3 * i));
const attention = {
  kind: 'attention',
  query: matrix(1),
  key: matrix(2),
  value: matrix(3),
  output: matrix(4),
} as const satisfies Fusion;

const isotonic: SelectionModel['calibrator'] = {
  kind: 'isotonic',
  scores: Float64Array.of(-1, -0.5, 0.5, 1),
  probabilities: Float64Array.of(0.05, 0.3, 0.7, 0.95),
  low: Float64Array.of(0.01, 0.2, 0.6, 0.9),
  high: Float64Array.of(0.1, 0.4, 0.8, 0.99),
  baseRate: 0.5,
  matchThreshold: 0.8,
  mismatchThreshold: 0.2,
};

const times = (rows: Float32Array, vector: number[]): number[] =>
  Array.from({ length: rows.length / vector.length }, (_, row) =>
    vector.reduce((sum, x, i) => sum + rows[row * vector.length + i] * x, 0),
  );
const unit = (vector: number[]): number[] => vector.map((x) => x / Math.hypot(...vector));

/** What is kept of a vector: normalised, centred, masked, normalised. */
function kept(vector: number[], mean: number[]): number[] {
  const centred = unit(vector).map((x, i) => x - mean[i]);
  return unit(INDICES.map((i) => centred[i]));
}

/** Head by head, as the formulas stand. */
function slowFusion(image: number[], texts: number[][]): { score: number; weights: number[] } {
  const x = kept(image, IMAGE_MEAN);
  const rows = texts.map((text) => kept(text, TEXT_MEAN));
  const weights = texts.map(() => 0);
  const mixed = Array.from({ length: 8 }, (_, head) => {
    const part = (vector: number[]): number[] => vector.slice(8 * head, 8 * head + 8);
    const q = part(times(attention.query, x));
    const exponentials = rows.map((t) => {
      const key = part(times(attention.key, t));
      return Math.exp(key.reduce((sum, value, i) => sum + value * q[i], 0) / Math.sqrt(8));
    });
    const all = exponentials.reduce((sum, value) => sum + value);
    const shares = exponentials.map((value) => value / all);
    shares.forEach((share, j) => (weights[j] += share / 8));
    const values = rows.map((t) => part(times(attention.value, t)));
    return Array.from({ length: 8 }, (_, i) =>
      shares.reduce((sum, share, j) => sum + share * values[j][i], 0),
    );
  }).flat();
  return { score: cosine(x, times(attention.output, mixed)), weights };
}

const slowScore = (image: number[], text: number[]): number => slowFusion(image, [text]).score;

function slowProbability(score: number): number {
  const at = isotonic.kind === 'isotonic' ? isotonic : null;
  if (at === null) return NaN;
  const above = Math.max(
    1,
    at.scores.findIndex((knot) => knot >= score),
  );
  const share = (score - at.scores[above - 1]) / (at.scores[above] - at.scores[above - 1]);
  return at.probabilities[above - 1] + share * (at.probabilities[above] - at.probabilities[above - 1]);
}

const QUERY = `query ($image: ImageInput!, $images: [ImageInput!]!, $text: TextInput!, $texts: [TextInput!]!, $selection: String!) {
  align(image: $image, text: $text, selection: $selection) {
    ... on Alignment { cosine score probability probabilityInterval decision }
  }
  alignMatrix(images: $images, texts: $texts, selection: $selection) { scores probabilities }
  rankTexts(image: $image, texts: $texts, selection: $selection) {
    ... on Ranking { items { index score probability probabilityInterval decision } }
  }
  rankImages(text: $text, images: $images, selection: $selection) { ... on Ranking { items { index score } } }
  alignCaptions(image: $image, captions: $texts, selection: $selection) {
    __typename ... on CaptionSetAlignment { score probability decision fusion weights }
  }
  selection(name: $selection) { fusion k baseRate matchThreshold }
}`;

const IMAGES = [IMAGE, [-1, 0.5, 0.5, 2]];

const VARIABLES = {
  image: embedding(IMAGE),
  images: IMAGES.map((image) => embedding(image)),
  text: embedding(TEXTS[0]),
  texts: TEXTS.map((text) => embedding(text)),
  selection: 'fusion-attention',
};

const model: SelectionModel = {
  ...fullModel,
  k: K,
  imageMean: Float32Array.from(IMAGE_MEAN),
  textMean: Float32Array.from(TEXT_MEAN),
  projection: { kind: 'mask', indices: Uint32Array.from(INDICES) },
  fusion: attention,
  calibrator: isotonic,
};

beforeAll(async () => {
  await publish('fusion-attention', recordOf(model));
  await publish('fusion-identity', recordOf({ ...model, fusion: { kind: 'identity' } }));
  const tinyClip = await ask('{ encoder { id dim fingerprint } }');
  const { id, dim, fingerprint } = tinyClip.data.encoder as { id: string; dim: number; fingerprint: string };
  const wide = (start: number): Float32Array =>
    Float32Array.from({ length: 64 * dim }, (_, i) => Math.sin(start + 7.3 * i));
  await publish(
    'fusion-pixels',
    recordOf(
      {
        ...fullModel,
        dim,
        k: dim,
        fusion: { kind: 'attention', query: wide(1), key: wide(2), value: wide(3), output: wide(4) },
      },
      { encoder: { id, fingerprint } },
    ),
  );
});

describe('a selection of attention fusion and isotonic calibration', () => {
  it('scores a pair by the image and output times value times text', async () => {
    const { status, data, errors } = await ask(QUERY, VARIABLES);
    expect(status).toBe(200);
    expect(errors).toBeUndefined();
    const score = slowScore(IMAGE, TEXTS[0]);
    expect(data.align.cosine).toBeCloseTo(cosine(IMAGE, TEXTS[0]), DIGITS);
    expect(data.align.score).toBeCloseTo(score, DIGITS);
    expect(data.align.probability).toBeCloseTo(slowProbability(score), DIGITS);
    const [low, high] = data.align.probabilityInterval as [number, number];
    expect(low).toBeLessThan(data.align.probability);
    expect(high).toBeGreaterThan(data.align.probability);
    expect(data.selection).toEqual({ fusion: 'ATTENTION', k: K, baseRate: 0.5, matchThreshold: 0.8 });
  });

  it('says the same of a pair in a matrix and in both rankings', async () => {
    const { data } = await ask(QUERY, VARIABLES);
    const scores = data.alignMatrix.scores as number[][];
    IMAGES.forEach((image, i) =>
      TEXTS.forEach((text, j) => expect(scores[i][j]).toBeCloseTo(slowScore(image, text), DIGITS)),
    );
    expect(scores[0][0]).toBe(data.align.score);
    expect(data.alignMatrix.probabilities[0][0]).toBe(data.align.probability);
    const items = data.rankTexts.items as { index: number; score: number; probability: number }[];
    expect(items.map(({ score }) => score)).toEqual(scores[0].toSorted((a, b) => b - a));
    for (const { index, score, probability } of items) {
      expect(score).toBe(scores[0][index]);
      expect(probability).toBe(data.alignMatrix.probabilities[0][index]);
    }
    const ranked = data.rankImages.items as { index: number; score: number }[];
    expect(ranked.map(({ score }) => score)).toEqual([scores[0][0], scores[1][0]].sort((a, b) => b - a));
  });

  it('fuses captions with the image as query, as the slow reference does', async () => {
    const { data } = await ask(QUERY, VARIABLES);
    const { score, weights } = slowFusion(IMAGE, TEXTS);
    expect(data.alignCaptions).toMatchObject({ __typename: 'CaptionSetAlignment', fusion: 'ATTENTION' });
    expect(data.alignCaptions.score).toBeCloseTo(score, DIGITS);
    expect(data.alignCaptions.probability).toBeCloseTo(slowProbability(score), DIGITS);
    const given = data.alignCaptions.weights as number[];
    given.forEach((weight, j) => expect(weight).toBeCloseTo(weights[j], DIGITS));
    expect(given.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
    expect(new Set(given.map((weight) => weight.toFixed(4))).size).toBe(3);
  });

  it('gives one caption alone the score of align', async () => {
    const { data } = await ask(QUERY, { ...VARIABLES, texts: [VARIABLES.text] });
    expect(data.alignCaptions).toEqual({
      __typename: 'CaptionSetAlignment',
      score: data.align.score,
      probability: data.align.probability,
      decision: data.align.decision,
      fusion: 'ATTENTION',
      weights: [1],
    });
  });

  it('fails the captions with the one that fails, by its place', async () => {
    const query = `query ($image: ImageInput!, $captions: [TextInput!]!) {
      alignCaptions(image: $image, captions: $captions, selection: "fusion-attention") { ... on ItemError { code message } }
    }`;
    const { data } = await ask(query, {
      image: embedding(IMAGE),
      captions: [embedding(TEXTS[0]), embedding([1, 2])],
    });
    expect(data.alignCaptions).toMatchObject({ code: 'BAD_VECTOR' });
    expect(data.alignCaptions.message).toContain('Caption 1');
  });

  it('moves an isotonic probability and its interval to another base rate by the log-odds', async () => {
    const query = `query ($image: ImageInput!, $text: TextInput!, $baseRate: Float) {
      align(image: $image, text: $text, selection: "fusion-attention", baseRate: $baseRate) {
        ... on Alignment { probability probabilityInterval }
      }
    }`;
    const [even, rare] = await Promise.all(
      [null, 0.01].map((baseRate) => ask(query, { image: VARIABLES.image, text: VARIABLES.text, baseRate })),
    );
    const moved = (p: number): number => sigmoid(Math.log(p / (1 - p)) + Math.log(0.01 / 0.99));
    expect(rare.data.align.probability).toBeCloseTo(moved(even.data.align.probability as number), 12);
    (rare.data.align.probabilityInterval as number[]).forEach((end, i) =>
      expect(end).toBeCloseTo(moved(even.data.align.probabilityInterval[i] as number), 12),
    );
  });
});

describe('a selection of identity fusion', () => {
  it('still averages captions, each counting alike', async () => {
    const { data } = await ask(QUERY, { ...VARIABLES, selection: 'fusion-identity' });
    const mean = [0, 1, 2, 3].map((i) => TEXTS.reduce((sum, text) => sum + unit(text)[i], 0));
    expect(data.alignCaptions.fusion).toBe('IDENTITY');
    expect(data.alignCaptions.weights).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(data.alignCaptions.score).toBeCloseTo(
      cosine(kept(IMAGE, IMAGE_MEAN), kept(mean, TEXT_MEAN)),
      DIGITS,
    );
  });
});

describe('classify under attention', () => {
  it('runs its softmax over the scores of the labels, at the scale of the encoder', async () => {
    const { data, errors } = await ask(
      `query ($image: ImageInput!) {
        encoder { logitScale logitBias }
        classify(image: $image, labels: ["dodo", "ship"], selection: "fusion-pixels") {
          ... on Classification { labels { label probability score } }
          ... on ItemError { code message }
        }
      }`,
      { image: await tinyClipImage() },
    );
    expect(errors).toBeUndefined();
    const [dodo, ship] = data.classify.labels as { probability: number; score: number }[];
    expect(data.encoder.logitBias).toBeNull();
    const gap = (data.encoder.logitScale as number) * (dodo.score - ship.score);
    expect(Math.abs(dodo.score)).toBeLessThanOrEqual(1);
    expect(dodo.probability).toBeCloseTo(sigmoid(gap), 9);
    expect(dodo.probability + ship.probability).toBeCloseTo(1, 12);
  });
});

/** A vector of the deployment's own encoder. */
async function tinyClipImage(): Promise<object> {
  const { data } = await ask('{ encoder { id dim } }');
  const { id, dim } = data.encoder as { id: string; dim: number };
  return embedding(
    Array.from({ length: dim }, (_, i) => Math.cos(3.1 * i)),
    id,
  );
}
