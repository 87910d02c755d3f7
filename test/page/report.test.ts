import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nodeDecoders } from '../../scripts/clip/node-runtime.ts';
import { renderReport } from '../../scripts/report/render-report.ts';
import { createThumbnailer } from '../../scripts/report/thumbnails.ts';
import { buildExamples, buildReport, samplePictures } from '../scripts/report-builder.ts';
import { reportVariants } from '../scripts/report-variants.ts';
import { hasBrowser, launchBrowser } from './browser.ts';
import { DESKTOP, PHONE, screenshot } from './setup.ts';
import { violations } from './violations.ts';

/** A4 less the margins of the style sheet, in CSS pixels. */
const PAPER = { width: 703, height: 1017 } as const;
/** Neighbours may share an edge, and a bounding box is taller than its letters. */
const TOUCH_PIXELS = 1;
/** 10 CSS pixels are 7.5 points. */
const SMALLEST_TEXT_PIXELS = 10;

const SECTIONS = [
  'Strategies at each k',
  'Recall against bytes',
  'Relevance by coordinate',
  'Stability',
  'Matches against mismatches',
  'What a score means',
  'Fusion and centring',
  'Pairs worth a look',
  'Dataset',
];

interface Opening {
  readonly name?: string;
  readonly scheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly script?: boolean;
}

