import { parseHTML } from 'linkedom';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probability } from '../../src/core/calibration/calibration.ts';
import { scoreFull } from '../../src/core/scoring/scoring.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import type { Verdict } from '../../scripts/report/verdict.ts';
import { encodeNpy, readEmbeddings } from '../../src/format/npy.ts';
import { decodeSelection, selectionId } from '../../src/format/selection-record.ts';
import {
  DIM,
  NPY,
  PAIRS,
  ROOT,
  type SelectionJson,
  type Workplace,
  createWorkplace,
  expectRecomputable,
  readJson,
  syntheticPairs,
} from './precompute-setup.ts';

const COCO = join(ROOT, '../shared/data/coco500-clip-vit-b16');
const hasCoco = existsSync(COCO);
const hasNumpy = spawnSync('python3', ['-c', 'import numpy']).status === 0;

/** The files' rows are of unit norm only within 3e-4; the API normalises what it is given. */
function readUnitRows(path: string): ReturnType<typeof readEmbeddings> {
  const rows = readEmbeddings(readFileSync(path));
  normalizeRows(rows.embeddings, rows.dim);
  return rows;
}

let place: Workplace;
beforeAll(() => {
  place = createWorkplace();
});
afterAll(() => {
  rmSync(place.folder, { recursive: true });
});

