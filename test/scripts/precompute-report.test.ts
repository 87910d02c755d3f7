import { parseHTML } from 'linkedom';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../scripts/report/render-report.ts';
import type { PrecomputeReport } from '../../scripts/report/report-data.ts';
import { verdictOf } from '../../scripts/report/verdict.ts';
import { describeThresholds } from '../../scripts/report/report-words.ts';
import { buildExamples, buildReport } from './report-builder.ts';
import { reportVariants } from './report-variants.ts';
import { DIM, NPY, type Workplace, createWorkplace, readJson } from './precompute-setup.ts';

let place: Workplace;
let report: PrecomputeReport;
let page: Document;
beforeAll(() => {
  place = createWorkplace();
  const { status, stderr } = place.run(
    ...NPY,
    '--out',
    'out',
    '--strategy',
    'mutual-information',
    '--k',
    '8',
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
  report = readJson(place.folder, 'out/report.json');
  page = parseHTML(readFileSync(join(place.folder, 'out/report.html'), 'utf8')).document;
});
afterAll(() => {
  rmSync(place.folder, { recursive: true });
});

function text(selector: string): string[] {
  return [...page.querySelectorAll(selector)].map((element) =>
    element.textContent.trim().replace(/\s+/g, ' '),
  );
}

describe('report.html', () => {
  it('opens offline: one script known by its hash, no link, no address but the SVG namespace', () => {
    const source = readFileSync(join(place.folder, 'out/report.html'), 'utf8');
    expect(page.querySelectorAll('link, iframe, object, [src], [onclick], [style*=url]')).toHaveLength(0);
    expect(
      [...source.matchAll(/https?:\/\/[^"' <)]*/g)]
        .map(([url]) => url)
        .filter((url) => url !== 'http://www.w3.org/2000/svg'),
    ).toEqual([]);
    expect(source).not.toMatch(/@import|url\(/);
    const scripts = [...source.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script]) => script);
    const hash = createHash('sha256').update(scripts[0]).digest('base64');
    expect(scripts).toHaveLength(1);
    expect(page.querySelector('meta[http-equiv=Content-Security-Policy]')?.getAttribute('content')).toBe(
      `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
  });

  it('gives each chart a title and a description for screen readers, under names of its own', () => {
    const charts = [...page.querySelectorAll('svg.chart')];
    const named = charts.map((chart) =>
      (chart.getAttribute('aria-labelledby') ?? '')
        .split(' ')
        .map((id) => page.getElementById(id)?.textContent ?? ''),
    );
    expect([...new Set(named.map(([title]) => title))]).toEqual([
      'Mean recall@1 by strategy at k = 8, 16',
      'Mean recall@1 by strategy at k = 8',
      'Mean recall@1 by strategy at k = 16',
      'Mean recall@1 against bytes a vector',
      'Probability by score',
      'Scores of matches and mismatches',
      'Decisions on held-out pairs',
      'Reliability before calibration',
      'Reliability after calibration',
      'ROC curve',
      'ROC curve, false positives on a logarithmic axis',
      'Relevance by coordinate',
      'Jaccard index by strategy',
      "Kuncheva's index by strategy",
      'Coordinates by the number of folds that kept them',
      'Mean recall@1 by fusion',
      'Mean recall@1 with and without centring',
    ]);
    for (const [, description] of named) expect(description.length).toBeGreaterThan(40);
    expect(charts.every((chart) => chart.getAttribute('role') === 'img')).toBe(true);
    const ids = [...page.querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('draws a bar a coordinate and marks the kept ones with a dot', () => {
    const chart = page.querySelector('svg[aria-labelledby^=relevance-chart-wide]');
    expect(chart?.querySelector('desc')?.textContent).toMatch(
      new RegExp(`^${DIM} bars, 8 of them marked as kept`),
    );
    expect(chart?.querySelectorAll('[data-mark=rule] line')).toHaveLength(DIM + 1);
    expect(chart?.querySelectorAll('[data-mark=dot] circle')).toHaveLength(8);
  });

  it('lists every row of report.json in its table, best first, with the selection marked once', () => {
    const names = text('#strategies-table tbody th');
    expect(names).toHaveLength(report.rows.length);
    expect(names.filter((name) => name.includes('(the selection)'))).toHaveLength(1);
    expect(names.map((name) => name.split(/[, ]/)[0])).toEqual(
      expect.arrayContaining(['full', 'random', 'mutual-information', 'variance']),
    );
    const means = report.rows.map(
      (row) => (row.recall.imageToText['1'].mean + row.recall.textToImage['1'].mean) / 2,
    );
    const best = report.rows[means.indexOf(Math.max(...means))];
    expect(names[0].startsWith(best.strategy)).toBe(true);
  });

  it('says first what to do and why, then what was chosen and by how much', () => {
    const { headline, reason, next } = verdictOf(report);
    expect(text('h1')).toEqual([headline]);
    expect(text('.headline')).toEqual([
      `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`.replaceAll('\u00a0', ' '),
    ]);
    expect(text('.next')).toEqual([`Now: ${next.replaceAll('`', '')}`]);
    const [chosen] = text('.chosen');
    expect(chosen).toContain('mutual-information (asked for) with 8 of 24 coordinates');
    expect(chosen).toMatch(/against random coordinates and [+−]0\.\d+ .* against full vectors/);
  });

  it('shows on the first screen every figure that the verdict rests on, and whether it is good enough', () => {
    expect(text('header .figures dt')).toEqual([
      'Recall@1 kept',
      'Bytes a vector',
      'Of true matches',
      'Of mismatches',
      'Probabilities off by',
      'Over random coordinates',
      'Pairs',
      'Signal',
    ]);
    const { action, checks } = verdictOf(report);
    expect(['publish', 'keep-full-int8']).toContain(action);
    for (const tile of page.querySelectorAll('.figures > [data-check]')) {
      const check = checks.find(({ name }) => name === tile.getAttribute('data-check'));
      expect(tile.querySelector('.state')?.className).toBe(`state ${check?.passes ? 'pass' : 'fail'}`);
    }
  });

  it('escapes what comes from outside, in text, tables, attributes and copied data', () => {
    const hostile = '</textarea><script>alert(1)</script>&"\'';
    const examples = buildExamples([null]);
    const best = [{ ...examples.best[0], where: hostile, caption: hostile }];
    const source = renderReport({
      ...buildReport(),
      encoder: { id: hostile, fingerprint: hostile },
      dataset: { ...report.dataset, source: hostile, skipped: [{ where: hostile, reason: hostile }] },
      examples: { ...examples, best },
    });
    expect(source.match(/<script/g)).toHaveLength(1);
    // Encoder twice, fingerprint, source; where and reason in table and text; caption in card and text; picture in text,
    // and in its card with a break after the slash.
    expect(source.split('&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;')).toHaveLength(4 + 4 + 3 + 1);
    expect(source).toContain('&lt;/<wbr />textarea&gt;&lt;script&gt;alert(1)&lt;');
  });

  it('refuses a thumbnail that would be loaded from elsewhere', () => {
    const examples = buildExamples(['https://example.com/a.png']);
    expect(() => renderReport(buildReport({ examples }))).toThrow(/expected a thumbnail as a data: URI/);
  });

  it('is the same bytes for the same report, and below 600 KB with thirty thumbnails', () => {
    const largest = `data:image/webp;base64,${'A'.repeat(4096 - 23)}`;
    const full = buildReport({ examples: buildExamples([largest]) });
    const source = renderReport(full);
    expect(renderReport(structuredClone(full))).toBe(source);
    expect(source.length).toBeLessThan(600_000);
  });

  it('names the calibrator that was taken and those that were tried', () => {
    const { 'one-k': isotonic } = reportVariants();
    expect(renderReport(isotonic)).toMatch(
      /The calibrator is isotonic: .*Tried, by held-out Brier score: Platt 0\.\d{4},\s+isotonic 0\.\d{4}; isotonic is taken/s,
    );
  });
});

describe('describeThresholds', () => {
  it('gives probability and score, and says where a side is closed', () => {
    const fit = { ...report.calibration, targetPrecision: 0.95 };
    const open = { matchThreshold: 0.75, matchScore: 0.549, mismatchThreshold: 0.25, mismatchScore: -0.549 };
    expect(describeThresholds({ ...fit, ...open })).toMatch(
      /match at probability 0\.750 \(score 0\.549\).*mismatch at 0\.250 \(score −0\.549\)/,
    );
    const closed = describeThresholds({
      ...fit,
      matchThreshold: 1,
      matchScore: null,
      mismatchThreshold: 0,
      mismatchScore: null,
    });
    expect(closed).toMatch(/No pair is called a match.*No pair is called a mismatch/);
    expect(closed).not.toContain('Infinity');
  });

  it('says at which probability where all scores are on one side, so that none divides', () => {
    const fit = { ...report.calibration, matchThreshold: 0.51, matchScore: null };
    expect(describeThresholds({ ...fit, mismatchThreshold: 0, mismatchScore: null })).toMatch(
      /^A pair is a match at probability 0\.510 or above\. No pair is called a mismatch/,
    );
    expect(describeThresholds({ ...fit, mismatchThreshold: 0.4, mismatchScore: null })).toContain(
      'It is a mismatch at 0.400 or below.',
    );
  });
});