describe.skipIf(!hasBrowser)('report.html in a browser', () => {
  let browser: Browser;
  let folder: string;
  const contexts: BrowserContext[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alignql-report-'));
    const thumbnail = await createThumbnailer(await nodeDecoders());
    const thumbnails = await Promise.all(samplePictures().slice(0, 9).map(thumbnail));
    const examples = buildExamples([...thumbnails, null]);
    await writeFile(join(folder, 'report.html'), renderReport(buildReport({ examples })));
    for (const [name, report] of Object.entries(reportVariants())) {
      await writeFile(join(folder, `${name}.html`), renderReport(report));
    }
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    expect(problems.splice(0)).toEqual([]);
  });

  /** As a double click opens it: from disk, without a network. After every test nothing but the file was asked for. */
  async function open({
    name = 'report',
    scheme = 'light',
    viewport = DESKTOP,
    script = true,
  }: Opening = {}): Promise<Page> {
    const isPhone = viewport.width < 600;
    const context = await browser.newContext({
      viewport,
      colorScheme: scheme,
      isMobile: isPhone,
      hasTouch: isPhone,
      offline: true,
      javaScriptEnabled: script,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    contexts.push(context);
    const url = pathToFileURL(join(folder, `${name}.html`)).href;
    context.on('request', (request) => {
      if (request.url().split('#')[0] !== url && !request.url().startsWith('data:'))
        problems.push(`asked for ${request.url()}`);
    });
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    context.on('weberror', (error) => problems.push(String(error.error())));
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  it('holds every section, each a link away from the contents', async () => {
    const page = await open();
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(SECTIONS);
    const links = page.getByRole('navigation', { name: 'Contents' }).getByRole('link');
    expect(await links.allTextContents()).toEqual(SECTIONS);
    for (const name of SECTIONS) {
      await links.filter({ hasText: name }).click();
      expect(await page.locator(':target').textContent()).toBe(name);
    }
  });

  it('may load nothing: its policy refuses even what is injected', async () => {
    const page = await open();
    const blocked = await page.evaluate(async () => {
      const violated = new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      });
      const script = document.createElement('script');
      script.textContent = 'document.title = "injected"';
      document.body.append(script);
      return [await violated, document.title];
    });
    expect(blocked[0]).toBe('script-src-elem');
    expect(blocked[1]).not.toBe('injected');
    expect(problems.splice(0).join()).toMatch(/Content Security Policy/);
  });

  const looks = (['light', 'dark'] as const).flatMap((scheme) =>
    ['report', 'kinds'].map((name) => ({ scheme, name })),
  );
  for (const { scheme, name } of looks) {
    for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
      it(`has no accessibility violation and no sideways scroll: ${name}, ${scheme}, ${device}`, async () => {
        const page = await open({ name, scheme, viewport });
        await screenshot(page, `${name}-${device}-${scheme}`);
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('details')) details.open = true;
        });
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
          viewport.width,
        );
      });
    }
  }

  for (const name of ['report', ...Object.keys(reportVariants())]) {
    for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
      it(`draws charts whose words stand apart, whole and legible: ${name}, ${device}`, async () => {
        const page = await open({ name, viewport });
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
    const pdf = await page.pdf({ preferCSSPageSize: true, format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('copies each table by keyboard and says so', async () => {
    const page = await open();
    const buttons = page.getByRole('button', { name: /^Copy: / });
    // Every table, folded ones too, and the three galleries.
    const tables = await page.locator('table').count();
    expect(await page.locator('button[data-copy]').count()).toBe(tables + 3);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll<HTMLDetailsElement>('details.table-details'))
        details.open = true;
    });
    for (let i = 0; i < tables + 3; i++) {
      const button = buttons.nth(i);
      const name = ((await button.getAttribute('aria-label')) ?? '').replace('Copy: ', '');
      await button.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('status').getByText(`Copied: ${name}`, { exact: true }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      const id = (await button.getAttribute('data-copy')) ?? '';
      expect(copied).toBe(await page.locator(`[id="${id}"]`).inputValue());
      expect(copied.split('\n')[0]).toContain('\t');
      expect(await page.evaluate(() => document.activeElement?.getAttribute('data-copy'))).toBe(id);
    }
  });

  it('copies the numbers of the table: strategies, row for row', async () => {
    const page = await open();
    await page.locator('#strategies-table button').press('Enter');
    await page.getByRole('status').getByText('Copied').waitFor();
    const lines = (await page.evaluate(() => navigator.clipboard.readText())).trimEnd().split('\n');
    const fields = lines.map((line) => line.split('\t'));
    expect(fields[0].slice(0, 5)).toEqual([
      'strategy',
      'k',
      'bytes',
      'image to text recall@1 mean',
      'image to text recall@1 sd',
    ]);
    const seen = await page
      .locator('#strategies-table tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...row.children].slice(1, 4).map((cell) => (cell.textContent ?? '').trim().split(/\s/)[0]),
        ),
      );
    expect(fields.slice(1).map(([, k, bytes, mean]) => [k, bytes, Number(mean).toFixed(3)])).toEqual(seen);
  });

  it('keeps the text within reach where the clipboard is refused', async () => {
    const page = await open();
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));
      document.execCommand = () => false;
    });
    await page.locator('#fusion-table button').press('Enter');
    await page.getByRole('status').getByText('press Ctrl+C').waitFor();
    const area = page.locator('#fusion-table textarea');
    expect(await area.isVisible()).toBe(true);
    const [start, end, length] = await area.evaluate((element) => {
      const { selectionStart, selectionEnd, value } = element as HTMLTextAreaElement;
      return [selectionStart, selectionEnd, value.length];
    });
    expect([start, end]).toEqual([0, length]);
  });

  it('shows tables and their text without script, and no button that would do nothing', async () => {
    const page = await open({ script: false });
    expect(await page.getByRole('button').count()).toBe(0);
    await page.locator('#decisions-table summary').click();
    expect(await page.locator('#decisions-table textarea').isVisible()).toBe(true);
  });

  it('lets a keyboard skip to the figures', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the figures' });
    expect(await skip.evaluate((link) => document.activeElement === link && link.clientHeight > 10)).toBe(
      true,
    );
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  });

  it('shows pictures at the size kept for them, and a blank where one does not open', async () => {
    const page = await open();
    const sizes = await page.locator('.gallery img').evaluateAll(async (images) =>
      Promise.all(
        (images as HTMLImageElement[]).map(async (image) => {
          await image.decode();
          return [image.naturalWidth, image.naturalHeight, image.clientWidth, image.clientHeight];
        }),
      ),
    );
    expect(sizes).toEqual(new Array(27).fill([96, 96, 96, 96]));
    expect(await page.locator('.no-picture').count()).toBe(3);
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
