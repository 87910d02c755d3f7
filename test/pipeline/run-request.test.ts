import { describe, expect, it } from 'vitest';
import { assertFits, parseRunRequest } from '../../src/pipeline/run-request.ts';
import { assertSummable } from '../../src/pipeline/sum-shards.ts';

const DATASET = { dataset: 'r2://data/set' };
const at = (dim: number) => ({ id: 'encoder', dim });

describe('a request is refused before anything is done', () => {
  it.each([
    [{ selection: 'No Such/../NAME!' }, /^selection: expected 1 to 64 of a-z/],
    [{ selection: 'team/photos' }, /^selection: expected a shared name/],
    [{ selection: 'photos', corpus: 'team/photos' }, /^corpus: .* without an owner, .* got "team\/photos"/],
    [{ selection: 'photos', corpus: '/photos' }, /^corpus: .* without an owner/],
    [{ selection: 'photos', corpus: 'team%2fphotos' }, /^corpus: /],
    [{ selection: '/photos' }, /^selection: /],
    [{ selection: 'team%2fphotos' }, /^selection: /],
    [{ folds: 100, sample: 150 }, /^folds: expected at most half of the sample \(150\), got 100/],
    [{ strategy: 'f-statistic:20+mrmr', k: 21 }, /leave 20 features, fewer than k \(21\)/],
    [{ strategies: ['f-statistic:20+mrmr'], k: 21 }, /leave 20 features, fewer than k \(21\)/],
  ])('for %o', (request, message) => {
    expect(() => parseRunRequest({ ...DATASET, ...request })).toThrow(message);
  });

  it.each([
    [{ k: 257 }, 256, /^k: expected at most 256/],
    [{ ks: [8192] }, 256, /^ks: expected at most 256, the numbers of encoder, got 8192/],
    [{ pairsPerShard: 65_536 }, 512, /^pairsPerShard: expected at most 13743, .* got 65536/],
    [{ sample: 100_000 }, 512, /^sample: expected at most 3716, .* got 100000/],
  ])('for %o of vectors of %i numbers', (request, dim, message) => {
    expect(() => assertFits(parseRunRequest({ ...DATASET, ...request }), at(dim))).toThrow(message);
  });

  it.each([64, 512, 1024])('but not by its defaults, of vectors of %i numbers', (dim) => {
    expect(() => assertFits(parseRunRequest({ ...DATASET, selection: 'photos' }), at(dim))).not.toThrow();
  });
});

describe('before anything is encoded, what sums would not fit', () => {
  const request = parseRunRequest({ ...DATASET, selection: 'photos' });

  it.each([
    [2_001, 768, /takes about 140 MB, .* give --pairs-per-shard 2048$/],
    [2_001, 1024, /takes about 212 MB, .* --strategy f-statistic$/],
  ])('of %i pairs of %i numbers is refused, and what would is said', (pairs, dim, message) => {
    expect(() => assertSummable(pairs, request, dim)).toThrow(message);
  });

  it('is not refused where it fits, where all pairs are sampled, and where no covariance is summed', () => {
    expect(() => assertSummable(1_000_000, request, 512)).not.toThrow();
    expect(() => assertSummable(1_000_000, { ...request, pairsPerShard: 2_048 }, 768)).not.toThrow();
    expect(() => assertSummable(2_000, request, 1024)).not.toThrow();
    expect(() => assertSummable(1_000_000, { ...request, strategy: 'f-statistic' }, 1024)).not.toThrow();
  });
});
