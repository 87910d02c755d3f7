import { createHash } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  type SelectionRecord,
  decodeSelection,
  encodeSelection,
  selectionId,
} from '../../src/format/selection-record.ts';
import { buildSelection, seededRandom } from './selection-builder.ts';

const SHAPES = (['full', 'mask', 'map', 'maps'] as const).flatMap((projection) =>
  (['identity', 'weighted', 'attention'] as const).flatMap((fusion) =>
    [true, false].flatMap((means) =>
      [true, false].flatMap((relevance) =>
        (['platt', 'isotonic'] as const).map((calibrator) => ({
          projection,
          fusion,
          means,
          relevance,
          calibrator,
        })),
      ),
    ),
  ),
);

/** The bytes with a change, and a checksum that fits again: what is left is for the other checks to find. */
function resealed(bytes: Uint8Array, change: (view: DataView, copy: Uint8Array) => void): Uint8Array {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  change(view, copy);
  view.setUint32(copy.length - 4, zlibCrc32(copy.subarray(0, -4)), true);
  return copy;
}

const corrupt = (detail: string | RegExp): object =>
  expect.objectContaining({
    name: 'AppError',
    code: 'STORAGE_FAILED',
    message:
      typeof detail === 'string' ? `Corrupt selection record: ${detail}` : expect.stringMatching(detail),
  }) as object;

const PLATT = {
  kind: 'platt',
  slope: 4,
  intercept: -1,
  covariance: [1, 0.1, 1],
  baseRate: 0.5,
  matchThreshold: 0.75,
  mismatchThreshold: 0.25,
} as const;

/** What decoding threw; fails the test when it threw nothing. */
function decodeError(bytes: Uint8Array): unknown {
  try {
    decodeSelection(bytes);
  } catch (error) {
    return error;
  }
  throw new Error('decoded without an error');
}

function withModel(record: SelectionRecord, change: Partial<SelectionRecord['model']>): SelectionRecord {
  return { ...record, model: { ...record.model, ...change } };
}

describe('a record of every shape', () => {
  it.each(SHAPES)(
    'comes back equal: $projection, $fusion, $calibrator, means $means, relevance $relevance',
    (shape) => {
      for (let seed = 0; seed < 8; seed++) {
        const random = seededRandom(seed);
        const dim = 1 + Math.floor(random() * 40);
        const k = 1 + Math.floor(random() * dim);
        const record = buildSelection(seed, { ...shape, dim, k, evidence: seed % 2 === 1 });
        const bytes = encodeSelection(record);
        expect(decodeSelection(bytes), `seed ${seed}`).toEqual(record);
        expect(encodeSelection(decodeSelection(bytes)), `seed ${seed}`).toEqual(bytes);
      }
    },
  );

  it('comes back from an odd offset inside a larger buffer', () => {
    const record = buildSelection(3);
    const bytes = encodeSelection(record);
    const buffer = new Uint8Array(bytes.length + 20).fill(0xee);
    buffer.set(bytes, 7);
    expect(decodeSelection(buffer.subarray(7, 7 + bytes.length))).toEqual(record);
  });
});

