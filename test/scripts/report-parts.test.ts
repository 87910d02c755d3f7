import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { summaryLines } from '../../scripts/precompute/summary.ts';
import { spreadLabels } from '../../scripts/report/charts/spread-labels.ts';
import { truePositivesAt } from '../../scripts/report/charts/roc-chart.ts';
import { foldCounts } from '../../scripts/report/charts/stability-charts.ts';
import { measuredColumn, numberColumn, tableText, textColumn } from '../../scripts/report/data-table.ts';
import { type PickedFrom, pickExamples } from '../../scripts/report/pick-examples.ts';
import { truthInWords } from '../../scripts/report/sections/examples.ts';
import { renderReport } from '../../scripts/report/render-report.ts';
import { rocCurve } from '../../src/core/evaluation/roc-curve.ts';
import { chosenRow, mainRows, rowName } from '../../scripts/report/strategy-rows.ts';
import { verdictOf } from '../../scripts/report/verdict.ts';
import { auc } from '../../src/core/evaluation/metrics.ts';
import { createRandom } from '../../src/core/random.ts';
import type { PrecomputeReport } from '../../scripts/report/report-data.ts';
import { buildReport } from './report-builder.ts';
import { reportVariants } from './report-variants.ts';

describe('warnings of the report', () => {
  it('stand above the figures when the data is bad, and nowhere else', () => {
    const good = buildReport();
    expect(renderReport(good)).not.toContain('class="warnings"');
    expect(summaryLines(good, verdictOf(good), 'out')).toHaveLength(6);
    const signal = { difference: -0.0004, p: 0.4135, permutations: 1999, groups: 480, found: false };
    const bad = { ...good, dataset: { ...good.dataset, duplicates: 1, signal } };
    const { document } = parseHTML(renderReport(bad));
    const lines = [...document.querySelectorAll('main > .warnings p')].map(({ textContent }) => textContent);
    expect(lines).toEqual([
      expect.stringMatching(/^NO SIGNAL: .*\(difference in cosine 0\.000, p = 0\.41 over 480 groups\)/),
      expect.stringMatching(/^DUPLICATES: 1 of 601 rows repeats/),
    ]);
    expect(summaryLines(bad, verdictOf(bad), 'out').slice(0, 2)).toEqual(
      lines.map((line) => `warning: ${line}`),
    );
    const untested = { ...good, dataset: { ...good.dataset, signal: null } };
    expect(renderReport(untested)).toContain('Too few groups to test');
  });
});

it('regions are told by their best difference, and by whether it is clear of chance', () => {
  const { regions } = reportVariants();
  const sectionOf = (report: PrecomputeReport): string =>
    parseHTML(renderReport(report)).document.querySelector('section[aria-labelledby=regions]')?.textContent ??
    '';
  expect(sectionOf(regions)).toMatch(/\+0\.060 \(standard error 0\.020\), under pca: the best of 4, so/);
  const rows = regions.regions?.rows.slice(1) ?? [];
  const none = { ...regions, regions: { choices: regions.regions?.choices ?? [], rows } };
  expect(sectionOf(none)).toMatch(/under full: of 2 none is clear of chance/);
  expect(sectionOf(buildReport())).toBe('');
});

describe('the figures of the first screen', () => {
  const states = (report: PrecomputeReport): (string | undefined)[][] => {
    const { document } = parseHTML(renderReport(report));
    return [...document.querySelectorAll('.figures > [data-check]')].map((tile) => [
      tile.getAttribute('data-check') ?? '',
      tile.querySelector('.state')?.textContent,
    ]);
  };

  it('put the one that decides first, and call none good that the data makes chance', () => {
    const { 'bad-data': shuffled } = reportVariants();
    expect(states(shuffled)).toEqual([
      ['signal', 'none'],
      ...['recall', 'bytes', 'matches', 'mismatches', 'calibration', 'random'].map((check) => [
        check,
        'chance',
      ]),
      ['groups', 'enough'],
    ]);
    const report = buildReport();
    const few = { ...report, dataset: { ...report.dataset, pairs: 40, groups: 40 } };
    expect(states(few).slice(0, 2)).toEqual([
      ['groups', 'too few'],
      ['recall', 'not sure'],
    ]);
    expect(states(report).slice(0, 2)).toEqual([
      ['recall', 'under 95\u00a0%'],
      ['bytes', 'saves 61\u00a0%'],
    ]);
  });
});

