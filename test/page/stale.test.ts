import type { Locator, Page, Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { phraseField } from './search-setup.ts';
import {
  BROKEN_FILE,
  captionField,
  dropFiles,
  openView,
  settledMatrix,
  settledRanking,
  settledResults,
  usePages,
} from './setup.ts';

/** Chromium writes every failed request to the console; here the test itself makes them fail. */
const FAILED_LOAD = /Failed to load resource|net::ERR/;

const VIEWS = [
  {
    view: 'rank',
    settled: settledRanking,
    shown: '.ranking',
    ask: (page: Page, words: string) => captionField(page, 1).fill(words),
  },
  {
    view: 'matrix',
    settled: settledMatrix,
    shown: '.matrix',
    ask: (page: Page, words: string) => captionField(page, 1).fill(words),
  },
  {
    view: 'search',
    settled: settledResults,
    shown: '.results',
    ask: (page: Page, words: string) => phraseField(page).fill(words),
  },
];

const FAULTS: readonly { fault: string; answer: (route: Route) => Promise<void> }[] = [
  { fault: 'no connection', answer: (route) => route.abort('connectionrefused') },
  { fault: 'a page of a proxy', answer: (route) => route.fulfill({ status: 502, body: '<html>' }) },
  {
    fault: 'an error of the API',
    answer: (route) =>
      route.fulfill({
        json: {
          errors: [{ message: 'KV is down.', extensions: { code: 'STORAGE_FAILED', retryable: true } }],
        },
      }),
  },
];

/** What a screen reader is told of the results of the open view. */
function staleness(page: Page): Locator {
  return openView(page).locator('.progress [role=status]');
}

describe.skipIf(!hasBrowser)('results that answer something older', () => {
  const open = usePages();

  it.each(VIEWS.flatMap((view) => FAULTS.map((fault) => ({ ...view, ...fault }))))(
    'say so after $fault, to the eye and in words, until there are newer ones: $view',
    async ({ view, settled, shown, ask, answer }) => {
      const page = await open({ hash: `#${view}`, expectedErrors: FAILED_LOAD });
      await settled(page);
      expect(await staleness(page).textContent()).toBe('');
      await page.route('**/graphql', answer);
      await ask(page, 'words without an answer');
      const results = openView(page).locator(shown);
      await results.and(page.locator('[data-freshness=failed]')).waitFor();
      await staleness(page).filter({ hasText: 'Out of date: this answers an earlier question' }).waitFor();
      expect(await results.evaluate((element) => getComputedStyle(element).filter)).toBe('grayscale(1)');
      expect(await openView(page).locator('.progress').textContent()).not.toContain('Answered in');
      await page.unroute('**/graphql');
      await openView(page).getByRole('alert').getByRole('button', { name: 'Try again' }).click();
      await settled(page);
      expect(await staleness(page).textContent()).toBe('');
      expect(await results.evaluate((element) => getComputedStyle(element).filter)).toBe('none');
    },
  );

  it.each(VIEWS)('say so while a newer answer is slow: $view', async ({ view, settled, shown, ask }) => {
    const page = await open({ hash: `#${view}` });
    await settled(page);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/graphql', async (route) => {
      await held;
      await route.continue().catch(() => undefined); // cancelled where a still newer one was asked
    });
    await ask(page, 'words with a slow answer');
    await openView(page).locator(`${shown}[data-freshness=awaiting]`).waitFor();
    await staleness(page).filter({ hasText: 'Out of date' }).waitFor();
    await ask(page, 'other words while that is under way');
    expect(await openView(page).locator(`${shown}[data-freshness=current]`).count()).toBe(0);
    release();
    await settled(page);
    expect(await staleness(page).textContent()).toBe('');
  });

  it('say so offline when only a setting has changed: the matrix at another base rate', async () => {
    const page = await open({ hash: '#matrix', expectedErrors: FAILED_LOAD });
    await settledMatrix(page);
    await page.context().setOffline(true);
    await openView(page).getByLabel('Base rate', { exact: true }).fill('90');
    await openView(page).locator('.matrix[data-freshness=failed]').waitFor();
    await page.context().setOffline(false);
    await openView(page).getByRole('alert').getByRole('button', { name: 'Try again' }).click();
    await settledMatrix(page);
  });

  it.each(['rank', 'matrix'])('are gone once no caption is left: %s', async (view) => {
    const page = await open({ hash: `#${view}` });
    await (view === 'rank' ? settledRanking(page) : settledMatrix(page));
    const buttons = openView(page).getByRole('button', { name: /^Remove caption/ });
    for (let left = await buttons.count(); left > 0; left--) await buttons.first().click();
    await openView(page)
      .getByText(/^Write (a caption|captions)/)
      .waitFor();
    expect(await captionField(page, 1).inputValue()).toBe('');
    expect(await openView(page).locator('.ranking-percent, .cell').count()).toBe(0);
    await captionField(page, 1).fill('a caption again');
    await openView(page).locator('.ranking-percent, .cell').first().waitFor();
  });

  it('are gone once there is no phrase, and come back with one', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    await phraseField(page).fill('  ');
    await openView(page).getByText('Write what to look for, or drop a picture.').waitFor();
    expect(await page.locator('.result[data-id]').count()).toBe(0);
    await phraseField(page).fill('a sailboat');
    expect((await settledResults(page)).length).toBeGreaterThan(0);
  });

  it('are gone where the new picture is none: nothing of another picture stands beside it', async () => {
    const page = await open();
    await settledRanking(page);
    await captionField(page, 1).fill('words of my own');
    await page.locator('.ranking-text', { hasText: 'words of my own' }).waitFor();
    await dropFiles(page, [BROKEN_FILE]);
    await openView(page).getByRole('alert').waitFor();
    expect((await openView(page).locator('.ranking-percent').allTextContents()).join('')).toBe('');
    expect(await openView(page).locator('.ranking-row').count()).toBeGreaterThan(0);
  });

  it('say so of the selections that were read at an earlier visit', async () => {
    const page = await open({ hash: '#selection', expectedErrors: FAILED_LOAD });
    await openView(page).locator('.selection-shown[data-freshness=current]').waitFor();
    await page.getByRole('tab', { name: 'Rank' }).click();
    await settledRanking(page);
    await page.route('**/graphql', (route) => route.abort('connectionrefused'));
    await page.getByRole('tab', { name: 'Selection' }).click();
    await openView(page).locator('.selection-shown[data-freshness=failed]').waitFor();
    await staleness(page).filter({ hasText: 'Out of date' }).waitFor();
    await page.unroute('**/graphql');
    await openView(page).getByRole('alert').getByRole('button', { name: 'Try again' }).click();
    await openView(page).locator('.selection-shown[data-freshness=current]').waitFor();
  });
});
