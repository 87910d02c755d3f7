import { parseHTML } from 'linkedom';
import { rmSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../scripts/report/render-report.ts';
import type { PrecomputeReport } from '../../scripts/report/report-data.ts';
import { describeThresholds } from '../../scripts/report/report-words.ts';
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
  it('opens offline: no script, no link, no address but the SVG namespace', () => {
    const source = readFileSync(join(place.folder, 'out/report.html'), 'utf8');
    expect(page.querySelectorAll('script, link, img, iframe, object')).toHaveLength(0);
    expect(
      [...source.matchAll(/https?:\/\/[^"' <)]*/g)]
        .map(([url]) => url)
        .filter((url) => url !== 'http://www.w3.org/2000/svg'),
    ).toEqual([]);
    expect(source).not.toMatch(/@import|url\(/);
  });

  it('gives each of its four charts a title and a description for screen readers', () => {
    const charts = [...page.querySelectorAll('figure svg[role=img]')];
    const named = charts.map((chart) =>
      (chart.getAttribute('aria-labelledby') ?? '')
        .split(' ')
        .map((id) => page.getElementById(id)?.textContent ?? ''),
    );
    expect(named.map(([title]) => title)).toEqual([
      'Mean recall@1 by strategy',
      'Relevance by coordinate',
      'Reliability diagram',
      'Scores of matches and mismatches',
    ]);
    expect(named[1][1]).toMatch(new RegExp(`^${DIM} bars, 8 of them marked as kept`));
    for (const [, description] of named) expect(description.length).toBeGreaterThan(40);
  });

  it('draws a bar a coordinate and marks the kept ones with a dot', () => {
    const chart = page.querySelector('svg[aria-labelledby^=relevance-chart]');
    expect(chart?.querySelectorAll('[aria-label=rule] line')).toHaveLength(DIM + 1);
    expect(chart?.querySelectorAll('[aria-label=dot] circle')).toHaveLength(8);
  });

  it('lists every row of report.json in its table, best first, with the selection marked once', () => {
    const names = text('#strategies ~ .scroll tbody th').slice(0, report.rows.length);
    expect(names).toHaveLength(report.rows.length);
    expect(names.filter((name) => name.includes('◆'))).toHaveLength(1);
    expect(names.map((name) => name.split(',')[0])).toEqual(
      expect.arrayContaining(['full', 'random', 'mutual-information', 'variance']),
    );
    const means = report.rows.map(
      (row) => (row.recall.imageToText['1'].mean + row.recall.textToImage['1'].mean) / 2,
    );
    const best = report.rows[means.indexOf(Math.max(...means))];
    expect(names[0].startsWith(best.strategy)).toBe(true);
  });

  it('says in its first lines what was chosen and by how much', () => {
    const [headline] = text('.headline');
    expect(headline).toContain('mutual-information (asked for) with 8 of 24 coordinates');
    expect(headline).toMatch(/against random coordinates and [+−]0\.\d+ .* against full vectors/);
  });

  it('escapes what comes from outside', () => {
    const hostile = '<script>alert(1)</script>&"\'';
    const source = renderReport({
      ...report,
      encoder: { id: hostile, fingerprint: 'f' },
      dataset: { ...report.dataset, source: hostile, skipped: [{ where: hostile, reason: hostile }] },
    });
    expect(source).not.toContain('<script');
    expect(source.split('&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;')).toHaveLength(5);
  });
});

describe('describeThresholds', () => {
  it('gives probability and score, and says where a side is closed', () => {
    const fit = { ...report.calibration, targetPrecision: 0.95 };
    const open = { matchThreshold: 0.75, matchScore: 0.549, mismatchThreshold: 0.25, mismatchScore: -0.549 };
    expect(describeThresholds({ ...fit, ...open })).toMatch(
      /match at probability 0\.750 \(score 0\.549\).*mismatch at 0\.250 \(score -0\.549\)/,
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
});
