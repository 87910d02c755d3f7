import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { storeMeanings } from '../../src/storage/meaning-store.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { samplePicture } from './pictures.ts';
import { ask, askWith, embedding, fullModel, otherEncoder, publish, recordOf } from './setup.ts';

const EXPLAIN = `query ($image: ImageInput!, $text: TextInput!, $selection: String!, $method: ExplainMethod, $first: Int) {
  explain(image: $image, text: $text, selection: $selection, method: $method) {
    __typename
    ... on Explanation {
      score method bias contributions(first: $first) { coordinate value words examples { caption picture } }
      rows columns heat seen overlay tokens { text share } truncated truncationKnown selection
    }
    ... on ItemError { code message }
  }
}`;

const IMAGE = [1, 2, -2, 0.5];
const TEXT = [2, 1, -1, 3];
const OF_PIXELS = 'explain-pixels';

let info: EncoderInfo;
let badger: string;

beforeAll(async () => {
  info = (await ask('{ encoder { id dim fingerprint } }')).data.encoder;
  const encoder = { id: info.id, fingerprint: info.fingerprint };
  await publish(OF_PIXELS, recordOf({ ...fullModel, dim: info.dim, k: info.dim }, { encoder }));
  badger = await samplePicture('a-badger.webp');
  // Loads both towers, which may take longer than a request may.
  await ask(EXPLAIN, { image: { base64: badger }, text: { text: 'a' }, selection: OF_PIXELS, first: 0 });
});

const oneVector = () => embedding(Array<number>(info.dim).fill(1), info.id);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, value) => total + value, 0);

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [sum(a) / a.length, sum(b) / b.length];
  const product = (x: readonly number[], meanX: number, y: readonly number[], meanY: number): number =>
    sum(x.map((value, i) => (value - meanX) * (y[i] - meanY)));
  const spread = Math.sqrt(product(a, meanA, a, meanA) * product(b, meanB, b, meanB));
  return product(a, meanA, b, meanB) / spread;
}

