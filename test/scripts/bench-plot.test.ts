import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { drawGrowth, growthCharts } from '../../bench/growth-chart.ts';
import type { BenchRow } from '../../bench/measure.ts';
import { limitRow, onCurve, spreadOf } from '../../bench/measure.ts';
import { ROOT } from '../docs/read-docs.ts';
import { temporaryFolder } from './temporary-folder.ts';

const point = (x: number, times: readonly number[], name = 'scan', unit = 'ms'): BenchRow =>
  onCurve(limitRow(`${name} of ${x}`, 'time', unit, spreadOf(times), null), {
    chart: 'search-scan',
    name,
    x,
    xUnit: 'vectors',
  });

const withRival = (row: BenchRow, median: number): BenchRow => ({
  ...row,
  rival: { name: 'usearch', ...spreadOf([median]) },
});

/** Where the dots of a chart stand, in the order drawn. */
function dotsOf(svg: string): [x: number, y: number][] {
  const { document } = parseHTML(svg);
  return [...document.querySelectorAll('circle')].map((dot) => [
    Number(dot.getAttribute('cx')),
    Number(dot.getAttribute('cy')),
  ]);
}

describe('growthCharts', () => {
  it('makes a line of every series and rival, ascending in x, and leaves other rows out', () => {
    const rows = [
      withRival(point(1000, [3]), 4),
      withRival(point(10, [1, 2, 3]), 5),
      point(10, [7], 'twin'),
      limitRow('bundle', 'size', 'KB', spreadOf([1]), null),
    ];
    const spread = (value: number) => ({ median: value, min: value, max: value });
    expect(growthCharts(rows)).toEqual([
      {
        chart: 'search-scan',
        metric: 'time',
        unit: 'ms',
        xUnit: 'vectors',
        points: [
          { line: 'scan', x: 10, isRival: false, median: 2, min: 1, max: 3 },
          { line: 'scan', x: 1000, isRival: false, ...spread(3) },
          { line: 'twin', x: 10, isRival: false, ...spread(7) },
          { line: 'usearch', x: 10, isRival: true, ...spread(5) },
          { line: 'usearch', x: 1000, isRival: true, ...spread(4) },
        ],
      },
    ]);
  });

  it('refuses to draw milliseconds and seconds on one axis', () => {
    expect(() => growthCharts([point(1, [1]), point(2, [1], 'scan', 's')])).toThrow(
      'Rows of the picture "search-scan" must be of one kind, got time in ms over vectors; time in s over vectors.',
    );
  });
});

describe('drawGrowth', () => {
  it('puts equal factors at equal distances where values span tenfold or more', () => {
    const [chart] = growthCharts([1, 10, 100].map((x) => point(x, [3 * x])));
    const [first, second, third] = dotsOf(drawGrowth(chart));
    // Coordinates are written with two digits after the point.
    expect(second[0] - first[0]).toBeCloseTo(third[0] - second[0], 1);
    expect(first[1] - second[1]).toBeCloseTo(second[1] - third[1], 1);
    expect(first[1]).toBeGreaterThan(third[1]);
  });

  it('puts equal differences at equal distances where they do not', () => {
    const [chart] = growthCharts([1, 2, 3].map((x) => point(x, [3 * x])));
    const [first, second, third] = dotsOf(drawGrowth(chart));
    expect(second[0] - first[0]).toBeCloseTo(third[0] - second[0], 1);
    expect(first[1] - second[1]).toBeCloseTo(second[1] - third[1], 1);
  });

  it('stands alone as a file and tells its numbers to who cannot see it', () => {
    const svg = drawGrowth(growthCharts([withRival(point(8, [1.5]), 2)])[0]);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    expect(svg).not.toContain('var(--');
    const { document } = parseHTML(svg);
    expect(document.querySelector('title')?.textContent).toBe('time in ms by vectors');
    expect(document.querySelector('desc')?.textContent).toBe('scan: 1.50 at 8. usearch: 2.00 at 8.');
    expect(dotsOf(svg).flat().every(Number.isFinite)).toBe(true);
  });

  it('draws zeros, a single point and names with markup in them', () => {
    const svg = drawGrowth(growthCharts([point(0, [0], '<b> & co'), point(0, [0], 'other')])[0]);
    expect(svg).not.toContain('NaN');
    expect(svg).not.toContain('<b>');
    expect(svg).toContain('&lt;b&gt; &amp; co');
  });
});

describe('plot', () => {
  const folder = temporaryFolder();
  const plot = (...args: string[]) =>
    spawnSync(process.execPath, ['bench/plot.ts', ...args], { cwd: ROOT, encoding: 'utf8' });

  it('writes a file for every curve of several runs', () => {
    const scan = folder.put('scan.json', JSON.stringify({ rows: [point(1, [1])] }));
    const other = { ...point(1, [2]), series: { chart: 'load', name: 'p50', x: 1, xUnit: 'connections' } };
    const load = folder.put('load.json', JSON.stringify({ rows: [other] }));
    const out = join(folder.path(), 'deep/images');
    const { status, stdout } = plot(scan, load, '--out', out);
    expect([status, stdout]).toEqual([0, `${out}/search-scan.svg\n${out}/load.svg\n`]);
    expect(readFileSync(`${out}/load.svg`, 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it.each([
    ['no rows', '{"row": []}', /has no rows; expected what bench --json prints/],
    ['no JSON', 'time 3 ms', /cannot read .*JSON/],
    ['no curve', '{"rows": []}', /None of the rows stands on a curve/],
  ])('says what is wrong with a file of %s', (_, content, message) => {
    const { status, stderr } = plot(folder.put('rows.json', content), '--out', folder.path());
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });
});
