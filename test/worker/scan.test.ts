import { expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.ts';
import { codesQuery } from '../../src/core/search/code-query.ts';
import { codeRowBytes } from '../../src/core/search/code-rows.ts';
import { createScanMemory } from '../../src/core/search/scan-memory.ts';
import { quantizeQuery } from '../../src/core/search/scan-query.ts';
import { scanKernels } from '../../src/search/workerd-scan-kernels.ts';
import { payloadOf, randomBlock } from '../core/search/blocks.ts';

it('scans inside workerd with SIMD, bit for bit like the plain twin', () => {
  const kernels = scanKernels();
  expect(kernels).not.toBeNull();
  expect(scanKernels()).toBe(kernels);
  const options = { slotBytes: 70_000, slotCount: 2 };
  const simd = createScanMemory(options, kernels);
  const plain = createScanMemory(options, null);
  expect([simd.kind, plain.kind]).toEqual(['simd', 'plain']);
  const random = createRandom(1);
  for (const dim of [1, 7, 8, 50, 60, 64, 65, 130, 512, 768]) {
    const block = randomBlock({ count: 1 + random.nextInt(80), dim, columns: 2 }, dim);
    const query = quantizeQuery(Float64Array.from({ length: dim }, () => random.nextGaussian()));
    for (const memory of [simd, plain]) memory.write(dim % 2, payloadOf(block, 3));
    const scores = simd.scan(dim % 2, block.shape, query);
    expect(scores, `dim ${dim}`).toEqual(plain.scan(dim % 2, block.shape, query));
    expect(scores.length).toBe(block.shape.count);
  }
});

it.each([4, 1] as const)('scans codes of %i bits inside workerd, bit for bit like the plain twin', (bits) => {
  const options = { slotBytes: 70_000, slotCount: 1 };
  const memories = [createScanMemory(options, scanKernels()), createScanMemory(options, null)];
  const random = createRandom(bits);
  for (const dim of [1, 50, 64, 127, 128, 256, 512]) {
    const rowBytes = codeRowBytes(bits, dim);
    const count = 1 + random.nextInt(80);
    const rows = Uint8Array.from({ length: count * rowBytes }, () => random.nextInt(256));
    const steps = Float32Array.from({ length: dim }, () => Math.abs(random.nextGaussian()));
    const query = codesQuery(
      Float64Array.from({ length: dim }, () => random.nextGaussian()),
      { bits, steps },
    );
    for (const memory of memories) memory.write(0, rows);
    const [simd, plain] = memories.map((memory) => memory.scanCodes(0, { count, rowBytes }, query));
    expect(simd, `dim ${dim}`).toEqual(plain);
    expect(simd).toHaveLength(count);
  }
});

it('shares one instance between memories without mixing their blocks', () => {
  const [a, b] = [1, 2].map((seed) => {
    const memory = createScanMemory({ slotBytes: 100, slotCount: 1 }, scanKernels());
    const block = randomBlock({ count: 4, dim: 3, columns: 1 }, seed);
    memory.write(0, payloadOf(block));
    return { memory, block };
  });
  for (const { memory, block } of [a, b]) expect(memory.column(0, block.shape, 0)).toEqual(block.columns[0]);
});
