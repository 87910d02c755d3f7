import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { phraseField, searchFor } from './search-setup.ts';
import {
  captionField,
  dropFiles,
  fileAsBase64,
  openView,
  settledMatrix,
  settledRanking,
  settledResults,
  usePages,
} from './setup.ts';

const hashOf = (page: Page): string => new URL(page.url()).hash;

/** The address follows at most a few times a second. */
async function untilAddress(page: Page, has: RegExp): Promise<string> {
  await page.waitForURL(has);
  return hashOf(page);
}

async function captionsOf(page: Page): Promise<string[]> {
  return openView(page)
    .getByLabel(/^Caption \d+$/)
    .evaluateAll((fields) => fields.map((field) => (field instanceof HTMLInputElement ? field.value : '')));
}

/** The matrix as it is read: captions across, pictures down, figures. */
async function matrixOf(page: Page): Promise<{ captions: string[]; pictures: string[]; cells: string[] }> {
  await settledMatrix(page);
  return {
    captions: await page.locator('.matrix-caption').allTextContents(),
    pictures: await page.locator('.matrix-name').allTextContents(),
    cells: await page.locator('.cell').allTextContents(),
  };
}

describe.skipIf(!hasBrowser)('the address', () => {
  const open = usePages();

  it('keeps picture, captions, selection and base rate of a ranking, for a reload and for others', async () => {
    const page = await open();
    await settledRanking(page);
    const sample = openView(page).locator('.sample').nth(5);
    const name = (await sample.locator('img').getAttribute('src'))?.replace('/samples/', '') ?? '';
    await sample.click();
    await captionField(page, 1).fill('50 % of a fox & a “badger” + é');
    await page.getByLabel('Selection', { exact: true }).first().selectOption('mi-50');
    await openView(page).getByLabel('Base rate', { exact: true }).fill('20');
    const hash = await untilAddress(page, /base-rate=0\.2/);
    expect(hash).toMatch(/^#rank\/mi-50\?base-rate=0\.2&/);
    expect(new URLSearchParams(hash.split('?')[1]).getAll('picture')).toEqual([name]);
    await page.locator('.ranking-text', { hasText: '50 % of a fox' }).waitFor();
    const ranking = await settledRanking(page);
    await page.reload();
    expect(await settledRanking(page)).toEqual(ranking);
    const other = await open({ hash });
    expect(await settledRanking(other)).toEqual(ranking);
    expect(await captionsOf(other)).toEqual(await captionsOf(page));
    expect(await openView(other).locator('output').textContent()).toBe('20 %');
    expect(await other.locator('.stage .preview').getAttribute('src')).toBe(`/samples/${name}`);
  });

  it('keeps pictures, captions and the figure of a matrix', async () => {
    const page = await open({ hash: '#matrix' });
    const opened = await matrixOf(page);
    await openView(page)
      .getByRole('button', { name: /^Remove (?!caption)/ })
      .first()
      .click();
    await openView(page).getByRole('button', { name: 'Remove caption 2' }).click();
    await captionField(page, 1).fill('words of my own');
    await openView(page).locator('.segments').getByText('cosine', { exact: true }).click();
    const hash = await untilAddress(page, /show=cosine/);
    expect(hash).toMatch(/^#matrix\?picture=.*&caption=words\+of\+my\+own&caption=/);
    await page.locator('.matrix-caption', { hasText: 'words of my own' }).waitFor();
    const matrix = await matrixOf(page);
    expect(matrix.pictures).toHaveLength(opened.pictures.length - 1);
    await page.reload();
    expect(await matrixOf(page)).toEqual(matrix);
    expect(await matrixOf(await open({ hash }))).toEqual(matrix);
  });

  it('keeps that every picture was taken out', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    const remove = openView(page).getByRole('button', { name: /^Remove (?!caption)/ });
    for (let left = await remove.count(); left > 0; left--) await remove.first().click();
    await untilAddress(page, /picture=(?=&|$)/);
    await page.reload();
    await openView(page).getByText('Add pictures to compare.').waitFor();
  });

  it('keeps phrase, picture and what narrows a search', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    await searchFor(page, 'a red sailboat');
    const hash = await untilAddress(page, /#search\?phrase=a\+red\+sailboat$/);
    const results = await settledResults(page);
    await page.reload();
    expect(await phraseField(page).inputValue()).toBe('a red sailboat');
    expect(await settledResults(page)).toEqual(results);
    expect(await settledResults(await open({ hash }))).toEqual(results);
    await page.locator('.result-picture').nth(1).click();
    await untilAddress(page, /picture=.*\.webp/);
    const alike = await settledResults(page);
    await page.reload();
    expect(await settledResults(page)).toEqual(alike);
  });

  it('is walked by back and forward, view by view', async () => {
    const page = await open();
    await settledRanking(page);
    await captionField(page, 1).fill('first of the ranking');
    await untilAddress(page, /first\+of\+the\+ranking/);
    await page.getByRole('tab', { name: 'Matrix' }).click();
    await settledMatrix(page);
    await captionField(page, 1).fill('first of the matrix');
    await untilAddress(page, /#matrix\?caption=first\+of\+the\+matrix/);
    await page.goBack();
    expect(await captionField(page, 1).inputValue()).toBe('first of the ranking');
    await page.goForward();
    expect(await captionField(page, 1).inputValue()).toBe('first of the matrix');
    // A reload on one view keeps what was written on the other.
    await page.reload();
    await settledMatrix(page);
    await page.getByRole('tab', { name: 'Rank' }).click();
    expect(await captionField(page, 1).inputValue()).toBe('first of the ranking');
  });

  it('gets no entry of the history by typing or moving a slider, one by opening a view', async () => {
    const page = await open();
    await settledRanking(page);
    const entries = (): Promise<number> => page.evaluate(() => history.length);
    const before = await entries();
    await captionField(page, 1).fill('');
    await captionField(page, 1).pressSequentially('a caption of some length, letter by letter');
    for (const percent of ['10', '30', '70'])
      await openView(page).getByLabel('Base rate', { exact: true }).fill(percent);
    await untilAddress(page, /base-rate=0\.7&caption=a\+caption\+of\+some\+length%2C\+letter\+by\+letter/);
    expect(await entries()).toBe(before);
    await page.getByRole('tab', { name: 'Search' }).click();
    await page.waitForURL(/#search/);
    expect(await entries()).toBe(before + 1);
  });

  it('may be written by hand while the page is open', async () => {
    const page = await open();
    await settledRanking(page);
    await page.evaluate(() => (location.hash = '#matrix?caption=a+bear&caption=a+boat'));
    await settledMatrix(page);
    expect(await captionsOf(page)).toEqual(['a bear', 'a boat']);
    await page.evaluate(() => (location.hash = '#matrix'));
    await captionField(page, 3).waitFor();
    expect(await matrixOf(page)).toEqual(await matrixOf(await open({ hash: '#matrix' })));
  });

  it('says that it cannot hold a picture of a file, and stays the same otherwise', async () => {
    const page = await open();
    await settledRanking(page);
    const url = await openView(page).locator('.sample img').nth(3).getAttribute('src');
    await dropFiles(page, [{ name: 'mine.webp', type: 'image/webp', base64: await fileAsBase64(url ?? '') }]);
    await openView(page).getByTestId('file-note').waitFor();
    await captionField(page, 1).fill('words for my picture');
    const hash = await untilAddress(page, /#rank\?picture=file&caption=words/);
    // Another view and back: the file is still here.
    await page.getByRole('tab', { name: 'Search' }).click();
    await page.goBack();
    await page.locator('.stage .preview[src^="blob:"]').waitFor();
    const other = await open({ hash });
    await openView(other).getByText('from a file, which an address cannot hold').waitFor();
    expect(await captionField(other, 1).inputValue()).toBe('words for my picture');
    expect(await other.locator('.stage .preview').count()).toBe(0);
  });

  it('says when what is asked is too long for it, and when it was too long to be read', async () => {
    const page = await open();
    await settledRanking(page);
    await captionField(page, 1).focus();
    await page.evaluate(
      (lines) => navigator.clipboard.writeText(lines),
      Array(30).fill('x '.repeat(1_500)).join('\n'),
    );
    await page.keyboard.press('Control+V');
    await page.getByText('too many for the address').waitFor();
    await page.waitForURL(/#rank$/);
    const other = await open({ hash: `#matrix?caption=${'x'.repeat(70_000)}` });
    await other.getByText('it was not read').waitFor();
    await settledMatrix(other);
    expect((await captionsOf(other))[0]).not.toContain('xx');
  });

  it.each(
    [
      '#rank?caption=%',
      '#rank/%E0%A4%A?caption=%E0%A4%A',
      '#rank?picture=javascript:alert(1)&caption=javascript:alert(1)',
      `#rank?caption=${encodeURIComponent('<img src=x onerror="window.broken=true"><script>window.broken=true</script>')}`,
      '#rank?picture=../../etc/passwd&picture=%00&base-rate=Infinity',
      '#rank?picture=data:image/svg%2Bxml,<svg onload=alert(1)>',
      '#rank?base-rate=-1&base-rate=0.5&caption=%00%0A%E2%80%AE',
      '#matrix?show=__proto__&picture=constructor&caption=toString',
      `#matrix?${'picture=&caption=&'.repeat(3_000)}`,
      `#matrix?${'picture=nothing.webp&'.repeat(3_000)}`,
      '#__proto__/constructor?hasOwnProperty=1',
      `#search?phrase=${'%F0%9F%A6%8A'.repeat(3_000)}&corpus=__proto__&expected=1e999&at-least=NaN&field=__proto__&is=%00`,
      `#selection/${'a'.repeat(60_000)}`,
      '#?&=&&#?/',
    ].map((hash) => ({ hash, begins: hash.slice(0, 60) })),
  )('breaks nothing, whatever stands in it: $begins', async ({ hash }) => {
    const dialogs: string[] = [];
    const page = await open({
      hash,
      prepare: async (fresh) => {
        fresh.on('dialog', (dialog) => {
          dialogs.push(dialog.message());
          void dialog.dismiss();
        });
      },
    });
    await openView(page).getByRole('heading').first().waitFor();
    // The page goes on: another view opens and answers.
    await page.getByRole('tab', { name: 'Rank' }).click();
    await openView(page).locator('.sample').nth(2).click();
    await captionField(page, 1).fill('still here');
    await page.getByRole('tab', { name: 'Selection' }).click();
    await openView(page).getByRole('radio', { name: 'default' }).click();
    await page.getByRole('tab', { name: 'Rank' }).click();
    await page.locator('.ranking-text', { hasText: 'still here' }).waitFor();
    await settledRanking(page);
    expect(await page.evaluate(() => Reflect.get(window, 'broken'))).toBeUndefined();
    expect(dialogs).toEqual([]);
  });
});
