import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { PHONE, ask, fileAsBase64, openView, screenshot, settledRanking, usePages } from './setup.ts';
import { violations } from './violations.ts';

const EXPLAIN = `query ($image: ImageInput!, $text: TextInput!) {
  explain(image: $image, text: $text) {
    ... on Explanation { score overlay tokens { text share } contributions(first: 12) { coordinate value words } }
  }
}`;

interface Answer {
  readonly explain: {
    readonly score: number;
    readonly overlay: string;
    readonly tokens: readonly { text: string; share: number }[];
    readonly contributions: readonly { coordinate: number; value: number; words: readonly string[] }[];
  };
}

const settled = (page: Page) => page.locator('.explanation[data-settled=true]').waitFor();
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
    const { explain } = await ask<Answer>(EXPLAIN, {
      image: { base64: await fileAsBase64(url) },
      text: { text: best.text },
    });
    const overlay = view.getByRole('img', { name: /^Heat map/ });
    expect(await overlay.getAttribute('src')).toBe(explain.overlay);
    // A square picture of which all is seen: the heat lies over it to the pixel.
    const [heat, picture] = [await overlay.boundingBox(), await view.locator('.preview').boundingBox()];
    expect(heat).toEqual(picture);
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
    await view.getByLabel('Text', { exact: true }).fill(' ');
    await view.locator('.word').first().waitFor({ state: 'detached' });
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
