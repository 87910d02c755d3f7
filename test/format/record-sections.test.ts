import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type SelectionRecord, decodeSelection, encodeSelection } from '../../src/format/selection-record.ts';
import { buildSelection, withContrast } from './selection-builder.ts';

const SHAPE = { dim: 6, k: 3, domain: 'both' } as const;
/** Of one modality, dim 6, 3 axes, 5 knots: counts, means, scales, deviations, axes, numbers, table. */
const MODALITY_BYTES = 8 + 4 * (6 + 3 + 3) + 3 * 6 + 8 * 5 + 16 * 5;
/** Twice: 1, weights of any match, weights of a result. */
const ANY_MATCH_BYTES = 2 * 8 * (1 + 6 + 5);

describe('domain and any match of a record', () => {
  it.each(['both', 'image'] as const)('comes back equal: %s', (domain) => {
    for (const dim of [1, 2, 3, 9]) {
      const record = buildSelection(dim, { dim, k: 1, domain });
      const bytes = encodeSelection(record);
      expect(decodeSelection(bytes)).toEqual(record);
      expect(encodeSelection(decodeSelection(bytes))).toEqual(bytes);
    }
  });

  it('lies behind the metadata, and nothing before it moves', () => {
    const without = encodeSelection(buildSelection(3, { ...SHAPE, domain: undefined }));
    const record = buildSelection(3, SHAPE);
    const bytes = encodeSelection(record);
    expect(bytes.length).toBe(without.length + 8 + 2 * MODALITY_BYTES + 8 + ANY_MATCH_BYTES);
    // All but the length, the flags and the checksum.
    const start = without.length - 4;
    expect(bytes.subarray(24, start)).toEqual(without.subarray(24, start));
    const view = new DataView(bytes.buffer);
    expect([view.getUint16(22, true), view.getUint32(start, true)]).toEqual([3 | 32, 1]);
    expect(view.getUint32(start + 4, true)).toBe(2 * MODALITY_BYTES);
    expect([view.getUint32(start + 8, true), view.getUint32(start + 12, true)]).toEqual([3, 5]);
    expect(view.getFloat32(start + 16, true)).toBe(record.domain?.image?.mean[0]);
    expect(view.getInt8(start + 16 + 48)).toBe(record.domain?.image?.axes[0]);
    expect(view.getFloat64(start + 8 + MODALITY_BYTES - 8, true)).toBe(record.domain?.image?.shares[4]);
    const second = start + 8 + 2 * MODALITY_BYTES;
    expect([view.getUint32(second, true), view.getUint32(second + 4, true)]).toEqual([5, ANY_MATCH_BYTES]);
    expect(view.getFloat64(second + 8, true)).toBe(1);
    expect(view.getFloat64(second + 16, true)).toBe(record.anyMatch?.image?.any[0]);
    expect(view.getFloat64(bytes.length - 12, true)).toBe(record.anyMatch?.text?.result[4]);
  });

  it('is refused with any single bit flipped, and at every length it may be cut to', () => {
    const bytes = encodeSelection(buildSelection(4, SHAPE));
    const start = encodeSelection(buildSelection(4, { ...SHAPE, domain: undefined })).length - 4;
    for (let bit = start * 8; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(() => decodeSelection(flipped), `bit ${bit}`).toThrow(/expected/);
    }
    for (let length = start; length < bytes.length; length++) {
      // Cut between sections it is a whole record without the second.
      if (length === start + 8 + 2 * MODALITY_BYTES + 4) continue;
      const cut = resealed(bytes.slice(0, length), (view) => view.setUint32(8, length, true));
      expect(() => decodeSelection(cut), `cut to ${length}`).toThrow(/Corrupt selection record: .*expected/);
    }
  });

  const bytes = encodeSelection(buildSelection(6, SHAPE));
  const start = encodeSelection(buildSelection(6, { ...SHAPE, domain: undefined })).length - 4;
  const content = start + 8;
  const table = content + MODALITY_BYTES - 80;
  const anyMatch = content + 2 * MODALITY_BYTES + 8;
  const cases: [string, (view: DataView) => void, string | RegExp][] = [
    [
      'a weight that overflows',
      (view) => view.setFloat64(anyMatch + 8, 1e300, true),
      /weight 1e\+300, expected/,
    ],
    ['weights without their flag', (view) => view.setFloat64(anyMatch, 0, true), /flag 0, expected 1/],
    [
      'sections out of order',
      (view) => view.setUint32(anyMatch - 8, 1, true),
      /kind 1 after 1, expected ascending/,
    ],
    [
      'an unknown section',
      (view) => view.setUint32(start, 9, true),
      /section kind 9, expected 1 \(domain\), 2/,
    ],
    ['sections without their flag', (view) => view.setUint16(22, 3, true), /length \d+, expected \d+$/],
    [
      'a section that is longer than it is',
      (view) => view.setUint32(start + 4, 1e6, true),
      /section of 1000000 bytes/,
    ],
    ['more axes than dim', (view) => view.setUint32(content, 7, true), '7 axes of a domain, expected 1 to 6'],
    ['no axes but knots', (view) => view.setUint32(content, 0, true), '0 axes of a domain, expected 1 to 6'],
    [
      'too many knots',
      (view) => view.setUint32(content + 4, 65, true),
      '65 knots of a domain, expected 1 to 64',
    ],
    ['a NaN mean', (view) => view.setFloat32(content + 8, NaN, true), /images: mean NaN, expected a number/],
    ['a scale of 0', (view) => view.setFloat32(content + 32, 0, true), /images: scales 0, expected from/],
    ['a negative residual', (view) => view.setFloat64(table - 40, -1, true), /residual -1, expected 0 or/],
    ['a deviation of 0', (view) => view.setFloat64(table - 24, 0, true), /spreads 0, expected from/],
    [
      'equal distances',
      (view) => view.setFloat64(table + 8, view.getFloat64(table, true), true),
      /expected ascending/,
    ],
    ['a share above 1', (view) => view.setFloat64(table + 40, 1.5, true), /share 1.5 at 0, expected above 0/],
    [
      'rising shares',
      (view) => view.setFloat64(table + 48, 1, true),
      /share 1 at 1 after .*, expected descending/,
    ],
  ];

  it.each(cases)('is refused for %s, the checksum fitting', (_name, change, detail) => {
    expect(() => decodeSelection(resealed(bytes, change))).toThrow(detail);
  });

  it('is refused when it is written with another dim', () => {
    const record = buildSelection(1, SHAPE);
    const other: SelectionRecord = { ...record, ...pickDomain(buildSelection(1, { ...SHAPE, dim: 7 })) };
    expect(() => encodeSelection(other)).toThrow('domain of the images: 7 numbers of mean, expected 6');
  });
});