describe('explain by coordinate', () => {
  it.each(['identity', 'weighted', 'attention'] as const)('sums to the score: %s', async (fusion) => {
    const { model } = buildSelection(5, { dim: 4, k: 3, fusion, projection: 'mask' });
    const id = await publish(`explain-${fusion}`, { ...recordOf(model), encoder: otherEncoder });
    const { data } = await ask(EXPLAIN, {
      image: embedding(IMAGE),
      text: embedding(TEXT),
      selection: `explain-${fusion}`,
    });
    const { score, bias, contributions, selection, ...none } = data.explain;
    expect(selection).toBe(id);
    const values: number[] = contributions.map(({ value }: { value: number }) => value);
    expect(Math.abs(sum(values) + bias - score)).toBeLessThan(1e-5);
    const sizes = values.map(Math.abs);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    const kept = model.projection.kind === 'mask' ? [...model.projection.indices] : [];
    expect(contributions.map(({ coordinate }: { coordinate: number }) => coordinate).sort()).toEqual(kept);
    // An embedding has neither regions nor words.
    expect(none).toMatchObject({ method: 'NONE', rows: null, heat: null, overlay: null, tokens: [] });
    const { align } = (
      await ask(
        'query ($image: ImageInput!, $text: TextInput!, $selection: String!) { align(image: $image, text: $text, selection: $selection) { ... on Alignment { score } } }',
        { image: embedding(IMAGE), text: embedding(TEXT), selection: `explain-${fusion}` },
      )
    ).data;
    expect(align.score).toBe(score);
  });

  it('tells what the end of a coordinate stands for at which the image lies', async () => {
    const id = await publish(
      'explain-words',
      recordOf({ ...fullModel, fusion: { kind: 'identity' } }, { seed: 41 }),
    );
    const end = (name: string, i: number) => ({
      words: [`${name}-${i}`],
      examples: [{ caption: `a ${name}`, picture: null }],
    });
    const coordinates = [0, 1, 2, 3].map((i) => ({ high: end('high', i), low: end('low', i) }));
    await storeMeanings(env.SELECTIONS, id, { coordinates });
    const given = { image: embedding(IMAGE), text: embedding(TEXT), selection: 'explain-words' };
    const { data } = await ask(EXPLAIN, given);
    const words = data.explain.contributions.map(
      ({ coordinate, words: [word] }: { coordinate: number; words: string[] }) => `${coordinate} ${word}`,
    );
    expect(words.sort()).toEqual(['0 high-0', '1 high-1', '2 low-2', '3 high-3']);
    expect(data.explain.contributions[0].examples).toHaveLength(1);
  });

  it('gives as many as are asked for, and refuses fewer than none', async () => {
    await publish('explain-full', recordOf(fullModel));
    const given = { image: embedding(IMAGE), text: embedding(TEXT), selection: 'explain-full' };
    const two = await ask(EXPLAIN, { ...given, first: 2 });
    expect(two.data.explain.contributions).toHaveLength(2);
    const less = await ask(EXPLAIN, { ...given, first: -1 });
    expect(less.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_INPUT' } });
  });
});

describe('explain by region', () => {
  const pixels = (changes: object = {}) => ({
    image: { base64: badger },
    text: { text: 'a badger' },
    selection: OF_PIXELS,
    first: 0,
    // One run of the encoder.
    method: 'SHARES',
    ...changes,
  });

  it('gives exact shares of the score, and paints them over the picture', async () => {
    const { data } = await ask(EXPLAIN, pixels());
    const { score, method, rows, columns, heat, seen, overlay } = data.explain;
    expect(method).toBe('SHARES');
    expect([rows, columns, heat.length]).toEqual([7, 7, 49]);
    // The tower runs in float32, once for the embedding and once for its patches.
    expect(Math.abs(sum(heat) - score)).toBeLessThan(1e-5);
    expect(seen).toEqual([0, 0, 1, 1]);
    const bytes = await (await fetch(overlay)).bytes();
    const view = new DataView(bytes.buffer);
    expect(String.fromCharCode(...bytes.subarray(1, 4))).toBe('PNG');
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([336, 336]);
  });

  it('covers regions by the encoder where it does that best, and by itself where the encoder can only encode', async () => {
    const maps: number[][] = [];
    for (const patches of ['on', 'off']) {
      const { data } = await askWith({ AI_PATCHES: patches }, EXPLAIN, pixels({ method: 'AUTO' }));
      const { method, rows, columns, heat } = data.explain;
      expect([method, rows, columns, heat.length]).toEqual(['OCCLUSION', 7, 7, 49]);
      maps.push(heat);
    }
    const [encoders, own] = maps;
    // The encoder covers 49 parts, the Worker 16 larger ones of the same grid: they agree, and less when one is mirrored or turned.
    const seen = (at: (row: number, column: number) => number): number =>
      correlation(
        encoders,
        own.map((_, i) => own[at(Math.floor(i / 7), i % 7)]),
      );
    const upright = seen((row, column) => 7 * row + column);
    expect(upright).toBeGreaterThan(0.6);
    expect(seen((row, column) => 7 * row + 6 - column)).toBeLessThan(upright);
    expect(seen((row, column) => 7 * (6 - row) + column)).toBeLessThan(upright);
    expect(seen((row, column) => 7 * column + row)).toBeLessThan(upright);
  });

  it('works no regions out where none are asked for', async () => {
    const { data } = await ask(EXPLAIN, pixels({ method: 'NONE' }));
    expect(data.explain).toMatchObject({
      method: 'NONE',
      rows: null,
      columns: null,
      heat: null,
      overlay: null,
    });
  });

  it('refuses what cannot be had, and says what can', async () => {
    const none = await ask(EXPLAIN, pixels({ method: 'GRAD_ECLIP' }));
    expect(none.data.explain).toMatchObject({ code: 'BAD_INPUT' });
    expect(none.data.explain.message).toContain('(AUTO, OCCLUSION, SHARES, GRAD_CAM, NONE), got GRAD_ECLIP');
    const vector = oneVector();
    const given = await ask(EXPLAIN, pixels({ method: 'SHARES', image: vector }));
    expect(given.data.explain).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('got an embedding'),
    });
  });
});

describe('explain by word', () => {
  it('tells what each word adds: the score less that of the text without it', async () => {
    const text = 'a badger, on grass';
    const { data } = await ask(EXPLAIN, { image: { base64: badger }, text: { text }, selection: OF_PIXELS });
    const tokens: { text: string; share: number }[] = data.explain.tokens;
    expect(tokens.map((token) => token.text)).toEqual(['a', 'badger', 'on', 'grass']);
    const { data: without } = await ask(EXPLAIN, {
      image: { base64: badger },
      text: { text: 'a , on grass' },
      selection: OF_PIXELS,
    });
    expect(tokens[1].share).toBeCloseTo(data.explain.score - without.explain.score, 12);
    expect(tokens.toSorted((a, b) => b.share - a.share)[0].text).toBe('badger');
  });

  it('says that the end of a long text was not read, and where that is not known', async () => {
    const long = `badger ${'on grass '.repeat(64)}fox`;
    const given = (text: object) => ({ image: oneVector(), text, selection: OF_PIXELS, first: 0 });
    const told = (answer: Awaited<ReturnType<typeof ask>>): unknown[] => {
      const { truncated, truncationKnown, tokens } = answer.data.explain;
      return [truncated, truncationKnown, tokens.at(-1)?.share ?? null];
    };
    // What is behind the end adds nothing.
    expect(told(await ask(EXPLAIN, given({ text: long })))).toEqual([true, true, 0]);
    expect(told(await ask(EXPLAIN, given({ text: 'badger' }))).slice(0, 2)).toEqual([false, true]);
    expect(told(await ask(EXPLAIN, given(oneVector())))).toEqual([false, true, null]);
  });

  it('gives the whole score to an only word', async () => {
    const { data } = await ask(EXPLAIN, {
      image: { base64: badger },
      text: { text: 'badger' },
      selection: OF_PIXELS,
    });
    expect(data.explain.tokens).toEqual([{ text: 'badger', share: data.explain.score }]);
  });
});
