import { expect, it } from 'vitest';
import { corpusLayout, corpusVectors, fillCorpus, searchCorpus } from '../../bench/made-corpus.ts';
import { loadScanKernels } from '../../scripts/search/scan-kernels.ts';
import { createScanMemory } from '../../src/core/search/scan-memory.ts';
import { quantizeQuery } from '../../src/core/search/scan-query.ts';

it('finds the best of a made corpus of several blocks, in SIMD and plain, as a full sort does', () => {
  const layout = corpusLayout(40_000, 64);
  expect(layout.slotCount).toBe(3);
  const query = quantizeQuery(Float64Array.from({ length: 64 }, (_, i) => Math.sin(i + 1)));
  const vectors = corpusVectors(layout);
  const all = Array.from({ length: layout.count }, (_, position) => {
    let sum = 0;
    for (let i = 0; i < 64; i++) sum += vectors[position * 64 + i] * query.values[i];
    return { position, score: Math.fround(sum * query.scale) };
  });
  const best = all.sort((a, b) => b.score - a.score || a.position - b.position).slice(0, 10);
  for (const kernels of [loadScanKernels(), null]) {
    const memory = createScanMemory(layout, kernels);
    fillCorpus(memory, layout);
    expect(searchCorpus(memory, layout, query, 10)).toEqual({
      positions: best.map(({ position }) => position),
      scores: best.map(({ score }) => score),
    });
  }
});
