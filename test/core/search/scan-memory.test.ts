import { describe, expect, it } from 'vitest';
import { loadScanKernels } from '../../../scripts/search/scan-kernels.ts';
import { createRandom } from '../../../src/core/random.ts';
import { readScanKernels, type ScanKernels } from '../../../src/core/search/kernels/scan-kernels.ts';
import { createScanMemory, payloadBytes, SLOT_SLACK_BYTES } from '../../../src/core/search/scan-memory.ts';
import { scanPlain } from '../../../src/core/search/scan-plain.ts';
import { quantizeQuery } from '../../../src/core/search/scan-query.ts';
import { gaussians } from '../random-data.ts';
import { payloadOf, randomBlock, type Block } from './blocks.ts';

const KINDS: readonly { readonly name: string; readonly kernels: () => ScanKernels | null }[] = [
  { name: 'plain', kernels: () => null },
  { name: 'simd', kernels: loadScanKernels },
];

/** Σ vector · query in BigInt, which cannot overflow, then the scales. */
function slowScores({ shape: { count, dim }, columns, vectors }: Block, query: Float64Array): Float32Array {
  const { values, scale } = quantizeQuery(query);
  return Float32Array.from({ length: count }, (_, row) => {
    let sum = 0n;
    for (let i = 0; i < dim; i++) sum += BigInt(vectors[row * dim + i]) * BigInt(values[i]);
    return Number(sum) * columns[0][row] * scale;
  });
}

describe('scanPlain', () => {
  it('agrees with whole numbers that cannot overflow', () => {
    for (const dim of [1, 16, 50, 512, 768]) {
      const block = randomBlock({ count: 9, dim, columns: 1 }, dim);
      const query = gaussians(dim, dim + 1);
      const scores = new Float32Array(9);
      scanPlain(block.vectors, block.columns[0], 9, quantizeQuery(query), scores);
      expect(scores, `dim ${dim}`).toEqual(slowScores(block, query));
    }
  });

  it('gives 0 for a zero query and for a zero scale', () => {
    const scores = new Float32Array(2).fill(9);
    const vectors = Int8Array.of(1, 2, 3, 4);
    scanPlain(vectors, Float32Array.of(1, 1), 2, quantizeQuery(new Float32Array(2)), scores);
    expect([...scores]).toEqual([0, 0]);
    scanPlain(vectors, Float32Array.of(0, 1), 2, quantizeQuery(Float32Array.of(0, 1)), scores);
    // 2 of -128..127 times 1, in float32 whose query step is 1/32767.
    expect(scores[0]).toBe(0);
    expect(scores[1]).toBeCloseTo(4, 6);
  });
});

