import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { probabilityInterval } from '../../src/core/calibration/calibration.ts';
import { fuseCaptions } from '../../src/core/scoring/caption-fusion.ts';
import type { Calibrator, Fusion } from '../../src/core/scoring/selection-model.ts';
import { scoreFull } from '../../src/core/scoring/scoring.ts';
import { type SelectionRecord, decodeSelection, encodeSelection } from '../../src/format/selection-record.ts';
import { buildSelection } from './selection-builder.ts';

type Attention = Extract<Fusion, { kind: 'attention' }>;
type Isotonic = Extract<Calibrator, { kind: 'isotonic' }>;

const record = buildSelection(11, { dim: 6, k: 3, fusion: 'attention', calibrator: 'isotonic' });
const bytes = encodeSelection(record);
const KNOTS = 7;
/** Means and mask stand before the matrices. */
const MATRICES = 104 + 4 * (6 + 6 + 3);
const SCORES = MATRICES + 4 * (4 * 64 * 3 + 6);

function isotonicOf({ model: { calibrator } }: SelectionRecord): Isotonic {
  if (calibrator.kind !== 'isotonic') throw new Error(`expected isotonic, got ${calibrator.kind}`);
  return calibrator;
}

function attentionOf({ model: { fusion } }: SelectionRecord): Attention {
  if (fusion.kind !== 'attention') throw new Error(`expected attention, got ${fusion.kind}`);
  return fusion;
}