describe('spreadLabels', () => {
  it('leaves alone what is apart', () => {
    expect(spreadLabels([50, 10, 90], 15, [0, 100])).toEqual([50, 10, 90]);
  });

  it('centres a block on where its members want to be, in their order', () => {
    expect(spreadLabels([50, 50, 50], 10, [0, 100])).toEqual([40, 50, 60]);
    expect(spreadLabels([52, 48], 10, [0, 100])).toEqual([55, 45]);
  });

  it('keeps the gap and the range for any labels that fit', () => {
    const random = createRandom(3);
    for (let round = 0; round < 200; round++) {
      const wanted = Array.from({ length: 1 + random.nextInt(20) }, () => 100 * random.next());
      const placed = spreadLabels(wanted, 5, [0, 100]).sort((a, b) => a - b);
      // A sum of up to twenty floats of at most 100 is off by less than 1e-12.
      placed.slice(1).forEach((at, i) => expect(at - placed[i]).toBeGreaterThan(5 - 1e-9));
      expect(placed[0]).toBeGreaterThanOrEqual(-1e-9);
      expect(placed[placed.length - 1]).toBeLessThan(100 + 1e-9);
    }
  });

  it('gives nothing for nothing', () => {
    expect(spreadLabels([], 5, [0, 100])).toEqual([]);
  });
});

describe('rocCurve', () => {
  it('walks from (0, 0) to (1, 1) by falling score, equal scores in one step', () => {
    const { points } = rocCurve(Float64Array.of(0.9, 0.8, 0.8, 0.1), Uint8Array.of(1, 1, 0, 0));
    expect(points.map((point) => [point.falsePositiveRate, point.truePositiveRate])).toEqual([
      [0, 0],
      [0, 0.5],
      [0.5, 1],
      [1, 1],
    ]);
  });

  it('encloses the area that the rank statistic gives', () => {
    const random = createRandom(5);
    // Rounded to have ties.
    const scores = Float64Array.from({ length: 400 }, (_, i) =>
      Math.round(20 * (random.next() + (i % 2) * 0.3)),
    );
    const labels = Uint8Array.from(scores, (_, i) => i % 2);
    const { points } = rocCurve(scores, labels);
    const area = points.slice(1).reduce((sum, point, i) => {
      const width = point.falsePositiveRate - points[i].falsePositiveRate;
      return sum + (width * (point.truePositiveRate + points[i].truePositiveRate)) / 2;
    }, 0);
    // Some tens of additions of numbers up to 1.
    expect(Math.abs(area - auc(scores, labels))).toBeLessThan(1e-12);
  });

  it('thins a long curve to what a chart can show, both ends kept', () => {
    const random = createRandom(6);
    const scores = Float64Array.from({ length: 20_000 }, () => random.next());
    const { points } = rocCurve(
      scores,
      Uint8Array.from(scores, () => random.nextInt(2)),
    );
    expect(points.length).toBeLessThan(500);
    expect(points[0]).toEqual({ falsePositiveRate: 0, truePositiveRate: 0 });
    expect(points[points.length - 1]).toEqual({ falsePositiveRate: 1, truePositiveRate: 1 });
  });

  it('refuses one class, and lists of different length', () => {
    expect(() => rocCurve(Float64Array.of(1, 2), Uint8Array.of(1, 1))).toThrow('got 2 and 0');
    expect(() => rocCurve(Float64Array.of(1), Uint8Array.of(1, 0))).toThrow('got 1 scores and 2 labels');
  });

  it('is read off at a rate: what passes without letting more mismatches through', () => {
    const { points } = rocCurve(Float64Array.of(4, 3, 2, 1), Uint8Array.of(1, 0, 1, 0));
    expect(truePositivesAt({ auc: 0.75, points }, 0.49)).toBe(0.5);
    expect(truePositivesAt({ auc: 0.75, points }, 0.5)).toBe(1);
  });
});

