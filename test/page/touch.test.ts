import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { tooSmall } from './finger.ts';
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

const SETTLED: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  rank: settledRanking,
  matrix: settledMatrix,
  search: settledResults,
  explain: (page: Page) => page.locator('.explanation[data-settled=true]').waitFor(),
  selection: (page) => page.locator('.relevance-plot').waitFor(),
};

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