describe('the bytes', () => {
  it('lie where docs/kv-layout.md says', () => {
    const record: SelectionRecord = {
      encoder: { id: 'e', fingerprint: 'f' },
      strategy: 's',
      params: {},
      model: {
        dim: 3,
        k: 2,
        imageMean: Float32Array.of(1, 2, 3),
        textMean: Float32Array.of(4, 5, 6),
        projection: { kind: 'mask', indices: Uint32Array.of(0, 2) },
        fusion: { kind: 'weighted', weights: Float32Array.of(7, 8), bias: 9 },
        calibrator: {
          kind: 'platt',
          slope: 10,
          intercept: 11,
          covariance: [12, 13, 14],
          baseRate: 0.5,
          matchThreshold: 0.75,
          mismatchThreshold: 0.25,
        },
      },
      relevance: Float32Array.of(15, 16, 17),
      metrics: {},
      seed: 0,
    };
    const json = '{"encoder":{"fingerprint":"f","id":"e"},"metrics":{},"params":{},"seed":0,"strategy":"s"}';
    const expected = Buffer.alloc(104 + 4 * (6 + 2 + 2 + 3) + json.length + 4);
    expected.write('ALQS', 0, 'latin1');
    expected.writeUInt16LE(1, 4);
    expected.writeUInt16LE(1, 6);
    expected.writeUInt32LE(expected.length, 8);
    expected.writeUInt32LE(3, 12);
    expected.writeUInt32LE(2, 16);
    expected.writeUInt8(1, 20);
    expected.writeUInt8(1, 21);
    expected.writeUInt16LE(3, 22);
    expected.writeUInt32LE(json.length, 24);
    [10, 11, 12, 13, 14, 0.5, 0.75, 0.25, 9].forEach((value, i) => expected.writeDoubleLE(value, 32 + 8 * i));
    [1, 2, 3, 4, 5, 6].forEach((value, i) => expected.writeFloatLE(value, 104 + 4 * i));
    [0, 2].forEach((value, i) => expected.writeUInt32LE(value, 128 + 4 * i));
    [7, 8, 15, 16, 17].forEach((value, i) => expected.writeFloatLE(value, 136 + 4 * i));
    expected.write(json, 156, 'utf8');
    expected.writeUInt32LE(zlibCrc32(expected.subarray(0, -4)), expected.length - 4);
    expect(Buffer.from(encodeSelection(record)).toString('hex')).toBe(expected.toString('hex'));
  });

  it('keep the hash they had before there was attention or isotonic regression', async () => {
    // SHA-256 of these records as the first release wrote them: published ids stay good.
    const ids = await Promise.all(
      [buildSelection(1), buildSelection(2, { fusion: 'identity', projection: 'map' })].map((record) =>
        selectionId(encodeSelection(record)),
      ),
    );
    expect(ids).toEqual([
      'e4ff7c9151a6a4e24db7d6ff4da4361c166f2363654be1e89842a0e4c51f5fb7',
      '0cd1e56ac21539d6680d46d3153cca030c64e346b70f0dbc550902c1b4291a12',
    ]);
  });

  it('are the same whatever order the JSON keys were set in', () => {
    const record = buildSelection(1);
    const a = encodeSelection({ ...record, params: { b: 1, a: { d: 2, c: 3 } } });
    const b = encodeSelection({ ...record, params: { a: { c: 3, d: 2 }, b: 1 } });
    expect(a).toEqual(b);
  });

  it('differ when any part of the record does', async () => {
    const record = buildSelection(1);
    const changed: SelectionRecord[] = [
      { ...record, seed: 2 },
      { ...record, strategy: 'variance' },
      { ...record, encoder: { ...record.encoder, fingerprint: 'b' } },
      { ...record, params: {} },
      { ...record, metrics: {} },
      { ...record, relevance: null },
      { ...record, rows: { bits: 4, image: new Float32Array(5), text: new Float32Array(5) } },
      { ...record, rows: { bits: 1, image: new Float32Array(5), text: new Float32Array(5) } },
      withModel(record, { imageMean: null, textMean: null }),
      withModel(record, { fusion: { kind: 'identity' } }),
      withModel(record, { calibrator: { ...record.model.calibrator, baseRate: 0.25 } }),
    ];
    const ids = await Promise.all([record, ...changed].map((each) => selectionId(encodeSelection(each))));
    expect(new Set(ids).size).toBe(changed.length + 1);
  });

  it('have the SHA-256 that Node computes as their id', async () => {
    const bytes = encodeSelection(buildSelection(5));
    expect(await selectionId(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});

describe('damaged bytes', () => {
  it('are refused at every length they may be cut to', () => {
    const bytes = encodeSelection(buildSelection(2));
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeError(bytes.subarray(0, length)), `cut to ${length}`).toEqual(corrupt(/expected/));
    }
    expect(decodeError(bytes.subarray(0, 20))).toEqual(corrupt('20 bytes, expected at least 108'));
    const cut = bytes.length - 1;
    expect(decodeError(bytes.subarray(0, cut))).toEqual(corrupt(`length ${cut}, expected ${bytes.length}`));
  });

  it('are refused with bytes after the end', () => {
    const bytes = encodeSelection(buildSelection(2));
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    expect(decodeError(longer)).toEqual(corrupt(`length ${bytes.length + 1}, expected ${bytes.length}`));
  });

  it('are refused with any single bit flipped', () => {
    const bytes = encodeSelection(buildSelection(4, { dim: 6, k: 3 }));
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(decodeError(flipped), `bit ${bit}`).toEqual(corrupt(/expected/));
    }
  });

  it('name both checksums', () => {
    const bytes = encodeSelection(buildSelection(4));
    const right = zlibCrc32(bytes.subarray(0, -4)).toString(16).padStart(8, '0');
    bytes.set([0, 0, 0, 0], bytes.length - 4);
    expect(decodeError(bytes)).toEqual(corrupt(`checksum 0x00000000, expected 0x${right}`));
  });
});

describe('bytes with a fitting checksum', () => {
  const bytes = encodeSelection(buildSelection(6, { dim: 12, k: 5 }));
  const cases: [string, (view: DataView, copy: Uint8Array) => void, string | RegExp][] = [
    ['another magic', (view) => view.setUint32(0, 1, true), 'magic 0x00000001, expected 0x53514c41'],
    ['a newer version', (view) => view.setUint16(4, 2, true), 'version 2, expected 1'],
    ['another type', (view) => view.setUint16(6, 9, true), 'type 9, expected 1'],
    ['unknown flags', (view) => view.setUint16(22, 3 | (1 << 15), true), 'unknown flags 32768, expected 0'],
    [
      'knots without their flag',
      (view) => view.setUint32(28, 5, true),
      'knots without isotonic regression 5, expected 0',
    ],
    ['dim 0', (view) => view.setUint32(12, 0, true), 'dim 0, expected 1 to 16384'],
    // Were the dim believed, 32 GiB would be allocated before the end of the bytes is met.
    ['a huge dim', (view) => view.setUint32(12, 0xffffffff, true), 'dim 4294967295, expected 1 to 16384'],
    ['k over dim', (view) => view.setUint32(16, 13, true), 'k 13, expected 1 to dim (12)'],
    [
      'another k',
      (view) => view.setUint32(16, 6, true),
      `length ${bytes.length}, expected ${bytes.length + 8}`,
    ],
    ['a map that is not there', (view) => view.setUint8(20, 2), /length \d+, expected \d+$/],
    [
      'an unknown projection',
      (view) => view.setUint8(20, 4),
      'projection kind 4, expected 0 (full), 1 (mask), 2 (map), 3 (maps)',
    ],
    [
      'an unknown fusion',
      (view) => view.setUint8(21, 3),
      'fusion kind 3, expected 0 (identity), 1 (weighted), 2 (attention)',
    ],
    ['huge metadata', (view) => view.setUint32(24, 0xffffffff, true), /4294967295 bytes of metadata/],
    ['a NaN mean', (view) => view.setFloat32(104, NaN, true), 'imageMean NaN at 0, expected a finite number'],
    [
      'an infinite weight',
      (view) => view.setFloat32(220, Infinity, true),
      /^.*weights Infinity at 0, expected/,
    ],
    ['an index at dim', (view) => view.setUint32(216, 12, true), 'index 12 at 4, expected below dim (12)'],
    [
      'equal indices',
      (view) => view.setUint32(204, view.getUint32(200, true), true),
      /index (\d+) at 1 after \1, expected ascending/,
    ],
    ['a NaN slope', (view) => view.setFloat64(32, NaN, true), 'slope NaN, expected a finite number'],
    [
      'a NaN covariance',
      (view) => view.setFloat64(56, NaN, true),
      'covariance NaN at 1, expected a finite number',
    ],
    [
      'a slope that overflows',
      (view) => view.setFloat64(32, -2e100, true),
      'slope -2e+100, expected at most 1e+100 either way',
    ],
    [
      'a variance that overflows',
      (view) => view.setFloat64(64, 1e308, true),
      'covariance 1e+308 at 2, expected at most 1e+100 either way',
    ],
    [
      'a bias that overflows',
      (view) => view.setFloat64(96, 1e308, true),
      'bias 1e+308, expected at most 1e+100 either way',
    ],
    [
      'a negative variance',
      (view) => view.setFloat64(48, -1, true),
      /variances -1 and .*, expected none below 0/,
    ],
    ['a base rate of 1', (view) => view.setFloat64(72, 1, true), 'baseRate 1, expected between 0 and 1'],
    [
      'crossed thresholds',
      (view) => view.setFloat64(88, 1, true),
      /thresholds 1 and .*, expected 0 <= mismatch <= match <= 1/,
    ],
    [
      'an infinite bias',
      (view) => view.setFloat64(96, Infinity, true),
      'bias Infinity, expected a finite number',
    ],
    ['broken UTF-8', (_, copy) => copy.set([0xff], copy.length - 20), 'metadata that is not JSON in UTF-8'],
    ['JSON cut short', (_, copy) => copy.set([0x20], copy.length - 5), 'metadata that is not JSON in UTF-8'],
    [
      'an unnamed field',
      (_, copy) => copy.set(Buffer.from('"speed"'), Buffer.from(copy).lastIndexOf('"seed":6')),
      /metadata/,
    ],
  ];

  it.each(cases)('are refused for %s', (_name, change, detail) => {
    expect(decodeError(resealed(bytes, change))).toEqual(corrupt(detail));
  });

  it('are refused when the metadata is not canonical', () => {
    const text = Buffer.from(bytes).toString('latin1');
    const swapped = text.replace('"centred":true,"neighbours":3', '"neighbours":3,"centred":true');
    expect(swapped).not.toBe(text);
    const copy = resealed(Buffer.from(swapped, 'latin1'), () => undefined);
    expect(decodeError(copy)).toEqual(
      corrupt('metadata that is not in canonical form, or has unknown fields'),
    );
  });

  it('are refused for a bias beside identity fusion', () => {
    const identity = encodeSelection(buildSelection(6, { fusion: 'identity' }));
    const changed = resealed(identity, (view) => view.setFloat64(96, 1, true));
    expect(decodeError(changed)).toEqual(corrupt('bias 1, expected 0 without weights'));
  });
});

describe('a record that breaks a rule', () => {
  const record = buildSelection(7, { dim: 8, k: 3 });
  const cases: [string, SelectionRecord, string][] = [
    ['fractional dim', withModel(record, { dim: 7.5 }), 'dim 7.5, expected an integer from 1 to 16384'],
    ['k over dim', withModel(record, { k: 9 }), 'k 9, expected an integer from 1 to 8'],
    [
      'one mean',
      withModel(record, { textMean: null }),
      'one mean without the other, expected both or neither',
    ],
    [
      'a short mean',
      withModel(record, { textMean: new Float32Array(7) }),
      'textMean of 7 numbers, expected 8',
    ],
    [
      'full with k < dim',
      withModel(record, { projection: { kind: 'full' } }),
      'k 3 without a projection, expected dim (8)',
    ],
    [
      'descending indices',
      withModel(record, { projection: { kind: 'mask', indices: Uint32Array.of(2, 1, 3) } }),
      'index 1 at 1 after 2, expected ascending',
    ],
    [
      'too few indices',
      withModel(record, { projection: { kind: 'mask', indices: Uint32Array.of(1) } }),
      '1 indices, expected k (3)',
    ],
    [
      'a short matrix',
      withModel(record, { projection: { kind: 'map', matrix: new Float32Array(8) } }),
      'matrix of 8 numbers, expected 24',
    ],
    [
      'NaN intercept',
      withModel(record, { calibrator: { ...PLATT, intercept: NaN } }),
      'intercept NaN, expected a finite number',
    ],
    [
      'a short relevance',
      { ...record, relevance: new Float32Array(3) },
      'relevance of 3 numbers, expected 8',
    ],
    [
      'no encoder',
      { ...record, encoder: { id: '', fingerprint: 'f' } },
      'encoder id of 0 characters, expected 1 to 256',
    ],
    ['a fractional seed', { ...record, seed: 0.5 }, 'seed 0.5, expected an integer'],
  ];

  it.each(cases)('is not written: %s', (_name, broken, problem) => {
    expect(() => encodeSelection(broken)).toThrow(new RangeError(`Invalid selection: ${problem}`));
  });

  it('is not written with NaN in its metrics, which JSON would turn into null', () => {
    expect(() => encodeSelection({ ...record, metrics: { auc: NaN } })).toThrow(
      new RangeError('JSON holds no NaN; use null'),
    );
  });
});