describe('pickExamples', () => {
  /** Each pair of its own picture and caption, unless told otherwise. */
  const pairs = (scores: Float64Array, labels: Uint8Array, probabilities: Float64Array): PickedFrom => ({
    scores,
    labels,
    probabilities,
    imageRows: Uint32Array.from(scores.keys()),
    textRows: Uint32Array.from(scores.keys()),
  });

  it('takes the surest matches, the furthest from the truth of either kind, and the nearest one half', () => {
    const scores = Float64Array.of(0.9, 0.8, 0.7, 0.1, 0.5, 0.2);
    const labels = Uint8Array.of(1, 0, 1, 1, 0, 0);
    const probabilities = Float64Array.of(0.95, 0.9, 0.8, 0.02, 0.55, 0.1);
    expect(pickExamples(pairs(scores, labels, probabilities))).toEqual({
      best: [0, 2, 3],
      worst: [3, 1, 4, 2, 5, 0],
      uncertain: [4, 2, 1, 5, 0, 3],
    });
  });

  it('takes at most ten of each, ties to the lower index', () => {
    const equal = new Float64Array(30).fill(0.5);
    const first = Array.from({ length: 10 }, (_, i) => i);
    const picked = pickExamples(pairs(equal, new Uint8Array(30).fill(1), equal));
    expect(picked).toEqual({ best: first, worst: first, uncertain: first });
  });

  it('shows ten different pictures and captions, however many pairs tie', () => {
    // As held-out pairs come: each picture with its own caption, then with another; five captions a picture.
    const count = 400;
    const equal = new Float64Array(count).fill(0.5);
    const imageRows = Uint32Array.from(equal, (_, i) => Math.floor(i / 10));
    const textRows = Uint32Array.from(equal, (_, i) => (i % 2 === 0 ? i / 2 : (7 * i) % (count / 2)));
    const labels = Uint8Array.from(equal, (_, i) => 1 - (i % 2));
    const picked = pickExamples({ scores: equal, labels, probabilities: equal, imageRows, textRows });
    for (const list of Object.values<readonly number[]>({ ...picked })) {
      expect(list).toHaveLength(10);
      expect(new Set(list.map((i) => imageRows[i])).size).toBe(10);
      expect(new Set(list.map((i) => textRows[i])).size).toBe(10);
    }
  });

  it('shows fewer where there are fewer', () => {
    const equal = new Float64Array(6).fill(0.5);
    const base = pairs(equal, new Uint8Array(6).fill(1), equal);
    expect(pickExamples({ ...base, imageRows: Uint32Array.of(0, 0, 1, 1, 0, 1) }).uncertain).toEqual([0, 2]);
  });

  it('refuses lists of different length', () => {
    const two = Float64Array.of(1, 2);
    expect(() => pickExamples(pairs(two, Uint8Array.of(1), two))).toThrow(
      'got 2 scores, 1 labels, 2 probabilities, 2 pictures and 2 captions',
    );
  });
});

describe('truthInWords', () => {
  it.each([
    [true, 0.12, 'This caption belongs to it, but scored 12 % probable.'],
    [true, 0.97, 'This caption belongs to it, and scored 97 % probable.'],
    [false, 0.9991, 'This caption does not belong to it, but scored over 99 % probable.'],
    [false, 0.002, 'This caption does not belong to it, and scored under 1 % probable.'],
  ])('says what is true and what was said: %s, %s', (isMatch, probability, words) => {
    expect(truthInWords({ isMatch, probability }).replaceAll('\u00a0', ' ')).toBe(words);
  });
});

