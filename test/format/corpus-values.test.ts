import { describe, expect, it } from 'vitest';
import { type FieldColumn, decodeFields, encodeFields } from '../../src/format/corpus-fields.ts';
import { decodeItems, encodeItems } from '../../src/format/corpus-items.ts';
import {
  type CorpusManifest,
  chunkCapacity,
  decodeManifest,
  encodeManifest,
  memoryBytes,
  scannedShape,
  segmentCapacity,
} from '../../src/format/corpus-manifest.ts';
import { decodeVectors, encodeVectors, readVectors } from '../../src/format/corpus-vectors.ts';
import { corpusKey } from '../../src/format/kv-keys.ts';
import { openParts, sealJson, sealValue } from '../../src/format/stored-value.ts';
import { storageError } from './storage-error.ts';

const vectors = {
  count: 2,
  dim: 3,
  columns: [Float32Array.of(0.5, -1), Float32Array.of(2, 0)],
  rows: Int8Array.of(1, -127, 3, 0, 0, 127),
};
const shape = { count: 2, dim: 3, columns: 2 };
const items = [
  { id: 'a', metadata: '{"n":1}' },
  { id: 'ü\u{1f98a}', metadata: null },
  { id: 'b', metadata: null, thumbnail: '0123456789abcdef'.repeat(2) },
];
const fields: FieldColumn[] = [
  { name: 'colour', values: ['red', 'é'], codes: Uint32Array.of(1, 0, 2) },
  { name: 'empty', values: [], codes: new Uint32Array(3) },
];

/** Every value, with what reads it back. */
const values = [
  ['vectors', encodeVectors(vectors), (bytes: Uint8Array) => decodeVectors(bytes, shape), vectors],
  ['items', encodeItems(items), (bytes: Uint8Array) => decodeItems(bytes, 3), items],
  ['fields', encodeFields(3, fields), (bytes: Uint8Array) => decodeFields(bytes, 3), fields],
] as const;

describe.each(values)('a value of %s', (type, bytes, decode, expected) => {
  it('reads back as it was', () => expect(decode(bytes)).toEqual(expected));

  it('reads back from any place in a buffer', () => {
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decode(shifted.subarray(3))).toEqual(expected);
  });

  it('is refused without a whole shape at its beginning', () => {
    for (const length of [0, 1, 15]) {
      expect(() => decode(bytes.slice(0, length)), `length ${length}`).toThrow(
        storageError(new RegExp(`^Corrupt corpus ${type}: ${length} bytes, expected at least 16`)),
      );
    }
    expect(() => decode(bytes.map((byte, i) => (i === 12 ? 1 : byte)))).toThrow(storageError(/a shape of/));
  });
});

describe('values of another kind or shape', () => {
  it('are refused, naming both', () => {
    expect(() => decodeItems(encodeVectors(vectors), 2)).toThrow(storageError(/no JSON/));
    expect(() => decodeVectors(encodeVectors(vectors), { ...shape, dim: 4 })).toThrow(
      storageError(/2 of 3 with 2 columns, expected 2 of 4 with 2/),
    );
    expect(() => decodeItems(encodeItems(items), 2)).toThrow(storageError(/no list of 2 items/));
    const strange = encodeItems([{ id: 'a', metadata: null, thumbnail: '../name' }]);
    expect(() => decodeItems(strange, 1)).toThrow(storageError(/an item that is not \[id\]/));
    expect(() => decodeFields(encodeFields(3, fields), 2)).toThrow(storageError(/of 3 vectors, expected 2/));
  });

  it('are refused when codes name values that are not there', () => {
    const broken = [{ name: 'colour', values: ['red'], codes: Uint32Array.of(1, 2, 0) }];
    expect(() => decodeFields(encodeFields(3, broken), 3)).toThrow(storageError(/code 2 of 1 values/));
  });
});

const LABEL = 'a label';

/** The payload of sealed vectors that come in parts of so many bytes. */
async function payloadInParts(bytes: Uint8Array, size: number, label = LABEL): Promise<Uint8Array> {
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
  }
  const payload: number[] = [];
  await readVectors(openParts(parts(), label), shape, (part, offset) => {
    expect(offset).toBe(payload.length);
    payload.push(...part);
  });
  return Uint8Array.from(payload);
}

describe('readVectors', () => {
  const bytes = sealValue(LABEL, encodeVectors(vectors));

  it('hands on the columns and then the rows, little-endian, as the scan takes them', async () => {
    const view = new DataView((await payloadInParts(bytes, bytes.length)).buffer);
    expect([0, 4, 8, 12].map((at) => view.getFloat32(at, true))).toEqual([0.5, -1, 2, 0]);
    expect([16, 17, 18, 19, 20, 21].map((at) => view.getInt8(at))).toEqual([...vectors.rows]);
    expect(view.byteLength).toBe(22);
  });

  it('gives the same however the bytes are cut', async () => {
    const whole = await payloadInParts(bytes, bytes.length);
    for (let size = 1; size < bytes.length; size++) {
      expect(await payloadInParts(bytes, size), `parts of ${size}`).toEqual(whole);
    }
  });

  it('refuses any one byte that differs, and a value cut or longer, however it is cut', async () => {
    for (const size of [1, 7, bytes.length]) {
      for (let at = 0; at < bytes.length; at++) {
        const damaged = bytes.slice();
        damaged[at] ^= 0x10;
        await expect(payloadInParts(damaged, size), `byte ${at}`).rejects.toThrow(storageError(/^Corrupt /));
      }
      for (let length = 0; length < bytes.length; length++) {
        await expect(payloadInParts(bytes.slice(0, length), size), `length ${length}`).rejects.toThrow(
          storageError(/^Corrupt /),
        );
      }
      await expect(payloadInParts(Uint8Array.of(...bytes, 0), size)).rejects.toThrow(
        storageError(/more than/),
      );
      await expect(payloadInParts(bytes, size, 'other')).rejects.toThrow(
        storageError(/it says that it is "a labe"/),
      );
    }
  });
});

