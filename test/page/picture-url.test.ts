import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { tabTo } from './search-setup.ts';
import {
  PHONE,
  captionField,
  fileAsBase64,
  openView,
  settledMatrix,
  settledRanking,
  settledResults,
  usePages,
} from './setup.ts';
import { violations } from './violations.ts';

const VIEWS = [
  { view: 'rank', settled: settledRanking },
  { view: 'matrix', settled: settledMatrix },
  { view: 'search', settled: settledResults },
];
const PICTURE = 'https://pictures.example.com/a/fox.webp?size=2';

const field = (page: Page): Locator => openView(page).getByLabel('Picture by URL');

/** Stands for the web, which the tests do not reach: the API gets the picture's bytes where the page gave its URL. */
async function fetchInstead(page: Page, sample: string): Promise<void> {
  const base64 = await fileAsBase64(sample);
  await page.route('**/graphql', async (route) => {
    const asked = route.request().postData() ?? '';
    await route.continue({
      postData: asked.replace(JSON.stringify({ url: PICTURE }), JSON.stringify({ base64 })),
    });
  });
}

describe.skipIf(!hasBrowser)('a picture by URL', () => {
  const open = usePages();

  it.each(VIEWS)(
    'is asked of the API by its URL, by keyboard, and kept in the address: $view',
    async ({ view, settled }) => {
      const page = await open({ hash: `#${view}` });
      await settled(page);
      const sample = await openView(page)
        .locator('.sample img, .result-picture img')
        .first()
        .getAttribute('src');
      await fetchInstead(page, sample ?? '');
      const sent = page.waitForRequest((request) =>
        (request.postData() ?? '').includes(JSON.stringify({ images: [{ url: PICTURE }] })),
      );
      await field(page).focus();
      await page.keyboard.type(PICTURE);
      await page.keyboard.press('Enter');
      await sent;
      await openView(page).locator('.preview-away').first().waitFor();
      if (view !== 'search') await captionField(page, 1).fill('a fox');
      await settled(page);
      expect(await field(page).inputValue()).toBe('');
      await page.waitForURL((url) =>
        new URLSearchParams(url.hash.split('?')[1]).getAll('picture').includes(PICTURE),
      );
      expect(await openView(page).getByTestId('file-note').count()).toBe(0);
      expect(await violations(page)).toEqual([]);
      await page.reload();
      await openView(page).locator('.preview-away').first().waitFor();
      await settled(page);
    },
  );

  it.each([
    { url: 'https://127.0.0.1/fox.png', says: /This address is not fetched.*not public.*URL_REFUSED/ },
    {
      url: 'https://no-such-host.example.com/fox.png',
      says: /host did not deliver it.*could not be fetched from no-such-host\.example\.com.*URL_FAILED/,
    },
  ])('that the API does not get is said so, on a phone too: $url', async ({ url, says }) => {
    for (const { view, settled } of VIEWS) {
      const page = await open({ hash: `#${view}`, viewport: PHONE });
      await settled(page);
      await field(page).fill(url);
      await openView(page)
        .getByRole('button', { name: /(Add by|Use) URL/ })
        .tap();
      const failure = openView(page).locator('.failure', { hasText: 'URL_' });
      await failure.waitFor();
      expect((await failure.textContent())?.replace(/\s+/g, ' ')).toMatch(says);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        PHONE.width,
      );
    }
  });

  it('that is none is refused before it is sent, with what is expected', async () => {
    const page = await open();
    await settledRanking(page);
    let sent = 0;
    page.on('request', () => (sent += 1));
    for (const text of [
      '',
      'fox.png',
      'http://example.com/a.png',
      'javascript:alert(1)',
      `https://example.com/${'a'.repeat(2_048)}`,
    ]) {
      await field(page).fill(text);
      await field(page).press('Enter');
      await openView(page).getByText('Expected a URL that begins with https://').waitFor();
      expect(await field(page).getAttribute('aria-invalid')).toBe('true');
    }
    expect(await violations(page)).toEqual([]);
    await field(page).fill('https://');
    expect(await field(page).getAttribute('aria-invalid')).toBe('false');
    expect(sent).toBe(0);
  });

  it('has its field in the order of Tab, after the file', async () => {
    const page = await open();
    await settledRanking(page);
    await openView(page).getByRole('button', { name: 'Choose a picture' }).focus();
    await tabTo(page, /^Use URL$/);
  });
});
