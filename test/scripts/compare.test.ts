import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComparisonRow } from '../../src/core/evaluation/cross-validation.ts';
import type { RegionChoice } from '../../src/core/evaluation/region-images.ts';
import { STRATEGIES } from '../../src/core/selection/strategy-names.ts';
import type { RegionRow } from '../../src/core/evaluation/region-comparison.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { gaussians } from '../core/random-data.ts';
import { runScript } from './run-command.ts';

const SAMPLE = join(import.meta.dirname, '../../models/sample');
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
  const rowsOf = (values: Float32Array | Float64Array | number[], rows: readonly number[]) =>
    Float64Array.from(rows.flatMap((row) => Array.from(values.slice(row * DIM, (row + 1) * DIM))));
  const all = Array.from({ length: PAIRS }, (_, i) => i);
  const repeated = [...all, 3, 3, 17];
  writeFileSync(path('I-repeated.npy'), encodeNpy(rowsOf(images, repeated), [repeated.length, DIM]));
  writeFileSync(path('T-repeated.npy'), encodeNpy(rowsOf(texts, repeated), [repeated.length, DIM]));
  const exchanged = all.map((i) => (i + 1) % PAIRS);
  writeFileSync(path('T-exchanged.npy'), encodeNpy(rowsOf(texts, exchanged), [PAIRS, DIM]));
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

const QUICK = ['--strategies', 'full', '--k', '4', '--folds', '2'];

