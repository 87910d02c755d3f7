import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import {
  BROKEN_FILE,
  PHONE,
  dropFiles,
  openView,
  settledMatrix,
  settledRanking,
  settledResults,
  usePages,
} from './setup.ts';

/** A finger's size, in CSS pixels: WCAG 2.2, 2.5.5. */
const FINGER = 44;

const SETTLED: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  rank: settledRanking,
  matrix: settledMatrix,
  search: settledResults,
  explain: (page: Page) => page.locator('.explanation[data-settled=true]').waitFor(),
  selection: (page) => page.locator('.relevance-plot').waitFor(),
};

/** What a finger aims at and is too small, with its size. A radio button or checkbox is aimed at with its label; links in running text are exempt. */
function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const controls = document.querySelectorAll(
      'button, input, select, textarea, summary, a[href], [role=tab]',
    );
    return [...controls].flatMap((control) => {
      const target = control.matches('[type=radio], [type=checkbox]')
        ? (control.closest('label') ?? control)
        : control;
      const { width, height } = target.getBoundingClientRect();
      const isInText = control.matches('p a') && getComputedStyle(control).display === 'inline';
      if (width === 0 || isInText || (width >= least - 0.5 && height >= least - 0.5)) return [];
      return [`${Math.round(width)}x${Math.round(height)} ${control.outerHTML.slice(0, 100)}`];
    });
  }, FINGER);
}

describe.skipIf(!hasBrowser)('a finger', () => {
  const open = usePages();

  it.each(Object.entries(SETTLED))('finds everything large enough: %s', async (view, settled) => {
    const page = await open({ hash: `#${view}`, viewport: PHONE });
    await settled(page);
    for (const summary of await page.locator('summary:visible').all()) await summary.tap();
    expect(await tooSmall(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
  });

  it('finds everything large enough where something failed or explains itself', async () => {
    const page = await open({ hash: '#matrix', viewport: PHONE });
    await settledMatrix(page);
    await dropFiles(page, [BROKEN_FILE]);
    await page.getByText('BAD_IMAGE').waitFor();
    await openView(page).locator('.explain-mark').first().tap();
    await page.locator('.explain-bubble:popover-open').waitFor();
    expect(await tooSmall(page)).toEqual([]);
  });
});
