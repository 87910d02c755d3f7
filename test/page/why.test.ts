import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import {
  PHONE,
  ask,
  dropFiles,
  fileAsBase64,
  openView,
  screenshot,
  settledRanking,
  usePages,
} from './setup.ts';
import { violations } from './violations.ts';

const EXPLAIN = `query ($image: ImageInput!, $text: TextInput!) {
  explain(image: $image, text: $text) {
    ... on Explanation { score seen overlay tokens { text share } contributions(first: 12) { coordinate value words } }
  }
}`;

interface Answer {
  readonly explain: {
    readonly score: number;
    readonly seen: readonly [number, number, number, number];
    readonly overlay: string;
    readonly tokens: readonly { text: string; share: number }[];
    readonly contributions: readonly { coordinate: number; value: number; words: readonly string[] }[];
  };
}

/** One pixel of so many is compared. */
const STEP = 997;
const settled = (page: Page) => page.locator('.explanation[data-settled=true]').waitFor();
/** Runs in the page: some pixels of an image, row by row, as red, green and blue. */
const pixelsOf = (image: HTMLElement | SVGElement, step: number): number[] => {
  const picture = image as HTMLImageElement;
  const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
  const drawing = canvas.getContext('2d');
  drawing?.drawImage(picture, 0, 0);
  const data = drawing?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
  return Array.from(data).filter((_, i) => i % 4 < 3 && Math.floor(i / 4) % step === 0);
};
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

describe.skipIf(!hasBrowser)('the Explain view', () => {
  const open = usePages();

  it('shows regions, words and coordinates as the API gives them, led to by "Why?"', async () => {
    const page = await open();
    const [best] = await settledRanking(page);
    const url = (await page.locator('.stage .preview').getAttribute('src')) ?? '';
    await openView(page)
      .getByRole('link', { name: `Why? “${best.text}”` })
      .click();
    await settled(page);
    const view = openView(page);
    expect(await view.getByLabel('Text', { exact: true }).inputValue()).toBe(best.text);
    const base64 = await fileAsBase64(url);
    const { explain } = await ask<Answer>(EXPLAIN, {
      image: { base64 },
      text: { text: best.text },
    });
    const overlay = view.getByRole('img', { name: /^Heat map/ });
    const file = Buffer.from(explain.overlay.split(',')[1], 'base64');
    const raw = await sharp(file).raw().toBuffer();
    const pixels = [...raw].filter((_, i) => Math.floor(i / 3) % STEP === 0);
    expect(await overlay.evaluate(pixelsOf, STEP)).toEqual(pixels);
    // Over the part that is seen of the picture, which stands in the middle of the frame, uncut.
    const [heat, frame] = [await overlay.boundingBox(), await view.locator('.preview').boundingBox()];
    if (heat === null || frame === null) throw new Error('nothing is shown');
    const { width, height } = await sharp(Buffer.from(base64, 'base64')).metadata();
    const scale = Math.min(frame.width / width, frame.height / height);
    const [left, top, seenWidth, seenHeight] = explain.seen;
    const expected = {
      x: frame.x + (frame.width - width * scale) / 2 + left * width * scale,
      y: frame.y + (frame.height - height * scale) / 2 + top * height * scale,
      width: seenWidth * width * scale,
      height: seenHeight * height * scale,
    };
    // To a pixel: the frame has an edge of one, and the map's own sides are whole numbers.
    for (const side of ['x', 'y', 'width', 'height'] as const)
      expect(Math.abs(heat[side] - expected[side]), side).toBeLessThan(1.5);
    expect(await view.locator('.word').allTextContents()).toEqual(
      explain.tokens.map(({ text, share }) => `${text} ${share === 0 ? '0.000' : signed(share)}`),
    );
    const rows = view.locator('.coordinate');
    expect(await rows.locator('.coordinate-value').allTextContents()).toEqual(
      explain.contributions.map(({ value }) => signed(value)),
    );
    expect(explain.contributions[0].words.length).toBeGreaterThan(0);
    expect(await rows.first().locator('.coordinate-words').textContent()).toContain(
      explain.contributions[0].words.join(', '),
    );
  });

  it('shows and hides the regions by keyboard, and explains what is typed', async () => {
    const page = await open({ hash: '#explain' });
    await settled(page);
    const view = openView(page);
    const overlay = page.locator('.region-overlay');
    const toggle = view.getByRole('checkbox', { name: 'Regions' });
    await toggle.focus();
    await page.keyboard.press('Space');
    await overlay.waitFor({ state: 'hidden' });
    await page.keyboard.press('Space');
    await overlay.waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Home');
    expect(await overlay.evaluate((image) => getComputedStyle(image).opacity)).toBe('0');
    await view.getByLabel('Text', { exact: true }).fill('something else');
    await view.locator('.word', { hasText: 'something' }).waitFor();
    await settled(page);
    expect(await page.evaluate(() => location.hash)).toContain('caption=something+else');
    const limit = view.getByText('The text is longer than the encoder reads');
    expect(await limit.count()).toBe(0);
    await view.getByLabel('Text', { exact: true }).fill('a boat '.repeat(64));
    await limit.waitFor();
    await view.getByLabel('Text', { exact: true }).fill(' ');
    await view.locator('.word').first().waitFor({ state: 'detached' });
  });

  it('refuses a file that cannot be sent before anything of it is', async () => {
    const page = await open({ hash: '#explain' });
    await settled(page);
    let sent = 0;
    page.on('request', (request) => {
      if ((request.postData() ?? '').includes('query Explain')) sent++;
    });
    const { limits } = await ask<{ limits: { imageBytes: number } }>('{ limits { imageBytes } }');
    const refusal = openView(page).getByRole('alert');
    for (const [name, bytes, words] of [
      ['empty.png', 0, 'empty.png is empty.'],
      ['large.png', limits.imageBytes + 1, 'It was not sent.'],
    ] as const) {
      await dropFiles(page, [{ name, type: 'image/png', base64: Buffer.alloc(bytes, 1).toString('base64') }]);
      await refusal.filter({ hasText: words }).waitFor();
    }
    expect(sent).toBe(0);
  });

  it.each([
    ['light', undefined],
    ['dark', undefined],
    ['dark', PHONE],
  ] as const)('can be read by everyone: %s, %j', async (scheme, viewport) => {
    const page = await open({ hash: '#explain', scheme, ...(viewport && { viewport }) });
    await settled(page);
    expect(await violations(page)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(wide).toBe(false);
    await screenshot(page, `explain-${scheme}${viewport ? '-phone' : ''}`);
  });
});
