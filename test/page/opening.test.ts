import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { tabTo } from './search-setup.ts';
import { PHONE, openView, settledMatrix, settledRanking, settledResults, usePages } from './setup.ts';
import { violations } from './violations.ts';

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const rows = parse<{ caption: string; kind: string }>(await read('models/sample/captions.csv'), {
  columns: true,
});
const kindOf = new Map(rows.map(({ caption, kind }) => [caption, kind]));
const limits = JSON.parse(await read('models/tiny-clip/limits.json')) as {
  readonly name: string;
  readonly sentence: string;
}[];

describe.skipIf(!hasBrowser)('what the page opens with', () => {
  const open = usePages();

  it('is a photograph, among as many photographs as drawings by turns', async () => {
    const page = await open();
    await settledRanking(page);
    const captions = await page
      .getByRole('radio')
      .evaluateAll((samples) => samples.map((sample) => sample.getAttribute('aria-label') ?? ''));
    expect(captions).toHaveLength(32);
    expect(captions.map((caption) => kindOf.get(caption))).toEqual(
      captions.map((_, i) => (i % 2 === 0 ? 'photograph' : 'drawing')),
    );
    expect(await page.getByRole('radio').first().getAttribute('aria-checked')).toBe('true');
    await page.getByRole('tab', { name: 'Matrix' }).click();
    await settledMatrix(page);
    const compared = await openView(page)
      .getByLabel(/^Caption \d+$/)
      .evaluateAll((fields) => fields.map((field) => (field instanceof HTMLInputElement ? field.value : '')));
    expect(compared.map((caption) => kindOf.get(caption))).toEqual([
      'photograph',
      'drawing',
      'photograph',
      'drawing',
    ]);
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
