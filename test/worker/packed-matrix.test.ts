import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.ts';
import { matrixProduct } from '../../src/core/scoring/matrix-product.ts';
import { productKernels } from '../../src/use-cases/workerd-product-kernels.ts';
import { ask, embedding, fullModel, numbersOf, publish, recordOf, vector } from './setup.ts';

const random = createRandom(3);
const numbers = (): number[] => Array.from({ length: 4 }, () => random.nextGaussian());
const inputs = (count: number): object[] => Array.from({ length: count }, () => embedding(numbers()));
const BROKEN = { embedding: { vector: vector([1, 2, 3]), encoder: 'other-encoder' } };
const BLANK = { text: ' ' };

const LISTS = 'cosines scores probabilities';
const PACKED = 'cosinesPacked scoresPacked probabilitiesPacked';
const ERRORS = 'imageErrors { index error { code } } textErrors { index error { code } }';
const matrix = (fields: string): string => `query (
  $images: [ImageInput!]!, $texts: [TextInput!]!, $selection: String! = "packed", $baseRate: Float
) { alignMatrix(images: $images, texts: $texts, selection: $selection, baseRate: $baseRate) { ${fields} } }`;

const KINDS = ['cosines', 'scores', 'probabilities'] as const;

/** float32 of a list's number, NaN for null: what a packed field says of it. */
const packedOf = (lists: readonly (readonly (number | null)[])[]): number[] =>
  lists.flat().map((value) => (value === null ? NaN : Math.fround(value)));

beforeAll(async () => {
  await publish('packed', recordOf(fullModel));
  await publish(
    'packed-weighted',
    recordOf({
      ...fullModel,
      k: 3,
      projection: { kind: 'mask', indices: Uint32Array.of(0, 2, 3) },
      fusion: { kind: 'weighted', weights: Float32Array.of(0.3, -2, 1.7), bias: 0.25 },
    }),
  );
});