describe('foldCounts', () => {
  it('counts coordinates by folds and what a binomial of k in dim expects', () => {
    const counts = foldCounts({ keptInFolds: [2, 1, 1, 0] }, { folds: 2, k: 2, dim: 4 });
    expect(counts).toEqual([
      { folds: 1, coordinates: 2, chance: 2 },
      { folds: 2, coordinates: 1, chance: 1 },
    ]);
  });
});

describe('tableText', () => {
  it('separates by tabs, splits a mean and its deviation, and keeps a row a line', () => {
    interface Row {
      readonly name: string;
      readonly value: number | null;
    }
    const columns = [
      textColumn<Row>('name', ({ name }) => name),
      numberColumn<Row>('value', ({ value }) => value, 1),
      measuredColumn<Row>('m', 'measure', ({ value }) => (value === null ? null : { mean: value, sd: 0.5 })),
    ];
    const rows = [
      { name: 'a\tb\nc', value: 1 / 3 },
      { name: 'none', value: null },
    ];
    expect(tableText(columns, rows)).toBe(
      'name\tvalue\tmeasure mean\tmeasure sd\na b c\t0.333333\t0.333333\t0.5\nnone\t\t\t\n',
    );
  });
});

describe('rows of the comparison', () => {
  it('are told apart by name: encodings, learned fusions, the other centring', () => {
    const report = buildReport();
    const main = new Set(mainRows(report.rows));
    const names = report.rows.map((row) => `${rowName(row, { main })} ${row.k}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        'full, int8 512',
        'full, sign bits 512',
        'f-statistic + attention 50',
        'f-statistic, not centred 50',
      ]),
    );
    expect(chosenRow(report)).toBe(report.rows.find((row) => row.strategy === 'f-statistic' && row.k === 50));
    const { weighted } = reportVariants();
    expect(chosenRow(weighted)?.fusion).toBe('weighted');
  });
});

describe('the report of any run', () => {
  it.each(Object.entries(reportVariants()))('renders: %s', (_, report) => {
    const { document } = parseHTML(renderReport(report));
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    // What JavaScript writes where a value is missing.
    expect(document.body.textContent).not.toMatch(/NaN|undefined(?! here)|Infinity|\[object/);
    for (const svg of document.querySelectorAll('svg')) expect(svg.outerHTML).not.toMatch(/NaN|Infinity/);
  });
});

describe('summaryLines', () => {
  it('stays at six lines with fourteen strategies at three k', () => {
    const report = buildReport();
    const verdict = verdictOf(report);
    const lines = summaryLines(report, verdict, 'out');
    expect(lines).toEqual([
      'chosen: f-statistic (by cross-validation), 50 of 512 coordinates, mean recall@1 0.395',
      'against: full 0.720, cross-covariance 0.600, pca 0.560, mutual-information 0.380, random 0.290, 37 more rows in the report; fusion identity (tried: weighted −0.033, attention +0.023)',
      'by how much: +0.105 (standard error 0.012) against random coordinates; −0.325 (standard error 0.021) against full vectors',
      expect.stringMatching(
        /^size: 200 bytes a vector against 2048; probability with held-out ECE 0\.\d{3}, Brier 0\.\d{3}$/,
      ),
      `verdict: ${verdict.sentence} ${verdict.next}`,
      'report: out/report.html',
    ]);
  });

  it('ends with the verdict, and what to know before it', () => {
    const good = buildReport();
    const report = { ...good, dataset: { ...good.dataset, duplicates: 31 } };
    const verdict = verdictOf(report);
    expect(summaryLines(report, verdict, 'out').slice(-3)).toEqual([
      `verdict: ${verdict.sentence} ${verdict.next}`,
      'but: 31 rows of the data repeat an earlier one and do not count: see whether data was joined twice.',
      'report: out/report.html',
    ]);
  });
});
