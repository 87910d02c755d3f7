import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STRATEGIES } from '../../src/core/selection/strategy-names.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { gaussians } from '../core/random-data.ts';
import { runScript } from './run-command.ts';

const PAIRS = 60;
const DIM = 20;
let folder = '';

const path = (name: string) => join(folder, name);
const compare = (more: readonly string[], images = 'I.npy', texts = 'T.npy') =>
  runScript('compare', ['--image-embeddings', path(images), '--text-embeddings', path(texts), ...more]);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alignql-compare-'));
  const images = gaussians(PAIRS * DIM, 1);
  const texts = gaussians(PAIRS * DIM, 2).map((x, i) => x + images[i]);
  writeFileSync(path('I.npy'), encodeNpy(images, [PAIRS, DIM]));
  writeFileSync(path('T.npy'), encodeNpy(texts, [PAIRS, DIM]));
  writeFileSync(path('T1.npy'), encodeNpy(texts.slice(DIM), [PAIRS - 1, DIM]));
  writeFileSync(
    path('g.npy'),
    encodeNpy(
      Int32Array.from({ length: PAIRS }, (_, i) => i % 7),
      [PAIRS],
    ),
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('compare', () => {
  it('prints every figure of every row, each a mean and a deviation', () => {
    const asked = ['--strategies', 'mutual-information,variance:0+f-statistic,cross-covariance,full'];
    const { status, stdout } = compare([...asked, '--k', '4,8', '--folds', '3', '--seed', '1']);
    expect(status).toBe(0);
    const { rows, ...rest } = JSON.parse(stdout) as { rows: Record<string, unknown>[] };
    expect(rest).toEqual({ pairs: PAIRS, dim: DIM, folds: 3, seed: 1 });
    const names = rows.map(({ strategy, k, encoding, centred, bytes }) =>
      [strategy, k, encoding, centred, bytes].join(' '),
    );
    expect(names).toEqual([
      'mutual-information 4 float32 true 16',
      'mutual-information 8 float32 true 32',
      'variance:0+f-statistic 4 float32 true 16',
      'variance:0+f-statistic 8 float32 true 32',
      'cross-covariance 4 float32 true 16',
      'cross-covariance 8 float32 true 32',
      'full 20 float32 false 80',
      'full 20 int8 false 24',
      'full 20 sign true 3',
      // Yardsticks that were not asked for stand behind.
      'pca 4 float32 true 16',
      'pca 8 float32 true 32',
      'random 4 float32 true 16',
      'random 8 float32 true 32',
    ]);
    const measured = { mean: expect.any(Number), sd: expect.any(Number) };
    const recall = { '1': measured, '5': measured, '10': measured };
    for (const row of rows) {
      const isMask = ['mutual-information', 'variance:0+f-statistic'].includes(String(row.strategy));
      expect(row).toEqual({
        ...{
          strategy: row.strategy,
          k: row.k,
          encoding: row.encoding,
          centred: row.centred,
          bytes: row.bytes,
        },
        auc: measured,
        aucHard: measured,
        recall: { imageToText: recall, textToImage: recall },
        ece: measured,
        brier: measured,
        stability: isMask ? measured : null,
        kuncheva: isMask ? measured : null,
      });
    }
  });

  it('gives the same bytes for the same seed, on any number of threads', () => {
    const args = ['--strategies', 'mutual-information,rfe,random-forest', '--k', '4', '--folds', '3'];
    const { stdout } = compare([...args, '--threads', '1']);
    expect(JSON.parse(stdout)).toHaveProperty('rows');
    expect(compare([...args, '--threads', '2']).stdout).toBe(stdout);
    expect(compare(args).stdout).toBe(stdout);
  });

  it('compares all strategies when none is named', () => {
    const { stdout } = compare(['--k', '4', '--folds', '3']);
    const { rows } = JSON.parse(stdout) as { rows: { strategy: string }[] };
    expect([...new Set(rows.map(({ strategy }) => strategy))]).toEqual(STRATEGIES);
  });

  it('leaves the means in when told to, and trains on more and harder mismatches', () => {
    const args = ['--strategies', 'f-statistic', '--k', '4', '--folds', '3'];
    const rowsOf = (more: string[]) =>
      (JSON.parse(compare([...args, ...more]).stdout) as { rows: { strategy: string; centred: boolean }[] })
        .rows;
    expect(rowsOf(['--no-centring']).every(({ centred }) => !centred)).toBe(true);
    const [plain, more, hard] = [
      [],
      ['--negatives', '4'],
      ['--negatives', '4', '--hard-negatives', '0.5'],
    ].map((extra) => JSON.stringify(rowsOf(extra)[0]));
    expect(new Set([plain, more, hard]).size).toBe(3);
  });

  it.each([
    ['k beyond dim', ['--k', '21'], 'T.npy', /--k 21.*20 coordinates/],
    ['an unknown strategy', ['--strategies', 'best'], 'T.npy', /unknown strategy "best".*Available.*pca/],
    ['a filter without its number', ['--strategies', 'variance+rfe'], 'T.npy', /variance:THRESHOLD/],
    [
      'a k beyond what a prefilter counts',
      ['--strategies', 'f-statistic:3+pca', '--k', '4'],
      'T.npy',
      /leaves 3 features\. Choose --k 3 or less/,
    ],
    ['no mismatches', ['--negatives', '0'], 'T.npy', /whole number from 1 to 100/],
    ['a share above 1', ['--hard-negatives', '2'], 'T.npy', /share from 0 to 1/],
    ['a strategy named twice', ['--strategies', 'full,full'], 'T.npy', /every item once/],
    ['matrices of different length', [], 'T1.npy', /\(60, 20\).*\(59, 20\)/],
    ['too many folds for the groups', ['--folds', '31'], 'T.npy', /at least 62 groups/],
  ])('exits with 1 and one line for %s', (_, args, texts, message) => {
    const { status, stdout, stderr } = compare(args, 'I.npy', texts);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });

  it('exits with 1 for a prefilter that leaves nothing, once all folds have ended', () => {
    const { status, stdout, stderr } = compare([
      '--strategies',
      'variance:10+mrmr',
      '--k',
      '2',
      '--threads',
      '2',
    ]);
    expect(stderr).toMatch(/none behind variance:10: loosen the prefilter/);
    expect(stderr).not.toMatch(/bug/);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  it('counts groups, not pairs, against the folds', () => {
    const { status, stderr } = compare(['--groups', path('g.npy'), '--folds', '4']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/at least 8 groups.*got 7/);
  });
});
