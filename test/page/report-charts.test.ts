import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { REPORTS, unfold, useReports } from './report-setup.ts';
import { DESKTOP, PHONE, screenshot } from './setup.ts';

/** A4 less the margins of the style sheet, in CSS pixels. */
const PAPER = { width: 703, height: 1017 } as const;
/** Neighbours may share an edge, and a bounding box is taller than its letters. */
const TOUCH_PIXELS = 1;
/** 10 CSS pixels are 7.5 points. */
const SMALLEST_TEXT_PIXELS = 10;

/** From the end of a line to its name: some lines of text up or down, and some pixels aside. */
const MOST_LEADER_PIXELS = 70;

describe.skipIf(!hasBrowser)('the charts of report.html, on a screen and on paper', () => {
  const { open } = useReports();

  it('sets the thresholds on the curve of the calibrator', async () => {
    for (const name of ['report', 'one-k']) {
      const page = await open({ name });
      const away = await page.evaluate(() => {
        const svg = document.querySelector('svg[aria-labelledby^=calibrator-chart-wide]');
        const curve = svg?.querySelector<SVGPathElement>('[data-mark=line] path');
        const marks = [...(svg?.querySelectorAll('[data-mark=dot]') ?? [])];
        const rings = [...(marks.at(-1)?.querySelectorAll('circle') ?? [])];
        if (!curve) return [];
        const length = curve.getTotalLength();
        const points = Array.from({ length: 4000 }, (_, i) => curve.getPointAtLength((i * length) / 3999));
        return rings.map((ring) => {
          const [x, y] = ['cx', 'cy'].map((side) => Number(ring.getAttribute(side)));
          return Math.min(...points.map((point) => Math.hypot(point.x - x, point.y - y)));
        });
      });
      expect(away.length).toBe(name === 'report' ? 2 : 1);
      for (const pixels of away) expect(pixels).toBeLessThan(1);
    }
  });

  it('names the lines of recall against bytes beside their ends, inside the plot', async () => {
    for (const name of REPORTS) {
      const page = await open({ name });
      const { leaders, outside, named } = await page.evaluate(() => {
        const svg = document.querySelector<SVGSVGElement>('svg[aria-labelledby^=bytes-chart-wide]');
        if (!svg) throw new Error('no chart');
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('[data-mark=text] text')];
        return {
          named: texts.map((text) => text.textContent),
          outside: texts.filter((text) => {
            const box = text.getBoundingClientRect();
            return (
              box.left < frame.left ||
              box.right > frame.right ||
              box.top < frame.top ||
              box.bottom > frame.bottom
            );
          }).length,
          leaders: [...svg.querySelectorAll<SVGPathElement>('[data-mark=link] path')].map((path) =>
            path.getTotalLength(),
          ),
        };
      });
      expect(outside).toBe(0);
      expect(named).toEqual(
        expect.arrayContaining(['full, float32', 'full, int8', 'full, sign bits', 'pca', 'random']),
      );
      for (const pixels of leaders) expect(pixels).toBeLessThan(MOST_LEADER_PIXELS);
    }
  });

  for (const name of REPORTS) {
    for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
      it(`draws charts whose words stand apart, whole and legible: ${name}, ${device}`, async () => {
        const page = await open({ name, viewport });
        await unfold(page);
        const labels = await chartLabels(page);
        expect(labels.length).toBeGreaterThan(60);
        expect(overlaps(labels)).toEqual([]);
        expect(labels.filter(({ left, right }) => left < 0 || right > viewport.width)).toEqual([]);
        expect(labels.filter(({ size }) => size < SMALLEST_TEXT_PIXELS)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
          viewport.width,
        );
      });
    }
  }

  it('prints with every chart whole on its page', async () => {
    const page = await open({ viewport: PAPER });
    await page.emulateMedia({ media: 'print' });
    await screenshot(page, 'report-print');
    const labels = await chartLabels(page);
    expect(overlaps(labels)).toEqual([]);
    expect(labels.filter(({ left, right }) => left < 0 || right > PAPER.width)).toEqual([]);
    const figures = await page.locator('figure').evaluateAll((all) =>
      all.map((figure) => {
        const { left, right, height } = figure.getBoundingClientRect();
        return { left, right, height, inside: getComputedStyle(figure).breakInside };
      }),
    );
    for (const { left, right, height, inside } of figures) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(PAPER.width);
      expect(height).toBeLessThan(PAPER.height);
      expect(inside).toBe('avoid');
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PAPER.width);
    expect(await page.locator('table').filter({ visible: true }).count()).toBe(0);
    const pdf = await page.pdf({ preferCSSPageSize: true, format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('prints no heading apart from its chart', async () => {
    for (const name of REPORTS) {
      const page = await open({ name, viewport: PAPER });
      await page.emulateMedia({ media: 'print' });
      const blocks = await page.locator('.together').evaluateAll((all) =>
        all.map((block) => ({
          heading: block.querySelector('h2, h3')?.textContent,
          height: block.getBoundingClientRect().height,
          inside: getComputedStyle(block).breakInside,
        })),
      );
      for (const { heading, height, inside } of blocks) {
        expect(inside).toBe('avoid');
        expect({ heading, fits: height < PAPER.height }).toEqual({ heading, fits: true });
      }
      // Of twelve kinds all but the first diagrams come behind.
      const strays = await page
        .locator('figure')
        .evaluateAll(
          (all) =>
            all.filter(
              (figure) =>
                figure.closest('.together, .together + .printed') === null ||
                figure.getBoundingClientRect().height < 50,
            ).length,
        );
      expect(strays).toBe(0);
    }
  });
});

interface Label {
  readonly chart: string;
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Of the letters, in CSS pixels as shown. */
  readonly size: number;
}

/** Every word of every chart that is shown, where it stands on the screen. */
function chartLabels(page: Page): Promise<Label[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<SVGSVGElement>('svg.chart')].flatMap((svg) => {
      const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      if (!(scale > 0)) return [];
      const chart = svg.querySelector('title')?.textContent ?? '';
      return [...svg.querySelectorAll('text')]
        .filter((text) => text.textContent !== '')
        .map((text) => {
          const { left, right, top, bottom } = text.getBoundingClientRect();
          const size = parseFloat(getComputedStyle(text).fontSize) * scale;
          return { chart, text: text.textContent ?? '', left, right, top, bottom, size };
        });
    }),
  );
}

/** Bounding boxes leave room for accents and descenders: a quarter of the letters' size above and below. */
function overlaps(labels: readonly Label[]): string[] {
  return labels.flatMap((a, i) =>
    labels.slice(i + 1).flatMap((b) => {
      const isBeside = a.right <= b.left + TOUCH_PIXELS || b.right <= a.left + TOUCH_PIXELS;
      const room = Math.max(a.size, b.size) / 4;
      const isApart = a.bottom - room <= b.top + TOUCH_PIXELS || b.bottom - room <= a.top + TOUCH_PIXELS;
      return isBeside || isApart
        ? []
        : [`${a.chart}: "${a.text}" on ${b.chart === a.chart ? '' : b.chart} "${b.text}"`];
    }),
  );
}
