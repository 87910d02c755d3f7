import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEncoder, type LoadedEncoder } from '../../scripts/clip/load-encoder.ts';
import { toBase64 } from '../../src/clip/base64.ts';
import { startEdgeEncoder, type EdgeEncoder } from './edge-encoder.ts';
import { BROKEN_FILES, OTHER_FILES, readImage, SCENE_FILES } from './fixture-images.ts';

const PHOTOGRAPHS = new URL('../../../shared/data/labelled-photos/images/', import.meta.url);
const havePhotographs = existsSync(PHOTOGRAPHS);
if (!havePhotographs) console.warn('skipped: no ../shared/data/labelled-photos beside the repository');

/** The contract of the issue: what is precomputed and what the API encodes must be the same vector for every practical purpose. */
const MIN_COSINE = 0.999;

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

describe('the encoder in workerd against Node', () => {
  let edge: EdgeEncoder;
  let node: LoadedEncoder;
  beforeAll(async () => {
    [edge, node] = await Promise.all([startEdgeEncoder(), loadEncoder({ threads: 1 })]);
  });
  afterAll(() => edge.stop());

  async function compareImages(images: readonly Uint8Array[]): Promise<number[]> {
    const answer = await edge.ai.run(node.info.id, { image: images.map(toBase64) });
    expect(answer.shape).toEqual([images.length, node.info.dim]);
    const ours = await node.images.encodeImages(images);
    return ours.map((vector, i) => {
      if (vector instanceof Error) throw vector;
      return cosine(vector, answer.data[i]);
    });
  }

  it('loads both towers for first requests that come together', async () => {
    const image = toBase64(readImage('rgb.png'));
    const answers = await Promise.all([
      edge.ai.run(node.info.id, { text: ['a house'] }),
      edge.ai.run(node.info.id, { image }),
      edge.ai.run(node.info.id, { text: ['a house'] }),
      edge.ai.run(node.info.id, { image }),
    ]);
    expect(answers.map(({ shape }) => shape)).toEqual(new Array(4).fill([1, node.info.dim]));
    expect([answers[2], answers[3]]).toEqual([answers[0], answers[1]]);
  });

  it.each([...SCENE_FILES, ...OTHER_FILES, 'large.jpg'])('agrees on %s', async (name) => {
    const [agreement] = await compareImages([readImage(name)]);
    expect(agreement).toBeGreaterThanOrEqual(MIN_COSINE);
  });

  it.skipIf(!havePhotographs)('agrees on 100 photographs', async () => {
    const names = readdirSync(PHOTOGRAPHS).filter((name) => name.endsWith('.jpg'));
    const agreements: number[] = [];
    for (let from = 0; from < names.length; from += 10) {
      const part = names.slice(from, from + 10);
      agreements.push(
        ...(await compareImages(
          part.map((name) => new Uint8Array(readFileSync(new URL(name, PHOTOGRAPHS)))),
        )),
      );
    }
    const worst = Math.min(...agreements);
    console.info(`workerd against Node, ${agreements.length} photographs: lowest cosine ${worst.toFixed(6)}`);
    expect(agreements).toHaveLength(100);
    expect(worst).toBeGreaterThanOrEqual(MIN_COSINE);
  });

  it('agrees on texts of any script and length, together and alone', async () => {
    const texts = ['a cat', '', '一只红色的猫', 'кот на крыше', '😀 family 👨‍👩‍👧', 'word '.repeat(500), 'x'];
    const answer = await edge.ai.run(node.info.id, { text: texts });
    const together = await node.text.encodeTexts(texts);
    for (const [i, text] of texts.entries()) {
      const [alone] = await node.text.encodeTexts([text]);
      expect(cosine(together[i], answer.data[i])).toBeGreaterThanOrEqual(MIN_COSINE);
      // Padding to the longest of the batch must not leak into the shorter ones; only float32 rounding may differ.
      expect(cosine(together[i], alone)).toBeGreaterThanOrEqual(0.99999);
    }
  });

  it('takes one picture as base64, data URI, byte array or Uint8Array', async () => {
    const bytes = readImage('rgb.png');
    const base64 = toBase64(bytes);
    const forms = [base64, `data:image/png;base64,${base64}`, Array.from(bytes), bytes];
    const answers = await Promise.all(forms.map((image) => edge.ai.run(node.info.id, { image })));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it.each(BROKEN_FILES)('refuses %s as the platform would and goes on working', async (name) => {
    await expect(edge.ai.run(node.info.id, { image: toBase64(readImage(name)) })).rejects.toThrow(/^5004: /);
    const [agreement] = await compareImages([readImage('baseline.jpg')]);
    expect(agreement).toBeGreaterThanOrEqual(MIN_COSINE);
  });

  it('names the picture of a list that is bad', async () => {
    const image = ['rgb.png', 'broken.png'].map((name) => toBase64(readImage(name)));
    await expect(edge.ai.run(node.info.id, { image })).rejects.toThrow(
      /^5004: image 1: The PNG cannot be decoded/,
    );
  });

  it.each([
    ['another model', 'openai/clip', { text: 'x' }, '5007: No such model openai/clip'],
    ['no input', 'tiny-clip', {}, '5004: expected either image or text'],
    ['both inputs', 'tiny-clip', { text: 'x', image: 'y' }, '5004: expected either image or text'],
    ['a picture that is no base64', 'tiny-clip', { image: '***' }, '5004: the image is no base64'],
    [
      'a number',
      'tiny-clip',
      { image: 7 },
      '5004: expected image (base64, data URI or bytes) or text, single or a list',
    ],
  ])('refuses %s', async (_, model, inputs, message) => {
    await expect(edge.ai.run(model, inputs)).rejects.toThrow(message);
  });
});