function resealed(change: (view: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  change(view);
  view.setUint32(copy.length - 4, zlibCrc32(copy.subarray(0, -4)), true);
  return copy;
}

function messageOf(broken: Uint8Array): string {
  try {
    decodeSelection(broken);
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
  throw new Error('decoded without an error');
}

describe('the bytes of attention and of isotonic regression', () => {
  it('lie where docs/kv-layout.md says', () => {
    const calibrator: Isotonic = {
      kind: 'isotonic',
      scores: Float64Array.of(-1, 2),
      probabilities: Float64Array.of(0.25, 0.5),
      low: Float64Array.of(0.125, 0.25),
      high: Float64Array.of(0.5, 0.75),
      baseRate: 0.5,
      matchThreshold: 0.75,
      mismatchThreshold: 0.25,
    };
    const numbers = (from: number): Float32Array => Float32Array.from({ length: 64 }, (_, i) => from + i);
    const fusion: Attention = {
      kind: 'attention',
      query: numbers(0),
      key: numbers(100),
      value: numbers(200),
      output: numbers(300),
    };
    const small: SelectionRecord = {
      encoder: { id: 'e', fingerprint: 'f' },
      strategy: 's',
      params: {},
      model: {
        dim: 1,
        k: 1,
        imageMean: null,
        textMean: null,
        projection: { kind: 'full' },
        fusion,
        calibrator,
      },
      relevance: Float32Array.of(5),
      metrics: {},
      seed: 0,
    };
    const json = '{"encoder":{"fingerprint":"f","id":"e"},"metrics":{},"params":{},"seed":0,"strategy":"s"}';
    const expected = Buffer.alloc(104 + 4 * (4 * 64 + 1) + 8 * 8 + json.length + 4);
    expected.write('ALQS', 0, 'latin1');
    expected.writeUInt16LE(1, 4);
    expected.writeUInt16LE(1, 6);
    expected.writeUInt32LE(expected.length, 8);
    expected.writeUInt32LE(1, 12);
    expected.writeUInt32LE(1, 16);
    expected.writeUInt8(0, 20);
    expected.writeUInt8(2, 21);
    expected.writeUInt16LE(2 + 4, 22);
    expected.writeUInt32LE(json.length, 24);
    expected.writeUInt32LE(2, 28);
    [0.5, 0.75, 0.25].forEach((value, i) => expected.writeDoubleLE(value, 72 + 8 * i));
    for (let i = 0; i < 256; i++) expected.writeFloatLE(100 * (i >> 6) + (i % 64), 104 + 4 * i);
    expected.writeFloatLE(5, 104 + 4 * 256);
    [-1, 2, 0.25, 0.5, 0.125, 0.25, 0.5, 0.75].forEach((value, i) =>
      expected.writeDoubleLE(value, 104 + 4 * 257 + 8 * i),
    );
    expected.write(json, 104 + 4 * 257 + 64, 'utf8');
    expected.writeUInt32LE(zlibCrc32(expected.subarray(0, -4)), expected.length - 4);
    expect(Buffer.from(encodeSelection(small)).toString('hex')).toBe(expected.toString('hex'));
    expect(decodeSelection(expected)).toEqual(small);
  });

  it('are refused at every length they may be cut to, and with any bit of the header flipped', () => {
    for (let length = 0; length < bytes.length; length += length < 200 ? 1 : 97) {
      expect(messageOf(bytes.subarray(0, length)), `cut to ${length}`).toMatch(/^Corrupt selection record/);
    }
    for (let bit = 0; bit < 104 * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(messageOf(flipped), `bit ${bit}`).toMatch(/^Corrupt selection record/);
    }
  });

  const cases: [string, (view: DataView) => void, string | RegExp][] = [
    ['no knots under their flag', (view) => view.setUint32(28, 0, true), '0 knots, expected 1 to 256'],
    // Were the count believed, 128 GiB would be allocated before the end of the bytes is met.
    [
      'a huge count of knots',
      (view) => view.setUint32(28, 0xffffffff, true),
      '4294967295 knots, expected 1 to 256',
    ],
    [
      'a knot too many',
      (view) => view.setUint32(28, KNOTS + 1, true),
      `length ${bytes.length}, expected ${bytes.length + 32}`,
    ],
    [
      'knots without their flag',
      (view) => view.setUint16(22, 3, true),
      /knots without isotonic regression 7/,
    ],
    ['attention that is not there', (view) => view.setUint8(21, 1), /length \d+, expected \d+$/],
    [
      'a slope beside knots',
      (view) => view.setFloat64(32, 1, true),
      'number 0 of Platt scaling 1, expected 0 beside knots',
    ],
    ['a bias beside attention', (view) => view.setFloat64(96, 1, true), 'bias 1, expected 0 without weights'],
    [
      'a NaN in query',
      (view) => view.setFloat32(MATRICES, NaN, true),
      'query NaN at 0, expected a finite number',
    ],
    [
      'an infinity in output',
      (view) => view.setFloat32(MATRICES + 4 * 3 * 64 * 3, -Infinity, true),
      'output -Infinity at 0, expected a finite number',
    ],
    [
      'a NaN score',
      (view) => view.setFloat64(SCORES, NaN, true),
      'scores NaN at 0, expected a finite number',
    ],
    [
      'scores so far apart that their difference overflows',
      (view) => view.setFloat64(SCORES, -1e308, true),
      /scores -1e\+308 at 0, expected at most/,
    ],
    [
      'scores that do not ascend',
      (view) => view.setFloat64(SCORES + 8, -5, true),
      /score -5 at 1 after .*, expected ascending/,
    ],
    [
      'a probability of 1',
      (view) => view.setFloat64(SCORES + 8 * (2 * KNOTS - 1), 1, true),
      'probabilities 1 at 6, expected between 0 and 1',
    ],
    [
      'a probability of 0',
      (view) => view.setFloat64(SCORES + 8 * KNOTS, 0, true),
      'probabilities 0 at 0, expected between 0 and 1',
    ],
    [
      'a probability that falls',
      (view) => view.setFloat64(SCORES + 8 * (KNOTS + 1), 0.01, true),
      /probabilities 0.01 at 1 after .*, expected none that falls/,
    ],
    [
      'an interval that does not hold the probability',
      (view) =>
        view.setFloat64(
          SCORES + 8 * (4 * KNOTS - 1),
          view.getFloat64(SCORES + 8 * (2 * KNOTS - 1), true) - 0.001,
          true,
        ),
      /high .*expected none that falls|interval .* at 6, expected around/,
    ],
  ];

  it.each(cases)('are refused for %s', (_name, change, detail) => {
    const message = messageOf(resealed(change));
    if (typeof detail === 'string') expect(message).toBe(`Corrupt selection record: ${detail}`);
    else expect(message).toMatch(detail);
  });
});

describe('a record with attention or isotonic regression that breaks a rule', () => {
  const withFusion = (change: Partial<Attention>): SelectionRecord => ({
    ...record,
    model: { ...record.model, fusion: { ...attentionOf(record), ...change } },
  });
  const withKnots = (change: Partial<Isotonic>): SelectionRecord => ({
    ...record,
    model: { ...record.model, calibrator: { ...isotonicOf(record), ...change } },
  });
  const none = new Float64Array();
  const cases: [string, SelectionRecord, string][] = [
    ['a short key', withFusion({ key: new Float32Array(64) }), 'key of 64 numbers, expected 192'],
    ['a short list', withKnots({ low: Float64Array.of(0.1) }), 'low of 1 knots, expected 7'],
    [
      'no knots',
      withKnots({ scores: none, probabilities: none, low: none, high: none }),
      '0 knots, expected 1 to 256',
    ],
    ['too many knots', withKnots({ scores: new Float64Array(257) }), '257 knots, expected 1 to 256'],
  ];

  it.each(cases)('is not written: %s', (_name, broken, problem) => {
    expect(() => encodeSelection(broken)).toThrow(new RangeError(`Invalid selection: ${problem}`));
  });
});

describe('a record that came back', () => {
  it('fuses captions to the bit as the one that was written', () => {
    const image = Float32Array.of(0.5, 0.5, 0.5, 0.5, 0, 0);
    const texts = [Float32Array.of(1, 0, 0, 0, 0, 0), Float32Array.of(0, 0.6, 0, 0, 0.8, 0)];
    expect(fuseCaptions(decodeSelection(bytes).model, image, texts)).toEqual(
      fuseCaptions(record.model, image, texts),
    );
  });
});

describe('a record of the largest numbers allowed', () => {
  it.each([1e100, -1e100])('gives an interval that is no NaN, with covariance and slope %d', (extreme) => {
    const record = buildSelection(8, { dim: 2, projection: 'full', means: false });
    const fusion = { kind: 'weighted', weights: Float32Array.of(-3.4e38, 3.4e38), bias: extreme } as const;
    const calibrator = {
      kind: 'platt' as const,
      baseRate: 0.5,
      matchThreshold: 0.75,
      mismatchThreshold: 0.25,
      slope: extreme,
      intercept: -1e100,
      covariance: [1e100, extreme, 1e100] as const,
    };
    const { model } = decodeSelection(
      encodeSelection({ ...record, model: { ...record.model, fusion, calibrator } }),
    );
    for (const score of [scoreFull(model, Float32Array.of(1, 0), Float32Array.of(1, 0)), 0, 1, -1]) {
      const [low, high] = probabilityInterval(model.calibrator, score);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeGreaterThanOrEqual(low);
    }
  });

  it('scores a finite number with a map and means at their most, and no record goes beyond', () => {
    const record = buildSelection(8, { dim: 2, k: 2, projection: 'map', fusion: 'weighted' });
    const at = (most: number): SelectionRecord => {
      const projection = { kind: 'map' as const, matrix: new Float32Array(4).fill(most) };
      const mean = Float32Array.of(-most, -most);
      return { ...record, model: { ...record.model, projection, imageMean: mean, textMean: mean } };
    };
    const { model } = decodeSelection(encodeSelection(at(9.9e14)));
    expect(scoreFull(model, Float32Array.of(1, 0), Float32Array.of(1, 0))).toBeLessThan(Infinity);
    expect(Number.isFinite(scoreFull(model, Float32Array.of(1, 0), Float32Array.of(0, 1)))).toBe(true);
    expect(() => encodeSelection(at(2e15))).toThrow(
      /imageMean .* at 0, expected at most 1000000000000000 either way/,
    );
  });
});
