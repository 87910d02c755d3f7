import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fStatistic } from '../../src/core/selection/univariate/f-statistic.ts';
import { columnVariances } from '../../src/core/selection/univariate/variance.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { gaussians, randomLabels } from '../core/random-data.ts';
import { readFixture } from '../core/read-fixture.ts';
import { runScript } from './run-command.ts';

const ROWS = 60;
const DIM = 7;
const features = gaussians(ROWS * DIM, 1);
const labels = randomLabels(ROWS, 2, 2);
let folder = '';

const path = (name: string) => join(folder, name);
const select = (more: readonly string[], x = 'X.npy', y = 'y.npy') =>
  runScript('select', ['--features', path(x), '--labels', path(y), ...more]);

interface Selection {
  readonly strategy: string;
  readonly k: number;
  readonly indices: number[];
  readonly scores: (number | null)[];
  readonly params: Record<string, unknown>;
}

function selected(more: readonly string[], x?: string, y?: string): Selection {
  const { status, stdout, stderr } = select(more, x, y);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout) as Selection;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alignql-select-'));
  const write = (name: string, bytes: Uint8Array) => writeFileSync(path(name), bytes);
  write('X.npy', encodeNpy(features, [ROWS, DIM]));
  write('X32.npy', encodeNpy(Float32Array.from(features), [ROWS, DIM]));
  write('y.npy', encodeNpy(labels, [ROWS]));
  write('y8.npy', encodeNpy(Uint8Array.from(labels), [ROWS, 1]));
  write(
    'y64.npy',
    encodeNpy(
      Float64Array.from(labels, (label) => 1e12 * label),
      [ROWS],
    ),
  );
  write('y3.npy', encodeNpy(randomLabels(ROWS, 3, 5), [ROWS]));
  write('short.npy', encodeNpy(labels.slice(1), [ROWS - 1]));
  write('one.npy', encodeNpy(new Int32Array(ROWS), [ROWS]));
  write(
    'halves.npy',
    encodeNpy(
      Float64Array.from(labels, (label) => label / 2),
      [ROWS],
    ),
  );
  const broken = features.slice();
  broken[2 * DIM + 3] = NaN;
  write(
    'huge.npy',
    encodeNpy(
      features.map((value) => (value + 1) * 1e300),
      [ROWS, DIM],
    ),
  );
  write('nan.npy', encodeNpy(broken, [ROWS, DIM]));
  write('text.npy', new TextEncoder().encode('not an array'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('select', () => {
  it('meets scikit-learn on a fixture, in float64', () => {
    const [fixture] =
      readFixture<{ count: number; dim: number; values: number[]; labels: number[]; scores: number[] }[]>(
        'mutual-information',
      );
    writeFileSync(path('FX.npy'), encodeNpy(Float64Array.from(fixture.values), [fixture.count, fixture.dim]));
    writeFileSync(path('fy.npy'), encodeNpy(Int32Array.from(fixture.labels), [fixture.count]));
    const result = selected(['--strategy', 'mutual-information', '--k', '2'], 'FX.npy', 'fy.npy');
    expect(result.strategy).toBe('mutual-information');
    expect(result.params).toEqual({ neighbours: 3, noise: true, seed: 0 });
    // Sums of psi in another order.
    result.scores.forEach((score, i) => expect(score).toBeCloseTo(fixture.scores[i], 12));
    const best = fixture.scores.map((_, i) => i).sort((a, b) => fixture.scores[b] - fixture.scores[a]);
    expect(result.indices).toEqual(best.slice(0, 2).sort((a, b) => a - b));
  });

  it('gives population variances of every digit the file has', () => {
    const result = selected(['--strategy', 'variance', '--k', '3']);
    expect(result.scores).toEqual([...columnVariances(features, DIM)]);
    expect(result.indices).toHaveLength(3);
  });

  it('takes float32 features and labels of any dtype, shape (n, 1) and size of number', () => {
    const expected = selected(['--strategy', 'mutual-information', '--k', '3']);
    for (const y of ['y8.npy', 'y64.npy']) {
      expect(selected(['--strategy', 'mutual-information', '--k', '3'], 'X.npy', y)).toEqual(expected);
    }
    expect(selected(['--strategy', 'mutual-information', '--k', '3'], 'X32.npy').indices).toEqual(
      expected.indices,
    );
  });

  it('adds p-values when asked, behind the agreed keys', () => {
    const plain = selected(['--strategy', 'f-statistic', '--k', '2']);
    expect(Object.keys(plain)).toEqual(['strategy', 'k', 'indices', 'scores', 'params']);
    const tested = selected(['--strategy', 'f-statistic', '--k', '2', '--p-values']);
    const expected = fStatistic(features, labels, { count: ROWS, dim: DIM });
    expect(tested).toEqual({ ...plain, pValues: [...expected.pValues] });
    expect(selected(['--strategy', 'variance', '--k', '2', '--p-values'])).toHaveProperty('pValues', null);
  });

  it('gives null to what a prefilter drops, and the same scores on one thread and two', () => {
    const { scores, params } = selected(['--strategy', 'f-statistic:4+mutual-information', '--k', '2']);
    expect(scores.filter((score) => score === null)).toHaveLength(DIM - 4);
    expect(params).toMatchObject({ prefiltered: 4 });
    for (const strategy of ['mutual-information', 'random-forest']) {
      const on = (threads: string) => selected(['--strategy', strategy, '--k', '2', '--threads', threads]);
      expect(on('2')).toEqual(on('1'));
    }
  });

  it('shows relevance and frequency beside the mean ranks of a bootstrap', () => {
    const averaged = selected(['--strategy', 'f-statistic', '--k', '2', '--bootstrap', '8']);
    const once = selected(['--strategy', 'f-statistic', '--k', '2']);
    expect(averaged).toMatchObject({ relevance: once.scores, params: { bootstrap: 8, seed: 0 } });
    const { frequency } = averaged as unknown as { frequency: number[] };
    expect(frequency.reduce((sum, share) => sum + share, 0)).toBeCloseTo(2, 12);
  });

  it('finds how many features rfe should keep by cross-validation, at most k', () => {
    const clear = features.map((x, i) => (i % DIM === 3 ? x + 4 * labels[Math.floor(i / DIM)] : x));
    writeFileSync(path('clear.npy'), encodeNpy(clear, [ROWS, DIM]));
    const found = selected(['--strategy', 'rfe', '--k', '7', '--cross-validate', '5'], 'clear.npy');
    expect(found.indices).toContain(3);
    expect(found.k).toBeLessThan(4);
    expect(found.indices).toHaveLength(found.k);
    const bounded = selected(['--strategy', 'rfe', '--k', '1', '--cross-validate', '5'], 'clear.npy');
    expect(bounded.indices).toEqual([3]);
  });

  it('gives a feature that parts the classes without a rest the largest number, not null', () => {
    const parting = features.map((x, i) => (i % DIM === 2 ? labels[Math.floor(i / DIM)] : x));
    writeFileSync(path('parting.npy'), encodeNpy(parting, [ROWS, DIM]));
    const { scores, indices } = selected(['--strategy', 'f-statistic', '--k', '1'], 'parting.npy');
    expect(indices).toEqual([2]);
    expect(scores[2]).toBe(Number.MAX_VALUE);
  });

  it('tells importance by permutation from that by impurity', () => {
    const of = (importance: string) =>
      selected(['--strategy', 'random-forest', '--k', '2', '--importance', importance]);
    expect(of('permutation').params).toEqual({ trees: 100, importance: 'permutation', seed: 0 });
    expect(of('permutation').scores).not.toEqual(of('impurity').scores);
  });

  it.each(['variance', 'f-statistic', 'chi-square', 'mutual-information-binned'])(
    'gives %s of a folder of shards as of the whole matrix, in the order of their numbers',
    (strategy) => {
      const folder = path('shards');
      mkdirSync(folder, { recursive: true });
      const cuts = [0, 9, 10, 34, ROWS];
      // "X_10" is last, though "X_2" sorts behind it as text.
      ['X_1', 'X_2', 'X_9', 'X_10'].forEach((name, i) => {
        const rows = features.slice(cuts[i] * DIM, cuts[i + 1] * DIM);
        writeFileSync(join(folder, `${name}.npy`), encodeNpy(rows, [cuts[i + 1] - cuts[i], DIM]));
      });
      const whole = selected(['--strategy', strategy, '--k', '3', '--p-values']);
      const sharded = selected(['--strategy', strategy, '--k', '3', '--p-values'], 'shards');
      expect(sharded.indices).toEqual(whole.indices);
      expect(sharded.params).toEqual(whole.params);
      // The same sums in another order.
      sharded.scores.forEach((score, i) => expect(score).toBeCloseTo(Number(whole.scores[i]), 9));
    },
  );

  it.each([
    [
      'a strategy that needs all rows',
      ['--strategy', 'mutual-information'],
      'y.npy',
      /needs the whole matrix/,
    ],
    ['labels for other rows', ['--strategy', 'variance'], 'short.npy', /expected 60 labels.*got 59/],
    [
      'averaged ranks',
      ['--strategy', 'variance', '--bootstrap', '3'],
      'y.npy',
      /--bootstrap needs the whole/,
    ],
  ])('refuses shards for %s', (_, args, y, message) => {
    const { status, stderr } = select([...args, '--k', '2'], 'shards', y);
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
  });

  it('says what a strategy went by', () => {
    const params = (more: string[]) => selected([...more, '--k', '2']).params;
    expect(params(['--strategy', 'chi-square'])).toEqual({ scaled: true });
    expect(params(['--strategy', 'mutual-information', '--null', '3', '--no-noise'])).toEqual({
      neighbours: 3,
      noise: false,
      permutations: 3,
      seed: 0,
    });
    expect(params(['--strategy', 'rfe', '--step', '0.5', '--c', '2'])).toEqual({ step: 0.5, c: 2 });
    expect(params(['--strategy', 'f-statistic', '--bootstrap', '5'])).toEqual({ bootstrap: 5, seed: 0 });
  });

  it('repeats random for a seed and keeps all under full', () => {
    const random = (seed: string) => selected(['--strategy', 'random', '--k', '4', '--seed', seed]);
    expect(random('5')).toEqual(random('5'));
    expect(random('5').scores).not.toEqual(random('6').scores);
    const full = selected(['--strategy', 'full', '--k', '2']);
    expect(full.k).toBe(DIM);
    expect(full.indices).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(selected(['--strategy', 'full'])).toEqual(full);
  });

  it.each([
    [
      'NaN in the features',
      ['--strategy', 'variance', '--k', '2'],
      'nan.npy',
      'y.npy',
      /NaN at row 2, column 3/,
    ],
    ['k beyond the features', ['--strategy', 'variance', '--k', '8'], 'X.npy', 'y.npy', /--k 8.* 7 features/],
    [
      'k beyond the features of full',
      ['--strategy', 'full', '--k', '8'],
      'X.npy',
      'y.npy',
      /--k 8.* 7 features/,
    ],
    [
      'numbers whose squares overflow',
      ['--strategy', 'mutual-information', '--k', '2'],
      'huge.npy',
      'y.npy',
      /up to 1e\+145, got .*e\+300 at row 0, column 0/,
    ],
    [
      'a map strategy',
      ['--strategy', 'pca', '--k', '2'],
      'X.npy',
      'y.npy',
      /pca.*linear map.*Available: mutual-information/,
    ],
    ['an unknown strategy', ['--strategy', 'best', '--k', '2'], 'X.npy', 'y.npy', /unknown strategy "best"/],
    [
      'a prefilter that leaves fewer than k',
      ['--strategy', 'f-statistic:1+chi-square', '--k', '2'],
      'X.npy',
      'y.npy',
      /k of at most the 1 features/,
    ],
    [
      'a prefilter that leaves nothing',
      ['--strategy', 'variance:1e9+chi-square', '--k', '2'],
      'X.npy',
      'y.npy',
      /none behind variance:1000000000/,
    ],
    [
      'a count by cross-validation for another strategy',
      ['--strategy', 'mrmr', '--k', '2', '--cross-validate', '3'],
      'X.npy',
      'y.npy',
      /goes with --strategy rfe/,
    ],
    [
      'three classes for a strategy of two',
      ['--strategy', 'l1-logistic', '--k', '2'],
      'X.npy',
      'y3.npy',
      /2 classes|two classes/,
    ],
    [
      'a missing file',
      ['--strategy', 'variance', '--k', '2'],
      'none.npy',
      'y.npy',
      /--features .*none\.npy: no such file/,
    ],
    ['a folder of labels', ['--strategy', 'variance', '--k', '2'], 'X.npy', '.', /it is a folder/],
    ['bytes that are no array', ['--strategy', 'variance', '--k', '2'], 'text.npy', 'y.npy', /NUMPY/],
    [
      'labels of another length',
      ['--strategy', 'variance', '--k', '2'],
      'X.npy',
      'short.npy',
      /expected 60 labels.*got 59/,
    ],
    [
      'labels of one class',
      ['--strategy', 'variance', '--k', '2'],
      'X.npy',
      'one.npy',
      /at least 2 classes, got 1/,
    ],
    [
      'labels that are not whole',
      ['--strategy', 'variance', '--k', '2'],
      'X.npy',
      'halves.npy',
      /whole numbers.*got 0\.5/,
    ],
    [
      'labels in place of features',
      ['--strategy', 'variance', '--k', '2'],
      'y.npy',
      'y.npy',
      /expected a matrix.*\(60\)/,
    ],
    [
      'k of 0',
      ['--strategy', 'variance', '--k', '0'],
      'X.npy',
      'y.npy',
      /whole number of at least 1, got "0"/,
    ],
    ['an unknown option', ['--strategy', 'variance', '--kk', '2'], 'X.npy', 'y.npy', /unknown option '--kk'/],
    ['no strategy', [], 'X.npy', 'y.npy', /--strategy <name>' not specified/],
  ])('exits with 1 and one line for %s', (_, args, x, y, message) => {
    const { status, stdout, stderr } = select(args, x, y);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });

  it('explains itself', () => {
    const { status, stdout } = runScript('select', ['--help']);
    expect(status).toBe(0);
    for (const word of ['--features', '--labels', '--strategy', '--k', '--seed', 'full keeps all'])
      expect(stdout).toContain(word);
  });
});