describe('precompute on .npy pairs', () => {
  it('warns of repeated rows and of captions that were exchanged, in output, messages and report', () => {
    const { images, texts } = syntheticPairs();
    const turned = new Float32Array(texts.length);
    turned.set(texts.subarray(DIM));
    turned.set(texts.subarray(0, DIM), texts.length - DIM);
    const twice = (rows: Float32Array): Uint8Array =>
      encodeNpy(Float32Array.from([...rows, ...rows.subarray(0, 3 * DIM)]), [PAIRS + 3, DIM]);
    place.put('I-bad.npy', twice(images));
    place.put('T-bad.npy', twice(turned));
    const files = [
      '--image-embeddings',
      'I-bad.npy',
      '--text-embeddings',
      'T-bad.npy',
      '--encoder-id',
      'some/clip',
    ];
    const made = place.run(
      ...files,
      '--strategies',
      'variance',
      '--fusion',
      'identity',
      '--k',
      '8',
      '--out',
      'bad',
    );
    const signal = { found: false, groups: PAIRS };
    expect(JSON.parse(made.stdout)).toMatchObject({ pairs: PAIRS, duplicates: 3, signal });
    expect(readJson(place.folder, 'bad/report.json')).toMatchObject({ dataset: { duplicates: 3, signal } });
    const report = readFileSync(join(place.folder, 'bad/report.html'), 'utf8');
    for (const words of ['NO SIGNAL: the texts are no nearer', `DUPLICATES: 3 of ${PAIRS + 3} rows repeat`]) {
      expect(made.stderr.split(`warning: ${words}`)).toHaveLength(3);
      expect(report).toContain(words);
    }
    expect(JSON.parse(made.stdout)).toMatchObject({ verdict: { action: 'no-signal' } });
    expect(made.stderr).toContain('verdict: No signal, publish nothing: ');
    const again = place.run(...files, '--calibrate-only', 'bad', '--out', 'refit');
    expect(JSON.parse(again.stdout)).toMatchObject({ duplicates: 3, signal });
    expect(again.stderr).toContain('warning: NO SIGNAL');
  });

  it('keeps the coordinates that tell, and writes four files and one line of JSON', async () => {
    const { status, stdout, stderr } = place.run(
      ...NPY,
      '--out',
      'mi',
      '--strategy',
      'mutual-information',
      '--k',
      '8',
    );
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const summary = JSON.parse(stdout) as Record<string, unknown>;
    const bytes = readFileSync(join(place.folder, 'mi/selection.bin'));
    expect(summary).toMatchObject({
      out: 'mi',
      id: await selectionId(bytes),
      encoder: 'some/clip',
      strategy: 'mutual-information',
      k: 8,
      dim: DIM,
      pairs: PAIRS,
    });
    expect(readdirSync(join(place.folder, 'mi')).sort()).toEqual([
      'report.html',
      'report.json',
      'selection.bin',
      'selection.json',
    ]);
    expect(readJson<SelectionJson>(place.folder, 'mi/selection.json').indices).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
    const { verdict } = readJson<{ verdict: Verdict }>(place.folder, 'mi/report.json');
    const { action, sentence, cautions } = verdict;
    expect(summary.verdict).toEqual({ action, sentence, cautions });
    const page = parseHTML(readFileSync(join(place.folder, 'mi/report.html'), 'utf8')).document;
    expect(page.querySelector('h1')?.textContent).toBe(verdict.headline);
    const last = stderr.trimEnd().split('\n').slice(-6);
    expect(last[4]).toBe(`verdict: ${sentence} ${verdict.next}`);
    expect(last.map((line) => line.split(':')[0])).toEqual([
      'chosen',
      'against',
      'by how much',
      'size',
      'verdict',
      'report',
    ]);
  });

  it('gives the same bytes for the same seed and others for another', () => {
    for (const [out, seed] of [
      ['same-a', '3'],
      ['same-b', '3'],
      ['other', '4'],
    ]) {
      expect(place.run(...NPY, '--out', out, '--k', '8', '--seed', seed).status).toBe(0);
    }
    const file = (out: string, name: string): Buffer => readFileSync(join(place.folder, out, name));
    for (const name of ['selection.bin', 'selection.json', 'report.json', 'report.html']) {
      expect(file('same-a', name).equals(file('same-b', name))).toBe(true);
    }
    expect(file('same-a', 'selection.bin').equals(file('other', 'selection.bin'))).toBe(false);
  });

  it.each([
    ['mutual-information', 'identity'],
    ['mutual-information', 'weighted'],
    ['mutual-information', 'attention'],
    ['variance:0.0001+f-statistic', 'identity'],
    ['random', 'identity'],
    ['cross-covariance', 'identity'],
    ['whitened-cross-covariance', 'identity'],
    ['cca', 'weighted'],
    ['pca-rfe', 'weighted'],
    ['pca', 'attention'],
    ['full', 'auto'],
  ])('writes a %s selection with %s fusion that plain code scores alike', (strategy, fusion) => {
    const out = `by-hand-${strategy.replaceAll(/\W/g, '-')}-${fusion}`;
    const { status, stderr } = place.run(
      ...NPY,
      '--out',
      out,
      '--strategy',
      strategy,
      '--fusion',
      fusion,
      '--k',
      '8',
    );
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expectRecomputable(join(place.folder, out), { ...syntheticPairs(), dim: DIM });
  });

  it('scores full vectors by plain cosine, and reports the mutual-information mask all the same', () => {
    expect(place.run(...NPY, '--out', 'full', '--strategy', 'full', '--k', '8').status).toBe(0);
    const selection = readJson<SelectionJson>(place.folder, 'full/selection.json');
    expect(selection).toMatchObject({ k: DIM, indices: null, imageMean: null, fusion: { kind: 'identity' } });
    const { images, texts } = syntheticPairs();
    const cosine = images.subarray(0, DIM).reduce((sum, value, i) => sum + value * texts[i], 0);
    const { model } = decodeSelection(readFileSync(join(place.folder, 'full/selection.bin')));
    // float32 rows of unit norm up to rounding.
    expect(scoreFull(model, images.slice(0, DIM), texts.slice(0, DIM))).toBeCloseTo(cosine, 6);
    const report = readJson<{
      relevance: { mask: number[]; kept: null };
    }>(place.folder, 'full/report.json');
    expect(report.relevance).toMatchObject({ mask: [0, 1, 2, 3, 4, 5, 6, 7], kept: null });
  });

  it('takes under auto the best of those that store at most k coordinates, never random or full', () => {
    const { status, stdout } = place.run(...NPY, '--out', 'auto', '--k', '8');
    expect(status).toBe(0);
    const { choice } = readJson<{
      choice: { candidates: { strategy: string; recallAt1: { mean: number }; notEligible: string | null }[] };
    }>(place.folder, 'auto/report.json');
    const means = choice.candidates.map(({ recallAt1 }) => recallAt1.mean);
    expect(means).toEqual(means.toSorted((a, b) => b - a));
    const eligible = choice.candidates.filter(({ notEligible }) => notEligible === null);
    expect(
      choice.candidates
        .filter(({ notEligible }) => notEligible !== null)
        .map(({ strategy }) => strategy)
        .sort(),
    ).toEqual(['full', 'random']);
    expect(JSON.parse(stdout)).toMatchObject({ strategy: eligible[0].strategy, k: 8 });
  });

  it('keeps given groups together: as many as the numbers say', () => {
    place.put(
      'groups.npy',
      encodeNpy(
        Int32Array.from({ length: PAIRS }, (_, i) => i >> 2),
        [PAIRS],
      ),
    );
    expect(place.run(...NPY, '--groups', 'groups.npy', '--out', 'grouped', '--k', '8').status).toBe(0);
    const report = readJson<{
      dataset: { groups: number };
    }>(place.folder, 'grouped/report.json');
    expect(report.dataset.groups).toBe(PAIRS / 4);
  });

  it('makes do with the fewest groups that can be judged, and with k = dim', () => {
    const four = Int32Array.from({ length: PAIRS }, (_, i) => i % 4);
    place.put('four-groups.npy', encodeNpy(four, [PAIRS]));
    const { status, stderr } = place.run(
      ...NPY,
      '--groups',
      'four-groups.npy',
      '--folds',
      '2',
      '--out',
      'four',
      '--k',
      '24',
    );
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain('no learned fusion was tried, there are too few pairs');
    const { fusion } = readJson<{ fusion: string }>(place.folder, 'four/report.json');
    expect(fusion).toBe('identity');
  });

  it('calibrates: held-out matches are called match more often than mismatch, at the precision aimed for', () => {
    expect(
      place.run(...NPY, '--out', 'calibrated', '--strategy', 'mutual-information', '--k', '8').status,
    ).toBe(0);
    const { calibration } = readJson<{
      calibration: {
        pairs: number;
        ece: number;
        bins: { count: number }[];
        decisions: Record<'match' | 'mismatch', Record<string, number>>;
      };
    }>(place.folder, 'calibrated/report.json');
    const { match, mismatch } = calibration.decisions;
    expect(calibration.pairs).toBe(2 * PAIRS);
    expect(calibration.bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(2 * PAIRS);
    // 0.95 is aimed at on the other folds; 0.9 leaves room for a binomial spread of 0.02 on about 100 decisions.
    expect(match.match / (match.match + mismatch.match)).toBeGreaterThan(0.9);
    expect(mismatch.mismatch / (mismatch.mismatch + match.mismatch)).toBeGreaterThan(0.9);
  });
});

describe.skipIf(!hasCoco)('precompute on real CLIP vectors (skipped where ../shared/data is missing)', () => {
  const flags = [
    ...[
      '--image-embeddings',
      join(COCO, 'img_emb/img_emb_0.npy'),
      '--text-embeddings',
      join(COCO, 'text_emb/text_emb_0.npy'),
    ],
    ...['--encoder-id', 'openai/clip-vit-base-patch16'],
  ];

  it('keeps 50 coordinates by mutual information that beat random ones and stay below full vectors', () => {
    const { status, stderr } = place.run(
      ...flags,
      '--out',
      'coco',
      '--strategy',
      'mutual-information',
      '--strategies',
      'mutual-information',
      '--fusion',
      'identity',
    );
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const { choice } = readJson<{
      choice: {
        overRandom: { mean: number; standardError: number };
        belowFull: { mean: number };
        candidates: { strategy: string; recallAt1: { mean: number } }[];
      };
    }>(place.folder, 'coco/report.json');
    expect(choice.overRandom.mean).toBeGreaterThan(choice.overRandom.standardError);
    expect(choice.belowFull.mean).toBeLessThan(0);
    // 5-fold figures of the field notes: full .72, mutual information .38; another draw of folds moves them by about .02.
    const recall = new Map(choice.candidates.map(({ strategy, recallAt1 }) => [strategy, recallAt1.mean]));
    expect(Math.abs((recall.get('full') ?? 0) - 0.72)).toBeLessThan(0.05);
    expect(Math.abs((recall.get('mutual-information') ?? 0) - 0.38)).toBeLessThan(0.05);
    const [images, texts] = [readUnitRows(flags[1]), readUnitRows(flags[3])];
    expectRecomputable(join(place.folder, 'coco'), {
      images: images.embeddings,
      texts: texts.embeddings,
      dim: images.dim,
    });
  });

  it.skipIf(!hasNumpy)(
    'is scored by numpy as by this project, all matches and every 97th mismatch within 1e-5',
    () => {
      expect(existsSync(join(place.folder, 'coco/selection.json'))).toBe(true);
      const script = `
import json, sys, numpy as np
s = json.load(open(sys.argv[1]))
image, text = (np.load(path).astype(np.float64) for path in sys.argv[2:4])
image /= np.linalg.norm(image, axis=1, keepdims=True)
text /= np.linalg.norm(text, axis=1, keepdims=True)
image = (image - np.array(s['imageMean']))[:, s['indices']]
text = (text - np.array(s['textMean']))[:, s['indices']]
score = (image @ text.T) / np.outer(np.linalg.norm(image, axis=1), np.linalg.norm(text, axis=1))
p = 1 / (1 + np.exp(-(s['calibrator']['slope'] * score + s['calibrator']['intercept'])))
np.save(sys.argv[4], np.stack([score, p]).reshape(2, -1).astype(np.float32))
`;
      const result = spawnSync('python3', [
        '-c',
        script,
        join(place.folder, 'coco/selection.json'),
        flags[1],
        flags[3],
        join(place.folder, 'numpy.npy'),
      ]);
      expect(result.stderr.toString()).toBe('');
      const { embeddings: expected } = readEmbeddings(readFileSync(join(place.folder, 'numpy.npy')));
      const { model } = decodeSelection(readFileSync(join(place.folder, 'coco/selection.bin')));
      const [images, texts] = [readUnitRows(flags[1]), readUnitRows(flags[3])];
      let worst = 0;
      for (let i = 0, at = 0; i < images.count; i++) {
        for (let j = 0; j < texts.count; j++, at++) {
          // 97 is prime to 500: mismatches of all rows come up.
          if (i !== j && at % 97 !== 0) continue;
          const row = ({ embeddings, dim }: typeof images, r: number) =>
            embeddings.slice(r * dim, (r + 1) * dim);
          const score = scoreFull(model, row(images, i), row(texts, j));
          worst = Math.max(
            worst,
            Math.abs(score - expected[at]),
            Math.abs(probability(model.calibrator, score) - expected[images.count * texts.count + at]),
          );
        }
      }
      expect(worst).toBeLessThan(1e-5);
    },
  );
});
