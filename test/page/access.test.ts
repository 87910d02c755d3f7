import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import {
  BROKEN_FILE,
  DESKTOP,
  PHONE,
  dropFiles,
  screenshot,
  settledMatrix,
  settledRanking,
  settledResults,
  usePages,
  openView,
  captionField,
} from './setup.ts';
import { shifted, watchShifts } from './shifts.ts';
import { violations } from './violations.ts';

const SETTLED: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  rank: settledRanking,
  matrix: settledMatrix,
  search: settledResults,
  selection: (page) => page.locator('.selection-shown[data-freshness=current] .relevance-plot').waitFor(),
};

describe.skipIf(!hasBrowser)('anyone can use the page', () => {
  const open = usePages();

  for (const scheme of ['light', 'dark'] as const) {
    for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
      it(`has no accessibility violation and no sideways scroll: ${scheme}, ${device}`, async () => {
        const page = await open({ scheme, viewport });
        for (const [view, settled] of Object.entries(SETTLED)) {
          await page.getByRole('tab', { name: new RegExp(view, 'i') }).click();
          await settled(page);
          await page.locator(`#view-${view} .requests summary`).click();
          await screenshot(page, `${view}-${device}-${scheme}`);
          expect(await violations(page), view).toEqual([]);
          expect(await page.evaluate(() => document.documentElement.scrollWidth), view).toBeLessThanOrEqual(
            viewport.width,
          );
        }
      });
    }

    it(`has no accessibility violation while it shows errors: ${scheme}`, async () => {
      const page = await open({ scheme, hash: '#matrix' });
      await settledMatrix(page);
      // Put together by a person: the broken one joins it.
      await openView(page).locator('.sample').nth(5).click();
      await dropFiles(page, [BROKEN_FILE]);
      await page.getByText('BAD_IMAGE').waitFor();
      await settledMatrix(page);
      await page.locator('.cell').nth(5).hover();
      await screenshot(page, `matrix-error-${scheme}`);
      expect(await violations(page)).toEqual([]);
    });
  }

  it('is worked by keyboard alone: tabs, samples, captions, cells', async () => {
    const page = await open();
    await settledRanking(page);
    const focused = (): Promise<string> =>
      page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
      );
    const tabUntil = async (wanted: RegExp): Promise<void> => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab');
        if (wanted.test(await focused())) return;
      }
      throw new Error(`Tab never reached ${wanted}`);
    };

    const samples = page.getByRole('radiogroup').getByRole('radio');
    const second = (await samples.nth(1).getAttribute('aria-label')) ?? '';
    await tabUntil(new RegExp(`^${await samples.first().getAttribute('aria-label')}$`));
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe(second);
    await page.locator('.ranking-text', { hasText: second }).waitFor();

    await tabUntil(/^Caption 1$/);
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('Caption 2');
    await page.keyboard.type('written by keyboard');
    await page.locator('.ranking-text', { hasText: 'written by keyboard' }).waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await page.keyboard.press('Backspace');
    expect(await focused()).toBe('Caption 1');
    expect(
      await openView(page)
        .getByLabel(/^Caption \d+$/)
        .count(),
    ).toBe(6);

    await page.getByRole('tab', { name: 'Rank' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('Matrix');
    await settledMatrix(page);
    await tabUntil(/%, (match|uncertain|mismatch)/);
    const first = await focused();
    await page.keyboard.press('ArrowDown');
    expect(await focused()).not.toBe(first);
    const outline = await page.evaluate(
      () => getComputedStyle(document.activeElement ?? document.body).outlineStyle,
    );
    expect(outline).toBe('solid');
  });

  it('moves nothing but the rows it ranks as answers arrive', async () => {
    // Best first is what was asked for: rows change places, and within their list only.
    const page = await open({ prepare: (fresh) => watchShifts(fresh, '.ranking-rows') });
    await settledRanking(page);
    expect(await shifted(page)).toEqual([]);
  });

  it('keeps still for those who prefer reduced motion', async () => {
    const page = await open({ prepare: (fresh) => fresh.emulateMedia({ reducedMotion: 'reduce' }) });
    await settledRanking(page);
    await captionField(page, 1).fill('another order');
    await page.locator('.ranking-text', { hasText: 'another order' }).waitFor();
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });
});