describe('encodeVectors', () => {
  it('refuses rows and columns that do not fit', () => {
    expect(() => encodeVectors({ ...vectors, count: 3 })).toThrow(RangeError);
    expect(() => encodeVectors({ ...vectors, columns: [Float32Array.of(1)] })).toThrow(RangeError);
  });
});

const manifest: CorpusManifest = {
  selection: 'a'.repeat(64),
  encoder: { id: 'tiny-clip', fingerprint: 'f'.repeat(64) },
  modality: 'image',
  dim: 4,
  k: 3,
  plan: 'compact',
  rerank: 200,
  fields: ['colour'],
  coding: { mean: [0.1, 0, -0.5, 0.25], spread: [1, 0.5, 2, 0.125], fittedOn: 65_538 },
  segments: [{ id: 'b'.repeat(64), count: 65_535 }],
  retired: [{ id: 'd'.repeat(64), count: 3, dim: 512, retiredAt: '2026-11-24T03:00:00.000Z' }],
  createdAt: '2026-11-24T03:00:00.000Z',
  updatedAt: '2026-11-25T03:00:00.000Z',
};

describe('a manifest', () => {
  it('reads back as it was', () => {
    const coded: CorpusManifest = { ...manifest, codes: { bits: 4, steps: [0.5, 0, 2] } };
    for (const value of [manifest, coded]) {
      expect(decodeManifest(encodeManifest(value, 'shop'), 'shop')).toEqual(value);
    }
  });

  it.each([
    [[], /selection/],
    [{ selection: 3 }, /selection/],
    [{ ...manifest, plan: 'fast' }, /plan/],
    [{ ...manifest, k: 5 }, /k above dim/],
    [{ ...manifest, segments: [{ id: 'x', count: 1 }] }, /segments\.0\.id/],
    [{ ...manifest, extra: 1 }, /extra/],
    [{ ...manifest, updatedAt: 'yesterday' }, /updatedAt/],
    [{ ...manifest, coding: { ...manifest.coding, mean: [1] } }, /coding of another length/],
    [{ ...manifest, codes: { bits: 4, steps: [1, 2] } }, /codes of another length than k/],
    [
      { ...manifest, plan: 'full', codes: { bits: 4, steps: [1, 2, 3] } },
      /codes or an engine under plan full/,
    ],
    [{ ...manifest, codes: { bits: 2, steps: [1, 2, 3] } }, /codes\.bits/],
    [{ ...manifest, codes: { bits: 4, steps: [1, -2, 3] } }, /codes\.steps\.1/],
    [{ ...manifest, codes: { bits: 4, steps: [1, 1e300, 3] } }, /codes\.steps\.1/],
    [{ ...manifest, coding: { ...manifest.coding, spread: [1, 0, 1, 1] } }, /coding.spread.1/],
  ])('is refused as corrupt: %j', (value, reason) => {
    const text = sealJson(corpusKey('shop'), value);
    expect(() => decodeManifest(text, 'shop')).toThrow(storageError(reason));
    expect(() => decodeManifest(text, 'shop')).toThrow(/^Corrupt corpus "shop": /);
  });

  it('is refused as that of another corpus, and as an earlier version wrote it', () => {
    expect(() => decodeManifest(encodeManifest(manifest, 'shop'), 'store')).toThrow(
      storageError(/it says that it is "corpus:v2:name:shop"/),
    );
    const old = new TextEncoder().encode(JSON.stringify(manifest));
    expect(() => decodeManifest(old, 'shop')).toThrow(storageError(/does not begin as stored values do/));
  });

  it('tells how large segments and chunks are', () => {
    // 4 MiB less 8 over 60 int8 and a scale, a multiple of 16; 64 KiB over 512 int8, a scale and a factor.
    const large = { ...manifest, dim: 512, k: 60 };
    expect(scannedShape(large)).toEqual({ dim: 60, columns: 1 });
    expect(segmentCapacity(large)).toBe(65_520);
    expect(chunkCapacity(512)).toBe(112);
    expect(scannedShape({ ...large, plan: 'full' })).toEqual({ dim: 512, columns: 2 });
    expect(chunkCapacity(1_000_000)).toBe(1);
    // Codes alone: 128 of int4 or 512 signs take 64 bytes, and 16 bytes of the slot stay free.
    for (const [bits, k] of [
      [4, 128],
      [1, 512],
    ] as const) {
      const coded = { plan: 'compact', dim: 512, k, codes: { bits } } as const;
      expect(scannedShape(coded)).toEqual({ dim: 64, columns: 0 });
      expect(segmentCapacity(coded)).toBe(65_520);
    }
  });

  it('tells the memory of a corpus by the slots that its segments take', () => {
    const mebibytes = (vectors: number, shape: Pick<CorpusManifest, 'plan' | 'dim' | 'k'>): number =>
      memoryBytes(vectors, shape) / 2 ** 20;
    expect(
      [0, 1, 65_520, 65_521].map((vectors) => mebibytes(vectors, { plan: 'compact', dim: 512, k: 60 })),
    ).toEqual([0, 4, 4, 8]);
    // 8 MiB of vectors exactly, but neither of two slots holds half of them.
    expect(mebibytes((8 * 2 ** 20) / 1024, { plan: 'full', dim: 1016, k: 1016 })).toBe(12);
  });
});