describe('packed fields of alignMatrix', () => {
  // 30 × 29 × 4 multiplications are worth the kernel, 3 × 2 × 4 are not.
  const sizes = [
    { images: 3, texts: 2 },
    { images: 30, texts: 29 },
    { images: 1, texts: 1 },
  ];

  it.each(
    sizes.flatMap((size) => ['packed', 'packed-weighted'].map((selection) => ({ ...size, selection }))),
  )(
    'are the lists, row after row, in float32: $images × $texts, $selection',
    async ({ images, texts, selection }) => {
      const variables = { images: inputs(images), texts: inputs(texts), selection };
      const { data, errors } = await ask(matrix(`${LISTS} ${PACKED}`), variables);
      expect(errors).toBeUndefined();
      for (const kind of KINDS) {
        const packed = numbersOf(data.alignMatrix[`${kind}Packed`]);
        expect(packed).toHaveLength(images * texts);
        expect(packed, kind).toEqual(packedOf(data.alignMatrix[kind]));
      }
      const alone = await ask(matrix(PACKED), variables);
      for (const kind of KINDS) {
        expect(alone.data.alignMatrix[`${kind}Packed`]).toBe(data.alignMatrix[`${kind}Packed`]);
      }
    },
  );

  it('are of the very numbers that align gives', async () => {
    const images = inputs(24);
    const texts = inputs(25);
    const { data } = await ask(matrix(LISTS), { images, texts });
    for (const [row, column] of [
      [0, 0],
      [23, 24],
      [11, 7],
    ]) {
      const pair = await ask(
        `query ($image: ImageInput!, $text: TextInput!) {
          align(image: $image, text: $text, selection: "packed") { ... on Alignment { cosine score probability } }
        }`,
        { image: images[row], text: texts[column] },
      );
      expect(pair.data.align).toEqual({
        cosine: data.alignMatrix.cosines[row][column],
        score: data.alignMatrix.scores[row][column],
        probability: data.alignMatrix.probabilities[row][column],
      });
    }
  });

  it.each([
    { size: 'few', images: [...inputs(1), BROKEN, ...inputs(1)], texts: [BLANK, ...inputs(2)] },
    {
      size: 'many',
      images: [...inputs(20), BROKEN, ...inputs(20), BROKEN],
      texts: [BLANK, ...inputs(20), BROKEN],
    },
  ])('are NaN where an input failed, and numbers beside it: $size', async ({ images, texts }) => {
    const { status, data, errors } = await ask(matrix(`${LISTS} ${PACKED} ${ERRORS}`), { images, texts });
    expect(status).toBe(200);
    expect(errors).toBeUndefined();
    const failed = (at: number): boolean =>
      [BROKEN, BLANK].includes(images[Math.floor(at / texts.length)] as typeof BROKEN) ||
      [BROKEN, BLANK].includes(texts[at % texts.length] as typeof BROKEN);
    for (const kind of KINDS) {
      const packed = numbersOf(data.alignMatrix[`${kind}Packed`]);
      expect(packed).toHaveLength(images.length * texts.length);
      packed.forEach((value, at) => expect(Number.isNaN(value), `${kind} ${at}`).toBe(failed(at)));
      expect(packed, kind).toEqual(packedOf(data.alignMatrix[kind]));
    }
    expect(data.alignMatrix.imageErrors).toContainEqual({
      index: images.indexOf(BROKEN),
      error: { code: 'BAD_VECTOR' },
    });
    expect(data.alignMatrix.textErrors).toContainEqual({ index: 0, error: { code: 'BAD_INPUT' } });
  });

  it('write NaN as the quiet NaN, little-endian', async () => {
    const { data } = await ask(matrix(PACKED), { images: [BROKEN], texts: inputs(2) });
    for (const kind of KINDS) expect(data.alignMatrix[`${kind}Packed`]).toBe('AADAfwAAwH8=');
  });

  it('are all NaN where everything fails, and empty where a list is', async () => {
    const failed = await ask(matrix(PACKED), { images: [BROKEN, BROKEN], texts: [BROKEN] });
    expect(numbersOf(failed.data.alignMatrix.scoresPacked)).toEqual([NaN, NaN]);
    const empty = await ask(matrix(PACKED), { images: [], texts: inputs(2) });
    expect(empty.data.alignMatrix.scoresPacked).toBe('');
  });

  it('move only the probabilities with the base rate', async () => {
    const variables = { images: inputs(3), texts: inputs(3) };
    const [plain, moved] = await Promise.all([
      ask(matrix(PACKED), variables),
      ask(matrix(`${PACKED} probabilities`), { ...variables, baseRate: 0.01 }),
    ]);
    const [before, after] = [plain.data.alignMatrix, moved.data.alignMatrix];
    expect(after.cosinesPacked).toBe(before.cosinesPacked);
    expect(after.scoresPacked).toBe(before.scoresPacked);
    expect(numbersOf(after.probabilitiesPacked)).toEqual(packedOf(after.probabilities));
    numbersOf(after.probabilitiesPacked).forEach((value, at) =>
      expect(value).toBeLessThan(numbersOf(before.probabilitiesPacked)[at]),
    );
  });

  it('count as numbers of the answer, as lists do', async () => {
    const fields = Array.from({ length: 62 }, (_, i) => `a${i}: scoresPacked`).join(' ');
    const { data, errors } = await ask(matrix(fields), { images: inputs(128), texts: inputs(128) });
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['alignMatrix', 'a61'], extensions: { code: 'LIMIT_EXCEEDED' } }]);
  });
});

describe('the product kernels', () => {
  it('run inside workerd with SIMD, bit for bit like the plain twin, from one instance', () => {
    const kernels = productKernels();
    expect(kernels).not.toBeNull();
    expect(productKernels()).toBe(kernels);
    for (const [rows, columns, dim] of [
      [5, 7, 64],
      [33, 20, 50],
      [70, 130, 512],
      [2, 3, 8192],
    ]) {
      const make = (count: number): Float32Array[] =>
        Array.from({ length: count }, () => Float32Array.from({ length: dim }, () => random.nextGaussian()));
      const [a, b] = [make(rows), make(columns)];
      expect(matrixProduct(a, b, kernels), `dim ${dim}`).toEqual(matrixProduct(a, b, null));
    }
  });
});