describe('compare', () => {
  it('ends with a table on stderr that marks the best, and writes the rows to --out', async () => {
    const asked = ['--strategies', 'mutual-information,full', '--k', '4,8', '--folds', '3'];
    const plain = compare(asked);
    const csv = compare([...asked, '--out', path('deep/rows.csv')]);
    const parquet = compare([...asked, '--out', path('rows.parquet')]);
    expect([csv.status, parquet.status]).toEqual([0, 0]);
    expect([csv.stdout, parquet.stdout]).toEqual([plain.stdout, plain.stdout]);
    const { rows } = JSON.parse(plain.stdout) as { rows: ComparisonRow[] };
    const lines = plain.stderr
      .trimEnd()
      .split('\n')
      .slice(-rows.length - 2);
    expect(lines[0]).toMatch(
      /^strategy +k +encoding +bytes +i>t R@1 +t>i R@1 +i>t R@10 +t>i R@10 +auc +hard +ece$/,
    );
    rows.forEach((row, i) => {
      const { imageToText, textToImage } = row.recall;
      const figures = [
        imageToText['1'],
        textToImage['1'],
        imageToText['10'],
        textToImage['10'],
        row.auc,
        row.aucHard,
        row.ece,
      ];
      const cells = lines[i + 1].trim().split(/ +/);
      expect(cells.map((cell) => cell.replace('*', ''))).toEqual([
        ...[row.strategy, String(row.k), row.encoding, String(row.bytes)],
        ...figures.map(({ mean }) => mean.toFixed(3)),
      ]);
      if (row.strategy === 'full' && row.encoding === 'float32') expect(lines[i + 1]).not.toContain('*');
    });
    const rivals = rows.filter(({ strategy, encoding }) => strategy !== 'full' || encoding !== 'float32');
    const best = Math.min(...rivals.map(({ ece }) => ece.mean));
    expect(lines.filter((line) => /\*$/.test(line.trimEnd()))).toHaveLength(
      rivals.filter(({ ece }) => ece.mean === best).length,
    );
    const table = parse(readFileSync(path('deep/rows.csv'), 'utf8'), { columns: true }) as Record<
      string,
      string
    >[];
    const buffer = readFileSync(path('rows.parquet'));
    const file = buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length);
    const fromParquet = await parquetReadObjects({ file });
    expect(fromParquet).toHaveLength(rows.length);
    rows.forEach((row, i) => {
      const expected = {
        strategy: row.strategy,
        k: row.k,
        encoding: row.encoding,
        centred: row.centred,
        bytes: row.bytes,
        auc: row.auc.mean,
        auc_sd: row.auc.sd,
        recall_image_to_text_5: row.recall.imageToText['5'].mean,
        recall_text_to_image_10_sd: row.recall.textToImage['10'].sd,
        ece: row.ece.mean,
        stability: row.stability?.mean ?? null,
      };
      expect(fromParquet[i]).toMatchObject(expected);
      const texts = Object.entries(expected).map(([name, value]) => [
        name,
        value === null ? '' : String(value),
      ]);
      expect(table[i]).toMatchObject(Object.fromEntries(texts));
    });
  });

  it.each(['rows.xlsx', '.'])('refuses --out %s before the work', (out) => {
    const { status, stdout, stderr } = compare([...QUICK, '--out', path(out)]);
    expect(stderr).toMatch(/^compare: --out .* (is a folder|expected a name that ends in .csv or .parquet)/);
    expect([status, stdout]).toEqual([1, '']);
  });

  it('says that rows are repeated, and counts each pair once', () => {
    const { status, stdout, stderr } = compare(QUICK, 'I-repeated.npy', 'T-repeated.npy');
    expect(JSON.parse(stdout)).toMatchObject({ pairs: PAIRS, duplicates: 3, signal: { found: true } });
    expect(stderr).toContain(
      'warning: DUPLICATES: 3 of 63 rows repeat the image and the text of an earlier row.',
    );
    expect(stderr).not.toContain('NO SIGNAL');
    expect(status).toBe(0);
  });

  it('says that exchanged captions give no signal, before and after the figures', () => {
    const { status, stdout, stderr } = compare(QUICK, 'I.npy', 'T-exchanged.npy');
    expect(JSON.parse(stdout)).toMatchObject({ duplicates: 0, signal: { found: false, groups: PAIRS } });
    expect(
      stderr.match(/warning: NO SIGNAL: .*\(difference in cosine .*, p = .* over 60 groups\)/g),
    ).toHaveLength(2);
    expect(stderr).toContain('See that row i of the texts belongs to row i of the images');
    expect(status).toBe(0);
  });

  it('cannot tell a signal from seven groups', () => {
    const { stdout, stderr } = compare([...QUICK, '--groups', path('g.npy')]);
    expect(JSON.parse(stdout)).toMatchObject({ signal: null });
    expect(stderr).not.toContain('NO SIGNAL');
  });

  it('prints every figure of every row, each a mean and a deviation', () => {
    const asked = ['--strategies', 'mutual-information,variance:0+f-statistic,cross-covariance,full'];
    const { status, stdout } = compare([...asked, '--k', '4,8', '--folds', '3', '--seed', '1']);
    expect(status).toBe(0);
    const { rows, ...rest } = JSON.parse(stdout) as { rows: Record<string, unknown>[] };
    expect(rest).toEqual({
      pairs: PAIRS,
      dim: DIM,
      folds: 3,
      seed: 1,
      duplicates: 0,
      nearDuplicates: {
        images: { count: 0, nearest: [], rows: PAIRS, lookedAt: PAIRS },
        texts: { count: 0, nearest: [], rows: PAIRS, lookedAt: PAIRS },
      },
      signal: {
        difference: expect.any(Number),
        p: 1 / 2000,
        permutations: 1999,
        groups: PAIRS,
        found: true,
      },
    });
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

  it('compares every encoding at exactly the bytes asked for, stored and with a float query', () => {
    const asked = ['--strategies', 'cross-covariance,variance', '--bytes', '8,16', '--folds', '3'];
    const { status, stdout, stderr } = compare([...asked, '--out', path('bytes.csv')]);
    expect(status).toBe(0);
    const { rows } = JSON.parse(stdout) as { rows: ComparisonRow[] };
    const named = rows.map(({ strategy, k, encoding, bytes }) => [strategy, k, encoding, bytes].join(' '));
    const sizes = ['2 float32 8', '4 int8 8', '16 int4 8', '4 float32 16', '12 int8 16'];
    expect(named).toEqual([
      ...['cross-covariance', 'variance', 'pca', 'random'].flatMap((name) =>
        sizes.map((size) => `${name} ${size}`),
      ),
      ...['full 20 float32 80', 'full 20 int8 24', 'full 20 int4 10', 'full 20 sign 3'],
    ]);
    const recallOf = ({ imageToText, textToImage }: ComparisonRow['recall']) =>
      (imageToText['1'].mean + textToImage['1'].mean) / 2;
    for (const row of rows) {
      const { recallFloatQuery } = row;
      if (recallFloatQuery === undefined) throw new Error('expected recall with a float query');
      if (row.encoding === 'float32') expect(recallFloatQuery).toEqual(row.recall);
      const cell = `${recallOf(row.recall).toFixed(3)}[* ] \\(${recallOf(recallFloatQuery).toFixed(3)}\\)`;
      if (row.strategy !== 'full') {
        expect(stderr).toMatch(new RegExp(`^${row.strategy} +${row.encoding} .*${cell}`, 'm'));
      }
    }
    const lossy = rows.filter(({ encoding }) => encoding === 'sign' || encoding === 'int4');
    expect(lossy.some((row) => JSON.stringify(row.recallFloatQuery) !== JSON.stringify(row.recall))).toBe(
      true,
    );
    const table = parse(readFileSync(path('bytes.csv'), 'utf8'), { columns: true }) as Record<
      string,
      string
    >[];
    expect(table.map((row) => row.recall_text_to_image_1_float_query)).toEqual(
      rows.map((row) => String(row.recallFloatQuery?.textToImage['1'].mean)),
    );
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
    [
      'bytes that no encoding fills',
      ['--bytes', '81'],
      'T.npy',
      /--bytes 81: no encoding of up to 20.*at most 80/,
    ],
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

  it('compares picture vectors of regions with those of whole pictures, for a dataset', () => {
    const table = readFileSync(join(SAMPLE, 'captions.csv'), 'utf8').split('\n');
    const few = table.slice(0, 17).map((line) => line.replace(/^images/, join(SAMPLE, 'images')));
    writeFileSync(path('few.csv'), few.join('\n'));
    const { status, stdout, stderr } = runScript('compare', [
      path('few.csv'),
      ...['--regions', '--cache', path('cache'), '--threads', '2', '--out', path('regions.csv')],
      ...QUICK,
    ]);
    expect(status).toBe(0);
    const { rows, regions } = JSON.parse(stdout) as {
      rows: ComparisonRow[];
      regions: (RegionChoice & { rows: RegionRow[] })[];
    };
    expect(regions.map(({ map, share }) => `${map} ${share}`)).toEqual([
      'shares 0.25',
      'shares 0.5',
      'grad-cam 0.25',
      'grad-cam 0.5',
      'centre 0.25',
      'centre 0.5',
    ]);
    const recallOf = ({ recall }: ComparisonRow): number =>
      (recall.imageToText['1'].mean + recall.textToImage['1'].mean) / 2;
    for (const region of regions) {
      expect(region.rows.map(({ strategy, k }) => [strategy, k])).toEqual(
        rows.map(({ strategy, k }) => [strategy, k]),
      );
      region.rows.forEach((row, i) => {
        expect(row.gain.mean).toBeCloseTo(recallOf(row) - recallOf(rows[i]), 9);
      });
    }
    // In the table as well: the rows of whole pictures first, told by empty cells.
    const [names, ...lines] = readFileSync(path('regions.csv'), 'utf8').trimEnd().split(/\r?\n/);
    const at = ['strategy', 'k', 'regions', 'region_share', 'gain'].map((name) =>
      names.split(',').indexOf(name),
    );
    const told = lines.map((line) => at.map((column) => line.split(',')[column]));
    expect(told).toEqual([
      ...rows.map(({ strategy, k }) => [strategy, String(k), '', '', '']),
      ...regions.flatMap((region) =>
        region.rows.map(({ strategy, k, gain }) => [
          strategy,
          String(k),
          region.map,
          String(region.share),
          String(gain.mean),
        ]),
      ),
    ]);
    expect(stderr).toMatch(/\nstrategy +k +encoding +whole +shares 0\.25 .* centre 0\.5\n/);
  });

  it('needs pictures for regions, and something to compare', () => {
    const regions = compare(['--regions', ...QUICK]);
    expect([regions.status, regions.stderr]).toEqual([
      1,
      'compare: --regions needs the pictures of a DATASET; .npy files have none\n',
    ]);
    const nothing = runScript('compare', QUICK);
    expect([nothing.status, nothing.stderr]).toEqual([
      1,
      'compare: name a DATASET, or --image-embeddings and --text-embeddings\n',
    ]);
  });
});
