import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/format/crc32.ts';
import { seededRandom } from './selection-builder.ts';

const random = seededRandom(1);
const bytes = Uint8Array.from({ length: 5000 }, () => random() * 256);

describe('crc32', () => {
  it('is that of zlib for every length around its steps, at any place', () => {
    for (let length = 0; length < 70; length++) {
      const part = bytes.subarray(length, 2 * length);
      expect(crc32(part), `length ${length}`).toBe(zlibCrc32(part));
    }
    expect(crc32(bytes)).toBe(zlibCrc32(bytes));
  });

  it('goes on from what came before', () => {
    for (const cut of [0, 1, 15, 16, 17, 4999, 5000]) {
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut))), `cut ${cut}`).toBe(crc32(bytes));
    }
  });
});
