import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { EXPLANATIONS } from '../../playground/src/components/explanations.ts';
import { hasBrowser } from './browser.ts';
import { PHONE, openView, origin, settledMatrix, settledRanking, usePages } from './setup.ts';
import { violations } from './violations.ts';

const focusedLabel = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null);

/** The bubble of the open explanation. */
const bubbleOf = (page: Page): Locator => page.locator('.explain-bubble:popover-open');

describe.skipIf(!hasBrowser)('a word that explains itself', () => {
  const open = usePages();

  it('opens and closes by keyboard, and leads to the documents', async () => {
    const page = await open();
    await settledRanking(page);
    const { question, sentence, href } = EXPLANATIONS.baseRate;
    const mark = openView(page).getByRole('button', { name: question });
    expect(await mark.getAttribute('aria-describedby')).not.toBeNull();
    await mark.focus();
    await page.keyboard.press('Enter');
    await bubbleOf(page).waitFor();
    expect(await bubbleOf(page).textContent()).toContain(sentence);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Tab');
    expect(await focusedLabel(page)).toBe(`${question} Read more`);
    expect(await bubbleOf(page).getByRole('link').getAttribute('href')).toBe(href);
    await page.keyboard.press('Escape');
    await bubbleOf(page).waitFor({ state: 'detached' });
    expect(await focusedLabel(page)).toBe(question);
  });

  it.each([
    ['rank', settledRanking],
    ['matrix', settledMatrix],
  ])('opens by touch within the window, each of the view: %s', async (view, settled) => {
    const page = await open({ hash: `#${view}`, viewport: PHONE, scheme: 'dark' });
    await settled(page);
    const marks = page.locator('.explain-mark:visible');
    expect(await marks.count()).toBeGreaterThan(1);
    for (const mark of await marks.all()) {
      await mark.tap();
      await bubbleOf(page).waitFor();
      const box = await bubbleOf(page).boundingBox();
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(PHONE.width);
      // A tap elsewhere closes it.
      await page.locator('.masthead p').tap({ force: true });
      await bubbleOf(page).waitFor({ state: 'detached' });
    }
  });

  it('reads on under a heading that is there', async () => {
    for (const { href } of Object.values(EXPLANATIONS)) {
      const [path, fragment] = href.split('#');
      const response = await fetch(origin + path);
      expect(response.status, href).toBe(200);
      expect(await response.text(), href).toContain(`<h2 id="${fragment}">`);
    }
  });
});
