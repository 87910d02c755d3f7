import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import {
  captionField,
  dropFiles,
  fileAsBase64,
  openView,
  settledMatrix,
  settledRanking,
  usePages,
} from './setup.ts';
import { violations } from './violations.ts';

const fields = (page: Page): Promise<{ value: string; hint: string }[]> =>
  openView(page)
    .getByLabel(/^Caption \d+$/)
    .evaluateAll((inputs) =>
      inputs.map((input) =>
        input instanceof HTMLInputElement
          ? { value: input.value, hint: input.placeholder }
          : { value: '', hint: '' },
      ),
    );

async function dropOwn(page: Page): Promise<void> {
  const url = await openView(page).locator('.sample img').nth(3).getAttribute('src');
  const base64 = await fileAsBase64(url ?? '');
  await dropFiles(page, [{ name: 'mine.png', type: 'image/png', base64 }]);
}

const INVITATION = 'three things, of which one is true';

describe.skipIf(!hasBrowser)('a picture of one’s own', () => {
  const open = usePages();

  it('starts without the sample’s captions, and says what to write', async () => {
    const page = await open();
    await settledRanking(page);
    await dropOwn(page);
    await page.getByText('mine.png', { exact: true }).waitFor();
    await openView(page).getByText(INVITATION).waitFor();
    const empty = await fields(page);
    expect(empty.map(({ value }) => value)).toEqual(['', '', '']);
    expect(new Set(empty.map(({ hint }) => hint)).size).toBe(3);
    await page.locator('.ranking[data-freshness=none]').waitFor();
    expect(await violations(page)).toEqual([]);
    await captionField(page, 1).fill('a small house');
    await captionField(page, 2).fill('a bowl of soup');
    await page.locator('.ranking-text', { hasText: 'a bowl of soup' }).waitFor();
    const ranked = await settledRanking(page);
    expect(ranked.map(({ text }) => text).sort()).toEqual(['a bowl of soup', 'a small house']);
    await openView(page).getByText(INVITATION).waitFor({ state: 'detached' });
    // Nobody knows here which one is right.
    expect(await page.locator('.verdict').getAttribute('data-right')).toBeNull();
    expect(await page.locator('.own-mark').count()).toBe(0);
  });

  it('keeps what a person wrote, and drops what the sample brought', async () => {
    const page = await open();
    await settledRanking(page);
    await captionField(page, 2).fill('my own words');
    await dropOwn(page);
    await page.getByText('mine.png', { exact: true }).waitFor();
    expect((await fields(page)).map(({ value }) => value)).toEqual(['my own words']);
    // The next one is asked the same.
    await dropOwn(page);
    expect((await fields(page)).map(({ value }) => value)).toEqual(['my own words']);
  });

  it('gives way to a sample with that one’s captions, when nothing was written', async () => {
    const page = await open();
    const [best] = await settledRanking(page);
    await dropOwn(page);
    await openView(page).getByText(INVITATION).waitFor();
    await page.getByRole('radio').first().click();
    await page.locator('.ranking-text', { hasText: best.text }).waitFor();
    expect((await settledRanking(page))[0].text).toBe(best.text);
  });

  it('takes the place of the matrix that the page opened with', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    await dropOwn(page);
    await openView(page).getByText(INVITATION).waitFor();
    expect(await page.locator('.matrix-name').allTextContents()).toEqual(['mine.png']);
    expect((await fields(page)).map(({ value }) => value)).toEqual(['', '', '']);
    await captionField(page, 1).fill('a small house');
    await page.locator('.matrix tbody .cell').waitFor();
    expect(await page.locator('.matrix tbody .cell').count()).toBe(1);
  });

  it('joins a matrix that a person has put together', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    await openView(page).locator('.sample').nth(5).click();
    await dropOwn(page);
    await page.locator('.matrix tbody tr').nth(5).waitFor();
    expect(await page.locator('.matrix-name').last().textContent()).toBe('mine.png');
    expect((await fields(page)).every(({ value }) => value !== '')).toBe(true);
  });
});
