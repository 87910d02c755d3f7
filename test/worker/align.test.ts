import { beforeAll, describe, expect, it } from 'vitest';
import {
  ask,
  cosine,
  embedding,
  fullModel,
  otherEncoder,
  publish,
  recordOf,
  sigmoid,
  vector,
} from './setup.ts';

const IMAGE = [1, 2, -2, 0.5];
const TEXT = [2, 1, -1, 3];

/** Vectors travel as float32: seven decimal digits, a few of which cancel in the sums. */
const DIGITS = 6;

const ALIGN = `query ($image: ImageInput!, $text: TextInput!, $selection: String!, $baseRate: Float) {
  align(image: $image, text: $text, selection: $selection, baseRate: $baseRate) {
    __typename
    ... on Alignment { cosine score probability probabilityInterval decision selection encoder }
    ... on ItemError { code message retryable }
  }
}`;

let fullId: string;
let maskId: string;

beforeAll(async () => {
  fullId = await publish('align-full', recordOf(fullModel));
  maskId = await publish(
    'align-mask',
    recordOf({
      ...fullModel,
      k: 2,
      imageMean: Float32Array.of(0.1, 0.2, 0.3, -0.1),
      textMean: Float32Array.of(-0.1, 0.4, 0, 0.2),
      projection: { kind: 'mask', indices: Uint32Array.of(1, 3) },
    }),
  );
});

function align(changes: object): ReturnType<typeof ask> {
  return ask(ALIGN, { image: embedding(IMAGE), text: embedding(TEXT), selection: 'align-full', ...changes });
}

describe('align', () => {
  it('scores two embeddings by their cosine under a full selection', async () => {
    const { status, data, errors } = await align({});
    const expected = cosine(IMAGE, TEXT);
    expect(status).toBe(200);
    expect(errors).toBeUndefined();
    expect(data.align).toMatchObject({
      __typename: 'Alignment',
      selection: fullId,
      encoder: otherEncoder.id,
    });
    expect(data.align.cosine).toBeCloseTo(expected, DIGITS);
    expect(data.align.score).toBeCloseTo(expected, DIGITS);
    expect(data.align.probability).toBeCloseTo(sigmoid(10 * expected - 3), DIGITS);
  });

  it('centres and masks before the cosine under a masked selection', async () => {
    const { data } = await align({ selection: 'align-mask' });
    const unit = (v: readonly number[]): number[] => v.map((value) => value / Math.hypot(...v));
    const [image, text] = [unit(IMAGE), unit(TEXT)];
    const expected = cosine([image[1] - 0.2, image[3] + 0.1], [text[1] - 0.4, text[3] - 0.2]);
    expect(data.align.selection).toBe(maskId);
    expect(data.align.cosine).toBeCloseTo(cosine(IMAGE, TEXT), DIGITS);
    expect(data.align.score).toBeCloseTo(expected, DIGITS);
  });

  it('gives the same whatever the length of the vectors', async () => {
    const [long, short] = await Promise.all([
      align({ image: embedding(IMAGE.map((value) => value * 1e30)) }),
      align({ image: embedding(IMAGE.map((value) => value * 1e-30)) }),
    ]);
    expect(long.data.align.score).toBeCloseTo(cosine(IMAGE, TEXT), DIGITS);
    expect(short.data.align.score).toBeCloseTo(cosine(IMAGE, TEXT), DIGITS);
  });

  it('shifts the log-odds by the base rate and leaves the score', async () => {
    const { data } = await align({ baseRate: 0.01 });
    const score = cosine(IMAGE, TEXT);
    expect(data.align.score).toBeCloseTo(score, DIGITS);
    expect(data.align.probability).toBeCloseTo(sigmoid(10 * score - 3 + Math.log(0.01 / 0.99)), DIGITS);
  });

  it('gives the 95% interval of the delta method around the probability', async () => {
    const { data } = await align({});
    const s = cosine(IMAGE, TEXT);
    const half = 1.959963984540054 * Math.sqrt(0.04 * s * s - 2 * 0.01 * s + 0.01);
    const [low, high] = data.align.probabilityInterval;
    expect(low).toBeCloseTo(sigmoid(10 * s - 3 - half), DIGITS);
    expect(high).toBeCloseTo(sigmoid(10 * s - 3 + half), DIGITS);
  });

  it.each([
    { text: IMAGE, decision: 'MATCH' },
    { text: IMAGE.map((value) => -value), decision: 'MISMATCH' },
    // Cosine 0.3: probability 0.5, between the thresholds.
    { text: [0.3, Math.sqrt(1 - 0.09), 0, 0], image: [1, 0, 0, 0], decision: 'UNCERTAIN' },
  ])('decides $decision by the thresholds', async ({ text, image = IMAGE, decision }) => {
    const { data } = await align({ image: embedding(image), text: embedding(text) });
    expect(data.align.decision).toBe(decision);
  });

  it('tells opposite vectors apart without a number leaving its range', async () => {
    const { data } = await align({ text: embedding(IMAGE.map((value) => -value)) });
    expect(data.align.cosine).toBeCloseTo(-1, DIGITS);
    expect(data.align.cosine).toBeGreaterThanOrEqual(-1);
    expect(data.align.probability).toBeGreaterThan(0);
  });

  it.each([0, 1, -0.5, 2])('refuses the base rate %d', async (baseRate) => {
    const { data } = await align({ baseRate });
    expect(data.align).toMatchObject({ __typename: 'ItemError', code: 'BAD_INPUT', retryable: false });
    expect(data.align.message).toContain(String(baseRate));
  });

  it.each([
    { name: 'a name nothing is published under', selection: 'align-nothing' },
    { name: 'what cannot be a name', selection: '../secrets' },
  ])('answers SELECTION_NOT_FOUND for $name', async ({ selection }) => {
    const { status, data } = await align({ selection });
    expect(status).toBe(200);
    expect(data.align).toMatchObject({ code: 'SELECTION_NOT_FOUND', retryable: false });
  });
});