describe.each(KINDS)('createScanMemory, $name', ({ name, kernels }) => {
  it('scores like the slow reference at every dim up to 130, at odd counts', () => {
    const memory = createScanMemory({ slotBytes: 4000, slotCount: 1 }, kernels());
    expect(memory.kind).toBe(name);
    for (let dim = 1; dim <= 130; dim++) {
      const block = randomBlock({ count: dim % 12, dim, columns: 1 + (dim % 3) }, dim);
      const query = gaussians(dim, 1000 + dim);
      memory.write(0, payloadOf(block));
      expect(memory.scan(0, block.shape, quantizeQuery(query)), `dim ${dim}`).toEqual(
        slowScores(block, query),
      );
    }
  });

  it.each([512, 768, 16_384])('scores like the slow reference at dim %i', (dim) => {
    const block = randomBlock({ count: 7, dim, columns: 1 }, dim);
    const memory = createScanMemory({ slotBytes: payloadBytes(block.shape), slotCount: 1 }, kernels());
    const query = gaussians(dim, 5);
    memory.write(0, payloadOf(block));
    expect(memory.scan(0, block.shape, quantizeQuery(query))).toEqual(slowScores(block, query));
  });

  it.each([64, 512, 768, 16_384])('does not overflow at dim %i with every number at its extreme', (dim) => {
    for (const [byte, sign] of [
      [-128, 1],
      [-128, -1],
      [127, 1],
      [-127, 1],
    ]) {
      const block: Block = {
        shape: { count: 5, dim, columns: 1 },
        columns: [new Float32Array(5).fill(1)],
        vectors: new Int8Array(5 * dim).fill(byte),
      };
      const query = new Float64Array(dim).fill(sign);
      const memory = createScanMemory({ slotBytes: payloadBytes(block.shape), slotCount: 1 }, kernels());
      memory.write(0, payloadOf(block));
      const scores = memory.scan(0, block.shape, quantizeQuery(query));
      expect(scores).toEqual(slowScores(block, query));
      expect(scores[0]).toBe(Math.fround(dim * byte * sign));
    }
  });

  it('scores a block of more vectors than one part', () => {
    const block = randomBlock({ count: 9001, dim: 3, columns: 1 }, 8);
    const query = gaussians(3, 9);
    const memory = createScanMemory({ slotBytes: 70_000, slotCount: 1 }, kernels());
    memory.write(0, payloadOf(block));
    expect(memory.scan(0, block.shape, quantizeQuery(query))).toEqual(slowScores(block, query));
  });

  it('keeps what lies in one slot when another is written, at any alignment and in any order', () => {
    const random = createRandom(4);
    const slotCount = 6;
    const memory = createScanMemory({ slotBytes: 3000, slotCount }, kernels());
    const held: (Block | undefined)[] = [];
    const query = gaussians(24, 6);
    for (let step = 0; step < 60; step++) {
      const slot = random.nextInt(slotCount);
      const block = randomBlock({ count: random.nextInt(50), dim: 24, columns: 1 + random.nextInt(3) }, step);
      memory.write(slot, payloadOf(block, random.nextInt(5)));
      held[slot] = block;
      held.forEach((kept, at) => {
        if (kept === undefined) return;
        expect(memory.scan(at, kept.shape, quantizeQuery(query))).toEqual(slowScores(kept, query));
        kept.columns.forEach((column, index) => {
          expect(memory.column(at, kept.shape, index)).toEqual(column);
        });
      });
    }
  });

  it('fills a slot to its last byte', () => {
    const block = randomBlock({ count: 1020, dim: 60, columns: 1 }, 7);
    const slotBytes = payloadBytes(block.shape);
    const memory = createScanMemory({ slotBytes, slotCount: 1 }, kernels());
    const query = gaussians(60, 8);
    memory.write(0, payloadOf(block));
    expect(memory.scan(0, block.shape, quantizeQuery(query))).toEqual(slowScores(block, query));
    expect(() => {
      memory.write(0, new Uint8Array(slotBytes + 1));
    }).toThrow(`at most ${slotBytes} bytes, got ${slotBytes + 1}`);
  });

  it('lets NaN and infinite scales through as they are: they were checked before they were stored', () => {
    const block: Block = {
      shape: { count: 3, dim: 1, columns: 1 },
      columns: [Float32Array.of(NaN, Infinity, -Infinity)],
      vectors: Int8Array.of(1, 1, 0),
    };
    const memory = createScanMemory({ slotBytes: 100, slotCount: 1 }, kernels());
    memory.write(0, payloadOf(block));
    expect([...memory.scan(0, block.shape, quantizeQuery(Float32Array.of(1)))]).toEqual([NaN, Infinity, NaN]);
  });

  it('refuses a slot, a shape, a query or a column that does not fit', () => {
    const memory = createScanMemory({ slotBytes: 100, slotCount: 2 }, kernels());
    const query = quantizeQuery(Float32Array.of(1, 2));
    const shape = { count: 2, dim: 2, columns: 1 };
    for (const slot of [-1, 2, 0.5, NaN]) {
      expect(() => {
        memory.write(slot, new Uint8Array(1));
      }).toThrow('expected a slot below 2');
      expect(() => memory.scan(slot, shape, query)).toThrow(RangeError);
    }
    expect(() => memory.scan(0, shape, query)).toThrow('expected 12 bytes in slot 0 of 2, got nothing');
    memory.write(0, new Uint8Array(13));
    expect(() => memory.scan(0, shape, query)).toThrow('got 13 bytes');
    memory.write(0, new Uint8Array(12));
    expect(() => memory.scan(0, { ...shape, dim: 3 }, query)).toThrow('expected 14 bytes');
    expect(() => memory.scan(0, shape, quantizeQuery(Float32Array.of(1)))).toThrow('a query of dim 2');
    expect(() => memory.scan(0, shape, { ...query, values: query.values.subarray(1) })).toThrow(RangeError);
    expect(() => memory.column(0, shape, 1)).toThrow('a column below 1, got 1');
    for (const bad of [{ count: -1 }, { count: 0.5 }, { dim: 0 }, { columns: 0 }, { count: NaN }]) {
      expect(() => memory.scan(0, { ...shape, ...bad }, query)).toThrow('expected a block of');
    }
  });

  it('refuses options without a slot', () => {
    for (const bad of [0, -1, 1.5, NaN]) {
      expect(() => createScanMemory({ slotBytes: bad, slotCount: 1 }, kernels())).toThrow(RangeError);
      expect(() => createScanMemory({ slotBytes: 1, slotCount: bad }, kernels())).toThrow(RangeError);
    }
  });
});

describe('createScanMemory over WebAssembly', () => {
  it('takes memory for the slots that were written, once each, in whole pages', () => {
    const kernels = loadScanKernels();
    const pages = () => kernels.memory.buffer.byteLength / 65_536;
    const memory = createScanMemory({ slotBytes: 2 * 65_536 - SLOT_SLACK_BYTES, slotCount: 1000 }, kernels);
    expect(pages()).toBe(1);
    memory.write(999, new Uint8Array(10));
    memory.write(0, new Uint8Array(10));
    expect(pages()).toBe(5);
    memory.write(999, new Uint8Array(2 * 65_536 - SLOT_SLACK_BYTES));
    expect(pages()).toBe(5);
  });

  it('gives every memory over one instance slots of its own', () => {
    const kernels = loadScanKernels();
    const query = gaussians(5, 3);
    const held = [1, 2, 3].map((seed) => {
      const block = randomBlock({ count: 6, dim: 5, columns: 1 }, seed);
      const memory = createScanMemory({ slotBytes: 100, slotCount: 1 }, kernels);
      memory.write(0, payloadOf(block));
      return { memory, block };
    });
    for (const { memory, block } of held) {
      expect(memory.scan(0, block.shape, quantizeQuery(query))).toEqual(slowScores(block, query));
    }
  });
});

describe('readScanKernels', () => {
  it('refuses the exports of another module, naming what it got', () => {
    expect(() => readScanKernels({})).toThrow('got nothing');
    expect(() => readScanKernels({ memory: {}, scan: 3 })).toThrow('got memory, scan');
  });
});