describe('the contrast of a record', () => {
  const record = withContrast(buildSelection(4, SHAPE), 0);
  const bytes = encodeSelection(record);
  const start = encodeSelection(buildSelection(4, SHAPE)).length - 4;
  /** 2 centres of dim 6; the texts have none. */
  const length = 8 + 4 * 6 + 4 * 2 + 12 + 16 + 8;

  it('comes back equal, behind everything else', () => {
    expect(decodeSelection(bytes)).toEqual(record);
    const view = new DataView(bytes.buffer);
    expect([0, 4, 8, 12].map((at) => view.getUint32(start + at, true))).toEqual([6, length, 2, 0]);
    expect(bytes.length).toBe(start + 8 + length + 4);
    const contrast = record.domain?.image?.contrast;
    expect(view.getFloat32(start + 16, true)).toBe(contrast?.weights[0]);
    expect(view.getFloat32(start + 40, true)).toBe(contrast?.scales[0]);
    expect(view.getInt8(start + 48)).toBe(contrast?.centres[0]);
    expect(view.getFloat64(start + 68, true)).toBe(contrast?.nearest);
  });

  it('is refused with any single bit flipped, and at every length it may be cut to', () => {
    for (let bit = start * 8; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(() => decodeSelection(flipped), `bit ${bit}`).toThrow(/expected/);
    }
    for (let cutTo = start + 1; cutTo < bytes.length; cutTo++) {
      if (cutTo === start + 4) continue; // Without the section it is whole.
      const cut = resealed(bytes.slice(0, cutTo), (view) => view.setUint32(8, cutTo, true));
      expect(() => decodeSelection(cut), `cut to ${cutTo}`).toThrow(/Corrupt selection record: .*expected/);
    }
  });

  const cases: [string, (view: DataView) => void, string | RegExp][] = [
    [
      'a NaN weight',
      (view) => view.setFloat32(start + 16, NaN, true),
      /images: weight NaN, expected a number/,
    ],
    ['a scale of 0', (view) => view.setFloat32(start + 40, 0, true), /images: scale 0, expected from/],
    [
      'too many centres',
      (view) => view.setUint32(start + 8, 65, true),
      '65 centres of a contrast, expected 0',
    ],
    [
      'a count too high',
      (view) => view.setUint32(start + 8, 3, true),
      /bytes of a contrast, expected at least/,
    ],
    ['a reserved number', (view) => view.setUint32(start + 12, 1, true), '1 in a contrast, expected 0'],
    [
      'an infinite weight',
      (view) => view.setFloat64(start + 60, Infinity, true),
      /weight Infinity, expected/,
    ],
  ];
  it.each(cases)('is refused for %s, the checksum fitting', (_name, change, detail) => {
    expect(() => decodeSelection(resealed(bytes, change))).toThrow(detail);
  });

  it('is refused where the record has no domain of that modality', () => {
    const onlyImages = withContrast(buildSelection(4, { ...SHAPE, domain: 'image' }), 0);
    const encoded = encodeSelection(onlyImages);
    expect(decodeSelection(encoded)).toEqual(onlyImages);
    // The centres and weights of the images said to be those of the texts.
    const at = encodeSelection(buildSelection(4, { ...SHAPE, domain: 'image' })).length - 4 + 8;
    const swapped = encoded.slice();
    swapped.set(encoded.subarray(at + length - 8, at + length), at);
    swapped.set(encoded.subarray(at, at + length - 8), at + 8);
    expect(() => decodeSelection(resealed(swapped, () => undefined))).toThrow(
      'a contrast of the texts without their domain, expected none',
    );
  });
});

