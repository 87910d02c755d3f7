import { describe, expect, it } from 'vitest';
import { loadScanKernels } from '../../../scripts/search/scan-kernels.ts';
import { createRandom } from '../../../src/core/random.ts';
import { type CodeQuery, codesQuery, scanCodesPlain } from '../../../src/core/search/code-query.ts';
import {
  type CodeBits,
  type RowCodes,
  codeRowBytes,
  unpackCodeRows,
} from '../../../src/core/search/code-rows.ts';
import type { ScanKernels } from '../../../src/core/search/kernels/scan-kernels.ts';
import { CODE_SLACK_BYTES, createScanMemory } from '../../../src/core/search/scan-memory.ts';
import { gaussians } from '../random-data.ts';

const BITS: readonly CodeBits[] = [4, 1];
const KINDS: readonly { readonly name: string; readonly kernels: () => ScanKernels | null }[] = [
  { name: 'plain', kernels: () => null },
  { name: 'simd', kernels: loadScanKernels },
];

function codesOf(bits: CodeBits, dim: number, seed: number): RowCodes {
  return { bits, steps: Float32Array.from(gaussians(dim, seed), Math.abs) };
}

/** Every byte may occur; bits behind the last coordinate too, as a block from outside may hold them. */
function randomRows(bytes: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: bytes }, () => random.nextInt(256));
}

function plainScores(rows: Uint8Array, query: CodeQuery): Float32Array {
  const scores = new Float32Array(rows.length / query.rowBytes);
  scanCodesPlain(rows, scores.length, query, scores);
  return scores;
}

describe.each(BITS)('a query against codes of %i bits', (bits) => {
  it.each([1, 5, 16, 50, 128, 300])(
    'is the inner product with what they stand for, at %i coordinates',
    (dim) => {
      const codes = codesOf(bits, dim, dim);
      const packed = randomRows(9 * codeRowBytes(bits, dim), dim + 1);
      const values = new Float32Array(9 * dim);
      unpackCodeRows(packed, codes, values);
      const query = gaussians(dim, dim + 2);
      const largest = query.reduce((most, x, i) => Math.max(most, Math.abs(x) * codes.steps[i]), 0);
      const scores = plainScores(packed, codesQuery(query, codes));
      scores.forEach((score, row) => {
        const exact = query.reduce((sum, x, i) => sum + x * values[row * dim + i], 0);
        // Each coordinate is off by 1/254 of the largest at most, times what its code stands for in steps.
        const most = ((2 ** bits - 1) / 2) * dim * (largest / 254);
        expect(Math.abs(score - exact)).toBeLessThanOrEqual(most * 1.0001);
      });
    },
  );

  it('scores zero for a zero query, and lets a coordinate without a step take no part', () => {
    const codes: RowCodes = { bits, steps: Float32Array.of(2, 0) };
    const packed = randomRows(3 * codeRowBytes(bits, 2), 1);
    expect([...plainScores(packed, codesQuery(Float32Array.of(0, 9), codes))]).toEqual([0, 0, 0]);
    const scores = plainScores(Uint8Array.of(0xff), codesQuery(Float32Array.of(1, 9), codes));
    expect(scores[0]).toBeCloseTo(bits === 4 ? 15 : 1, 6);
  });

  it('refuses another length and what is not finite', () => {
    const codes = codesOf(bits, 3, 1);
    expect(() => codesQuery(new Float32Array(2), codes)).toThrow(
      'a query of 3 coordinates, 1 to 16384, got 2',
    );
    expect(() => codesQuery(Float32Array.of(1, NaN, 1), codes)).toThrow('finite numbers, got others at 1');
  });
});

describe.each(KINDS)('scanCodes, $name', ({ kernels }) => {
  it('gives the bits of the plain twin at every size up to 140 bytes, at odd counts', () => {
    const memory = createScanMemory({ slotBytes: 4000, slotCount: 1 }, kernels());
    for (const bits of BITS) {
      for (let rowBytes = 1; rowBytes <= 140; rowBytes++) {
        const dim = (8 / bits) * rowBytes - (rowBytes % 3 === 0 && rowBytes > 1 ? 1 : 0);
        const count = rowBytes % 12;
        const rows = randomRows(count * rowBytes, rowBytes);
        const query = codesQuery(gaussians(dim, 1000 + dim), codesOf(bits, dim, rowBytes));
        memory.write(0, rows);
        expect(memory.scanCodes(0, { count, rowBytes }, query), `${rowBytes} bytes`).toEqual(
          plainScores(rows, query),
        );
      }
    }
  });

  it.each(BITS)('does not overflow with every number of %i bits at its extreme', (bits) => {
    for (const dim of [128, 512, 2048, 16_384]) {
      const rowBytes = codeRowBytes(bits, dim);
      const memory = createScanMemory(
        { slotBytes: 5 * rowBytes + CODE_SLACK_BYTES, slotCount: 1 },
        kernels(),
      );
      for (const [byte, sign] of [
        [0xff, 1],
        [0xff, -1],
        [0, 1],
      ]) {
        const query = codesQuery(new Float64Array(dim).fill(sign), {
          bits,
          steps: new Float32Array(dim).fill(1),
        });
        memory.write(0, new Uint8Array(5 * rowBytes).fill(byte));
        const scores = memory.scanCodes(0, { count: 5, rowBytes }, query);
        const exact = (dim * sign * (byte === 0 ? -1 : 1) * (2 ** bits - 1)) / 2;
        // A scale of float32, and a sum of up to 26 bits that is rounded to 24.
        for (const score of scores) expect(score / exact).toBeCloseTo(1, 6);
      }
    }
  });

  it('scores a block of more rows than one part, in any slot, at any alignment', () => {
    const memory = createScanMemory({ slotBytes: 100_000, slotCount: 3 }, kernels());
    const query = codesQuery(gaussians(20, 2), codesOf(4, 20, 3));
    const rows = randomRows(9001 * 10 + 3, 4).subarray(3);
    memory.write(2, new Uint8Array(1));
    memory.write(1, rows);
    expect(memory.scanCodes(1, { count: 9001, rowBytes: 10 }, query)).toEqual(plainScores(rows, query));
  });

  it('refuses a shape or a query that does not fit, and a block that leaves no slack', () => {
    const memory = createScanMemory({ slotBytes: 100, slotCount: 1 }, kernels());
    const query = codesQuery(Float32Array.of(1, 2), codesOf(4, 2, 1));
    memory.write(0, new Uint8Array(93));
    expect(() => memory.scanCodes(0, { count: 2, rowBytes: 1 }, query)).toThrow('expected 2 bytes in slot 0');
    expect(() => memory.scanCodes(0, { count: 93, rowBytes: 1 }, query)).toThrow('at most 92 bytes of codes');
    memory.write(0, new Uint8Array(4));
    expect(() => memory.scanCodes(0, { count: 2, rowBytes: 2 }, query)).toThrow(
      'rows of 2 bytes, got one of 1',
    );
    for (const bad of [{ count: -1 }, { count: 0.5 }, { rowBytes: 0 }, { rowBytes: NaN }]) {
      expect(() => memory.scanCodes(0, { count: 4, rowBytes: 1, ...bad }, query)).toThrow(
        'expected a block of',
      );
    }
  });
});
