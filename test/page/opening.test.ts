import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { OpeningFile } from '../../scripts/opening/opening-file.ts';
import { hasBrowser } from './browser.ts';
import { tabTo } from './search-setup.ts';
import { PHONE, openView, settledMatrix, settledRanking, settledResults, usePages } from './setup.ts';
import { violations } from './violations.ts';

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const rows = parse<{ image: string; caption: string; kind: string }>(
  await read('models/sample/captions.csv'),
  { columns: true },
);
const kindOf = new Map(rows.map(({ caption, kind }) => [caption, kind]));
const captionOf = new Map(rows.map(({ image, caption }) => [image, caption]));
const limits = JSON.parse(await read('models/tiny-clip/limits.json')) as {
  readonly name: string;
  readonly sentence: string;
}[];
const opening = JSON.parse(await read('models/tiny-clip/opening.json')) as OpeningFile;
const captionsOf = (pictures: readonly { readonly image: string }[]): (string | undefined)[] =>
  pictures.map(({ image }) => captionOf.get(image));
const alternating = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 'photograph' : 'drawing'));

const labels = (page: Page, role: 'radio' | 'button'): Promise<string[]> =>
  openView(page)
    .locator('.samples')
    .getByRole(role)
    .evaluateAll((samples) => samples.map((sample) => sample.getAttribute('aria-label') ?? ''));

const writtenCaptions = (page: Page): Promise<string[]> =>
  openView(page)
    .getByLabel(/^Caption \d+$/)
    .evaluateAll((fields) => fields.map((field) => (field instanceof HTMLInputElement ? field.value : '')));

describe.skipIf(!hasBrowser)('what the page opens with', () => {
  const open = usePages();

  it('is what the weights chose: pictures they get right, photographs and drawings by turns', async () => {
    const page = await open();
    const [best] = await settledRanking(page);
    const captions = await labels(page, 'radio');
    expect(captions).toEqual(captionsOf(opening.right));
    expect(captions.map((caption) => kindOf.get(caption))).toEqual(alternating(captions.length));
    expect(await page.getByRole('radio').first().getAttribute('aria-checked')).toBe('true');
    expect(best.text).toBe(captions[0]);
    const verdict = page.locator('.verdict');
    expect(await verdict.getAttribute('data-right')).toBe('true');
    expect(await verdict.textContent()).toContain(`${best.text} ${best.percent}`);
    await openView(page).getByText('Chosen because this encoder gets them right').waitFor();
  });

  it('compares the first four in the matrix, each best with its own caption', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    const captions = await writtenCaptions(page);
    expect(captions).toEqual(captionsOf(opening.right).slice(0, 4));
    const marks = await page
      .locator('.matrix tbody tr')
      .evaluateAll((lines) =>
        lines.map((line) => [...line.querySelectorAll('.cell')].map((cell) => cell.className)),
      );
    for (const [row, cells] of marks.entries()) {
      for (const [column, classes] of cells.entries()) {
        expect(classes.includes('cell-best'), `${row} ${column}`).toBe(row === column);
        expect(classes.includes('cell-own'), `${row} ${column}`).toBe(row === column);
      }
    }
  });

  it('goes over to hard ones and back', async () => {
    const page = await open();
    await settledRanking(page);
    const [hard] = opening.hard;
    await page.getByRole('button', { name: 'Hard ones' }).click();
    await openView(page).getByText('Chosen because this encoder gets them wrong').waitFor();
    expect(await labels(page, 'radio')).toEqual(captionsOf(opening.hard));
    await page.locator('.verdict[data-right=false][data-freshness=current]').waitFor();
    const ranked = (await settledRanking(page)).map(({ text }) => text);
    expect(ranked).toEqual(
      expect.arrayContaining([captionOf.get(hard.image), ...hard.rivals, ...hard.others]),
    );
    expect(ranked[0]).not.toBe(captionOf.get(hard.image));
    expect(await page.locator('.own-mark').count()).toBe(1);
    await page.getByRole('button', { name: 'Easy ones' }).click();
    await page.locator('.verdict[data-right=true][data-freshness=current]').waitFor();
    expect(await labels(page, 'radio')).toEqual(captionsOf(opening.right));
  });

  it('shows hard ones in the matrix with the captions that they are taken for', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    await openView(page).getByRole('button', { name: 'Hard ones' }).click();
    const three = opening.hard.slice(0, 3);
    const expected = [...new Set(three.flatMap(({ image, rivals }) => [captionOf.get(image), rivals[0]]))];
    expect(await writtenCaptions(page)).toEqual(expected);
    await page
      .locator('.matrix tbody tr')
      .nth(2)
      .locator('.cell')
      .nth(expected.length - 1)
      .waitFor();
    await settledMatrix(page);
    const wrong = await page.locator('.cell-own:not(.cell-best)').count();
    expect(wrong).toBe(3);
  });

  it('claims nothing of right and wrong when other weights answer', async () => {
    const page = await open({
      prepare: (fresh) =>
        fresh.route('**/graphql', async (route) => {
          const response = await route.fetch();
          const answer = (await response.text()).replaceAll(opening.fingerprint, '0'.repeat(64));
          await route.fulfill({ response, body: answer });
        }),
    });
    await settledRanking(page);
    await openView(page).getByText('It was not tried which of them this encoder gets right').waitFor();
    expect(await openView(page).getByText('Chosen because').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Hard ones' }).count()).toBe(0);
    await openView(page).getByRole('button', { name: 'Others' }).click();
    expect(await labels(page, 'radio')).toEqual(captionsOf(opening.hard));
  });

  it.each(['rank', 'matrix', 'search'])(
    'says what its encoder cannot do, a sentence each, folded away: %s',
    async (view) => {
      const settled = { rank: settledRanking, matrix: settledMatrix, search: settledResults }[view];
      const page = await open({ hash: `#${view}`, viewport: PHONE });
      await settled?.(page);
      const details = openView(page).locator('details.limits');
      const summary = details.getByText('What it cannot do', { exact: true });
      expect(await details.locator('dd').first().isVisible()).toBe(false);
      await summary.click();
      expect(await details.locator('dt').allTextContents()).toEqual(limits.map(({ name }) => name));
      expect(await details.locator('dd').allTextContents()).toEqual(limits.map(({ sentence }) => sentence));
      expect(await details.locator('dd').last().isVisible()).toBe(true);
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        PHONE.width,
      );
    },
  );

  it('unfolds by keyboard', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    const sentence = openView(page).getByText(limits[0].sentence);
    expect(await sentence.isVisible()).toBe(false);
    await openView(page).getByLabel('Least probability').focus();
    await tabTo(page, /^What it cannot do$/);
    await page.keyboard.press('Enter');
    await sentence.waitFor();
  });

  it('says nothing of these limits for another encoder', async () => {
    const page = await open({
      prepare: (fresh) =>
        fresh.route('**/graphql', async (route) => {
          const response = await route.fetch();
          const answer = (await response.text()).replaceAll('"id":"tiny-clip"', '"id":"another/clip"');
          await route.fulfill({ response, body: answer });
        }),
    });
    await openView(page).getByText('Encoder: another/clip.').waitFor();
    expect(await page.locator('details.limits').count()).toBe(0);
  });
});