describe('the rows of a record', () => {
  const shape = { dim: 6, k: 3, domain: undefined, bits: 4 } as const;
  const bytes = encodeSelection(buildSelection(6, shape));
  const start = encodeSelection(buildSelection(6, { ...shape, bits: 0 })).length - 4;

  it.each([4, 1] as const)('come back equal, of codes of %i bits', (bits) => {
    for (const projection of ['full', 'mask', 'map', 'maps'] as const) {
      const record = buildSelection(bits, { projection, bits });
      const encoded = encodeSelection(record);
      expect(decodeSelection(encoded)).toEqual(record);
      const { rows, ...plain } = record;
      expect(rows?.bits).toBe(bits);
      // Two float32 a coordinate, and three u32 that say so.
      expect(encoded.length - encodeSelection(plain).length).toBe(12 + 2 * 4 * record.model.k);
    }
  });

  it('lie behind the metadata and the domain', () => {
    const record = buildSelection(6, shape);
    const view = new DataView(bytes.buffer);
    expect([0, 4, 8].map((at) => view.getUint32(start + at, true))).toEqual([2, 4 + 4 * 6, 4]);
    expect(view.getFloat32(start + 12, true)).toBe(record.rows?.image[0]);
    expect(view.getFloat32(start + 12 + 4 * 3, true)).toBe(record.rows?.text[0]);
    const both = buildSelection(6, { ...shape, domain: 'both' });
    expect(decodeSelection(encodeSelection(both))).toEqual(both);
  });

  it('are refused at every length they may be cut to, and with any single bit flipped', () => {
    for (let length = start; length < bytes.length; length++) {
      const cut = resealed(bytes.slice(0, length), (view) => view.setUint32(8, length, true));
      expect(() => decodeSelection(cut), `cut to ${length}`).toThrow(/Corrupt selection record: .*expected/);
    }
    for (let bit = start * 8; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(() => decodeSelection(flipped), `bit ${bit}`).toThrow(/expected/);
    }
  });

  it.each([
    [
      { bits: 4, image: new Float32Array(3), text: new Float32Array(2) },
      'text steps of 2 numbers, expected 3',
    ],
    [
      { bits: 1, image: Float32Array.of(1, 0, -1), text: new Float32Array(3) },
      'image steps -1 at 2, expected',
    ],
    [
      { bits: 4, image: new Float32Array(3), text: Float32Array.of(1, NaN, 1) },
      'text steps NaN at 1, expected',
    ],
  ] as const)('are not written broken: %j', (rows, problem) => {
    expect(() => encodeSelection({ ...buildSelection(6, shape), rows })).toThrow(
      `Invalid selection: ${problem}`,
    );
  });

  const cases: [string, (view: DataView) => void, string | RegExp][] = [
    ['codes of other bits', (view) => view.setUint32(start + 8, 8, true), 'codes of 8 bits, expected 1 or 4'],
    ['a step below 0', (view) => view.setFloat32(start + 12, -1, true), 'image steps -1 at 0, expected 0 to'],
    ['a NaN step', (view) => view.setFloat32(start + 24, NaN, true), 'text steps NaN at 0, expected 0 to'],
    [
      'a section of another length',
      (view) => view.setUint32(start + 4, 24, true),
      'rows of 24 bytes, expected 28',
    ],
    ['the kind of another section', (view) => view.setUint32(start, 1, true), /knots of a domain, expected/],
  ];

  it.each(cases)('are refused for %s, the checksum fitting', (_name, change, detail) => {
    expect(() => decodeSelection(resealed(bytes, change))).toThrow(detail);
  });
});

function pickDomain({ domain }: SelectionRecord): Pick<SelectionRecord, 'domain'> {
  return domain === undefined ? {} : { domain };
}

function resealed(bytes: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  change(view);
  view.setUint32(copy.length - 4, zlibCrc32(copy.subarray(0, -4)), true);
  return copy;
}
