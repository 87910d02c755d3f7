import { describe, expect, it } from 'vitest';
import {
  choosesCoordinates,
  comparisonCandidates,
  storedCandidates,
  withYardsticks,
} from '../../../src/core/evaluation/candidates.ts';

describe('withYardsticks', () => {
  it('puts pca, random and full behind what is asked for, each once', () => {
    expect(withYardsticks(['rfe'])).toEqual(['rfe', 'pca', 'random', 'full']);
    expect(withYardsticks(['full', 'rfe', 'pca'])).toEqual(['full', 'rfe', 'pca', 'random']);
  });
});

describe('comparisonCandidates', () => {
  const shape = (...args: Parameters<typeof comparisonCandidates>) =>
    comparisonCandidates(...args).map(({ strategy, k, encoding, centred }) => [
      strategy,
      k,
      encoding,
      centred,
    ]);

  it('lists every strategy at every k, and full once with its encodings', () => {
    expect(shape(['variance', 'full'], [4, 8], 24)).toEqual([
      ['variance', 4, 'float32', true],
      ['variance', 8, 'float32', true],
      ['full', 24, 'float32', false],
      ['full', 24, 'int8', false],
      ['full', 24, 'sign', true],
    ]);
  });

  it('adds every encoding of which some coordinates take exactly the bytes asked for', () => {
    expect(shape(['pca', 'full'], [], 64, true, [8, 64])).toEqual([
      ['pca', 2, 'float32', true],
      ['pca', 4, 'int8', true],
      ['pca', 16, 'int4', true],
      ['pca', 64, 'sign', true],
      // 128 coordinates of int4 and 512 signs are more than 64.
      ['pca', 16, 'float32', true],
      ['pca', 60, 'int8', true],
      ['full', 64, 'float32', false],
      ['full', 64, 'int8', false],
      ['full', 64, 'int4', true],
      ['full', 64, 'sign', true],
    ]);
    expect(shape(['f-statistic:16+pca'], [], 64, true, [8]).map(([, k]) => k)).toEqual([2, 4, 16]);
  });

  it('lists a float32 row once that is asked for by k and by bytes', () => {
    expect(shape(['pca'], [2, 3], 8, true, [8]).map(([, k, encoding]) => [k, encoding])).toEqual([
      [3, 'float32'],
      [2, 'float32'],
      [4, 'int8'],
    ]);
  });

  it('leaves the means in when told to', () => {
    expect(shape(['pca', 'full'], [4], 24, false).map(([, , , centred]) => centred)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('storedCandidates', () => {
  const encodings = ['int8', 'int4', 'sign'] as const;
  const shape = (names: readonly string[], bytes: number, dim: number) =>
    storedCandidates(names, { bytes, encodings }, dim, true).map(({ strategy, k, encoding }) => [
      strategy,
      k,
      encoding,
    ]);

  it('keeps as many coordinates as an encoding holds, as there are, or as a prefilter leaves', () => {
    expect(shape(['pca', 'f-statistic:16+pca'], 64, 100)).toEqual([
      ['pca', 60, 'int8'],
      ['pca', 100, 'int4'],
      ['pca', 100, 'sign'],
      ['f-statistic:16+pca', 16, 'int8'],
      ['f-statistic:16+pca', 16, 'int4'],
      ['f-statistic:16+pca', 16, 'sign'],
    ]);
    // Four bytes are a scale of int8 and nothing else.
    expect(shape(['pca'], 4, 100)).toEqual([
      ['pca', 8, 'int4'],
      ['pca', 32, 'sign'],
    ]);
  });

  it('takes full vectors only whole', () => {
    expect(shape(['full'], 64, 512)).toEqual([['full', 512, 'sign']]);
    expect(shape(['full'], 63, 512)).toEqual([]);
  });
});

describe('choosesCoordinates', () => {
  it('is false for maps, random draws and full vectors, whatever stands in front', () => {
    const kept = (strategy: string) =>
      choosesCoordinates({ strategy, k: 4, encoding: 'float32', centred: true, fusion: 'identity' });
    expect(['variance', 'variance:0.1+rfe', 'mrmr'].map(kept)).toEqual([true, true, true]);
    expect(['pca', 'variance:0.1+cross-covariance', 'random', 'full'].map(kept)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
