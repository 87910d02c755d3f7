import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PrecomputeReport } from '../../scripts/report/report-data.ts';
import { scoreFull } from '../../src/core/scoring/scoring.ts';
import { decodeSelection, encodeSelection, selectionId } from '../../src/format/selection-record.ts';
import { NPY, ROOT, type Workplace, createWorkplace } from './precompute-setup.ts';

/** Only what names the pairs: what makes a selection is refused here. */
const FILES = NPY.slice(0, 6);

let work: Workplace;

beforeAll(() => {
  work = createWorkplace();
  const made = work.run(
    ...FILES,
    '--out',
    'made',
    '--strategy',
    'variance',
    '--strategies',
    'variance',
    '--k',
    '6',
    '--fusion',
    'attention',
  );
  expect(made.stderr).toContain('report:');
  expect(made.status).toBe(0);
});

const recalibrate = (out: string, ...args: string[]) =>
  work.run(...FILES, '--calibrate-only', 'made', '--out', out, ...args);

const readRecord = (folder: string) =>
  decodeSelection(readFileSync(join(work.folder, folder, 'selection.bin')));
const readReport = (folder: string) =>
  JSON.parse(readFileSync(join(work.folder, folder, 'report.json'), 'utf8')) as PrecomputeReport;
const readJson = (folder: string) =>
  JSON.parse(readFileSync(join(work.folder, folder, 'selection.json'), 'utf8')) as {
    readonly id: string;
    readonly fusion: { readonly kind: string; readonly query: number[][]; readonly output: number[][] };
    readonly calibrator: { readonly baseRate: number };
  };

describe('the metrics of a record', () => {
  it('say what its own calibrator reached, and which fusions were tried', () => {
    const { metrics, model } = readRecord('made');
    const { calibration, fusionTrials } = readReport('made');
    const { decisions, byBaseRate, tried, ece, brier, targetPrecision } = calibration;
    expect(metrics.calibration).toMatchObject({
      kind: model.calibrator.kind,
      baseRate: 0.5,
      tried,
      ece,
      brier,
      matches: 160,
      mismatches: 160,
      uncertainShare: (decisions.match.uncertain + decisions.mismatch.uncertain) / 320,
      targetPrecision,
      byBaseRate,
    });
    expect(byBaseRate.map(({ baseRate }) => baseRate)).toEqual([0.5, 0.1, 0.01, 0.001]);
    expect(metrics.fusionTrials).toEqual(
      fusionTrials.map(({ fusion, recallAt1, taken, reason }) => ({
        fusion,
        recallAt1: recallAt1.mean,
        taken,
        reason,
      })),
    );
    expect(fusionTrials.map(({ fusion }) => fusion)).toEqual(['identity', 'attention']);
  });
});