describe('a vector', () => {
  it.each([
    { name: 'of another length', text: vector([1, 2, 3]), says: ['4 little-endian', 'got 3 numbers'] },
    { name: 'of no whole numbers', text: btoa('12345'), says: ['16 bytes', '5 bytes'] },
    { name: 'that is not base64', text: '%%%', says: ['not base64'] },
    { name: 'that is empty', text: '', says: ['got 0 numbers'] },
    { name: 'with NaN in it', text: vector([1, NaN, 0, 0]), says: ['NaN', 'place 1'] },
    { name: 'with Infinity in it', text: vector([1, 0, 0, -Infinity]), says: ['-Infinity', 'place 3'] },
    { name: 'of zeros', text: vector([0, 0, 0, 0]), says: ['all zeros'] },
    { name: 'of very many numbers', text: 'A'.repeat(400_000), says: ['400000 characters'] },
  ])('$name is BAD_VECTOR, with what was expected and what came', async ({ text, says }) => {
    const { data } = await align({ image: { embedding: { vector: text, encoder: otherEncoder.id } } });
    expect(data.align).toMatchObject({ code: 'BAD_VECTOR', retryable: false });
    for (const words of says) expect(data.align.message).toContain(words);
  });

  it('is read without padding and from a denormal', async () => {
    const unpadded = vector([1e-45, 0, 0, 0]).replace(/=+$/, '');
    const { data } = await align({
      image: { embedding: { vector: unpadded, encoder: otherEncoder.id } },
      text: embedding([1, 0, 0, 0]),
    });
    expect(data.align.cosine).toBeCloseTo(1, DIGITS);
  });
});

describe('the encoder', () => {
  it('of a vector must be the one of the selection', async () => {
    const { data } = await align({ text: embedding(TEXT, 'tiny-clip') });
    expect(data.align).toMatchObject({ code: 'ENCODER_MISMATCH' });
    expect(data.align.message).toContain('"other-encoder"');
    expect(data.align.message).toContain('"tiny-clip"');
  });

  it('of the deployment must be the one of the selection for text', async () => {
    const { data } = await align({ text: { text: 'a dodo' } });
    expect(data.align).toMatchObject({ code: 'ENCODER_MISMATCH' });
    expect(data.align.message).toContain('tiny-clip');
  });

  it('must have the fingerprint of the selection for text, but not for vectors', async () => {
    const encoder = { id: 'tiny-clip', fingerprint: '0'.repeat(64) };
    await publish('align-stale', recordOf(fullModel, { encoder }));
    const [withText, withVectors] = await Promise.all([
      align({ selection: 'align-stale', image: embedding(IMAGE, 'tiny-clip'), text: { text: 'a dodo' } }),
      align({
        selection: 'align-stale',
        image: embedding(IMAGE, 'tiny-clip'),
        text: embedding(TEXT, 'tiny-clip'),
      }),
    ]);
    expect(withText.data.align).toMatchObject({ code: 'ENCODER_MISMATCH' });
    expect(withText.data.align.message).toContain('fingerprint');
    expect(withVectors.data.align.__typename).toBe('Alignment');
  });
});