describe('precompute --calibrate-only', () => {
  it('refits calibrator and thresholds and leaves means, mask, fusion, seed and relevance to the bit', async () => {
    const { status, stdout, stderr } = recalibrate('again', '--seed', '3');
    expect(stderr).toMatch(/recalibrated: (platt|isotonic), on 160 matches and 160 mismatches/);
    expect(status).toBe(0);
    const [before, after] = [readRecord('made'), readRecord('again')];
    const { calibrator, ...kept } = after.model;
    const { calibrator: old, ...given } = before.model;
    expect(kept).toEqual(given);
    expect(calibrator).not.toEqual(old);
    const fitted = { model: null, metrics: null, domain: null, anyMatch: null };
    expect({ ...after, ...fitted }).toEqual({ ...before, ...fitted });
    expect(after.domain).not.toBeUndefined();
    const { recalibrated, ...metrics } = after.metrics;
    expect(metrics).toEqual(before.metrics);
    expect(recalibrated).toMatchObject({ matches: 160, mismatches: 160, marked: false, folds: 5 });
    expect(recalibrated).toMatchObject({ kind: calibrator.kind, baseRate: 0.5, targetPrecision: 0.95 });
    const bytes = readFileSync(join(work.folder, 'again', 'selection.bin'));
    const summary = JSON.parse(stdout) as Record<string, unknown>;
    expect(summary).toMatchObject({
      id: await selectionId(bytes),
      fusion: 'attention',
      pairs: 160,
      mismatches: 160,
    });
    expect(readJson('again').id).toBe(summary.id);
  });

  it('gives the same bytes for a seed', () => {
    recalibrate('a', '--seed', '4');
    recalibrate('b', '--seed', '4');
    expect(readFileSync(join(work.folder, 'a', 'selection.bin'))).toEqual(
      readFileSync(join(work.folder, 'b', 'selection.bin')),
    );
  });

  it('takes the file itself, and writes the base rate it was asked for into the record', () => {
    const { status } = work.run(
      ...FILES,
      '--calibrate-only',
      'made/selection.bin',
      '--out',
      'rare',
      '--base-rate',
      '0.1',
      '--precision',
      '0.8',
    );
    expect(status).toBe(0);
    expect(readRecord('rare').model.calibrator.baseRate).toBe(0.1);
    expect(readJson('rare').calibrator.baseRate).toBe(0.1);
    expect(readRecord('rare').metrics.recalibrated).toMatchObject({ targetPrecision: 0.8 });
  });

  it('says in selection.json what a score needs: the maps as rows', () => {
    const { fusion } = readJson('again');
    expect(fusion.kind).toBe('attention');
    expect([fusion.query.length, fusion.query[0].length]).toEqual([64, 6]);
    expect([fusion.output.length, fusion.output[0].length]).toEqual([6, 64]);
    const { model } = readRecord('again');
    expect(
      Number.isFinite(scoreFull(model, new Float32Array(24).fill(0.2), new Float32Array(24).fill(0.1))),
    ).toBe(true);
  });

  it.each([
    {
      name: 'another encoder',
      args: ['--encoder-id', 'other/clip'],
      says: 'for encoder some/clip, the pairs are of other/clip',
    },
    {
      name: 'a flag that would have no effect',
      args: ['--k', '4'],
      says: '--k goes with making a selection',
    },
    {
      name: 'too few groups',
      args: ['--folds', '100'],
      says: '100 folds need matches of at least 200 groups of pairs, got 160',
    },
    { name: 'a base rate of 1', args: ['--base-rate', '1'], says: 'between 0 and 1, both excluded' },
    { name: 'a precision of 0', args: ['--precision', '0'], says: 'above 0 and at most 1' },
  ])('ends with 1 for $name and writes nothing', ({ args, says }) => {
    const { status, stderr, stdout } = recalibrate('refused', ...args);
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
    expect(status).toBe(1);
    expect(() => readRecord('refused')).toThrow(/ENOENT/);
  });

  it('takes the id alone where a fingerprint is undeclared, and refuses two that differ', () => {
    const { encoder, ...rest } = readRecord('made');
    expect(recalibrate('declared', '--encoder-fingerprint', 'f1').status).toBe(0);
    work.put('f1.bin', encodeSelection({ ...rest, encoder: { ...encoder, fingerprint: 'f1' } }));
    const refit = (...args: string[]) =>
      work.run(...FILES, '--calibrate-only', 'f1.bin', '--out', 'of-f1', ...args);
    expect(refit().status).toBe(0);
    const refused = refit('--encoder-fingerprint', 'f2');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(
      'selection "f1.bin" is for some/clip of fingerprint f1, the pairs are of fingerprint f2',
    );
  });

  it('refuses to write over the selection it refits, or beside a report, and leaves both as they are', () => {
    const before = readFileSync(join(work.folder, 'made', 'selection.bin'));
    const over = recalibrate('./made/');
    expect(over.status).toBe(1);
    expect(over.stderr).toMatch(
      /--out \.\/made\/ is the folder of the selection to refit\. .*choose a new folder/,
    );
    expect(readFileSync(join(work.folder, 'made', 'selection.bin'))).toEqual(before);
    work.put('reported/report.html', '');
    const beside = recalibrate('reported');
    expect(beside.status).toBe(1);
    expect(beside.stderr).toMatch(/--out reported holds report\.html, .*choose a new folder/);
    expect(() => readRecord('reported')).toThrow(/ENOENT/);
    // One's own result is written anew.
    expect(recalibrate('twice').status).toBe(0);
    expect(recalibrate('twice').status).toBe(0);
  });

  it('ends with 1 where there is no selection, or it cannot be read', () => {
    const missing = work.run(...FILES, '--calibrate-only', 'nowhere', '--out', 'refused');
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('nowhere');
    work.put('broken.bin', Buffer.from('ALQS and no more'));
    const broken = work.run(...FILES, '--calibrate-only', 'broken.bin', '--out', 'refused');
    expect(broken.status).toBe(1);
    expect(broken.stderr).toContain('broken.bin');
  });
});

describe('precompute --calibrate-only on a dataset with marked mismatches', () => {
  it('counts those as negatives, and draws none', () => {
    const listing = readFileSync(join(ROOT, 'models/sample/captions.csv'), 'utf8').split('\n');
    const samples = listing.filter((line) => !line.includes('"')).slice(1, 25);
    const pairs = samples.map((line) => line.split(',').slice(0, 2));
    for (const [image] of pairs) work.put(image, readFileSync(join(ROOT, 'models/sample', image)));
    const matches = pairs.map(([image, caption]) => `${image},${caption},1`);
    const marked = pairs.slice(0, 10).map(([image], i) => `${image},${pairs[i + 12][1]},0`);
    work.put('pairs.csv', ['image,caption,label', ...matches, ...marked].join('\n'));
    const few = ['pairs.csv', '--folds', '2', '--cache', 'cache'];
    const made = work.run(...few, '--out', 'of-pictures', '--strategy', 'full', '--strategies', 'variance');
    expect(made.status, made.stderr).toBe(0);
    const { calibration } = readReport('of-pictures');
    expect(calibration.pairs).toBe(2 * 24 + 10);
    expect(readRecord('of-pictures').metrics.calibration).toMatchObject({ matches: 24, mismatches: 24 + 10 });
    const { status, stdout, stderr } = work.run(...few, '--calibrate-only', 'of-pictures', '--out', 'own');
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ pairs: 24, mismatches: 10 });
    expect(readRecord('own').metrics.recalibrated).toMatchObject({
      matches: 24,
      mismatches: 10,
      marked: true,
    });
    // The embedded encoder's vectors are not those of some/clip.
    const foreign = work.run(...few, '--calibrate-only', 'made', '--out', 'refused');
    expect(foreign.status).toBe(1);
    expect(foreign.stderr).toContain('for encoder some/clip, the pairs are of tiny-clip');
  });
});
