import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser } from '../page/browser.ts';
import { usePages } from '../page/setup.ts';
import { packClient } from './packed-client.ts';

const PATH = '/photo-search/';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/** The example with the packed client installed, built by Vite and served beside the API. */
describe.skipIf(!hasBrowser)('examples/photo-search', () => {
  const openPage = usePages();
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join((await packClient()).folder, 'example-'));
    await cp('examples/photo-search', folder, { recursive: true });
    await build({ root: folder, logLevel: 'error' });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const serve = (page: Page): Promise<unknown> =>
    page.route(`**${PATH}**`, async (route) => {
      const file = new URL(route.request().url()).pathname.slice(PATH.length);
      await route.fulfill({
        contentType: TYPES[extname(file)],
        body: await readFile(join(folder, 'dist', file)),
      });
    });

  it('searches by words and by a picture, page by page, and says what is wrong', async () => {
    const page = await openPage({
      path: `${PATH}index.html`,
      prepare: serve,
      expectedErrors: /400 \(Bad Request\)/,
    });
    const items = page.locator('li');
    await page.getByLabel('Words').fill('a badger');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('12 pictures').waitFor();
    expect(await items.first().textContent()).toContain('badger');
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByText('24 pictures').waitFor();
    expect(new Set(await items.allTextContents()).size).toBeGreaterThan(12);

    await page.getByLabel('Words').fill(' ');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('BAD_INPUT').waitFor();
    expect(await items.count()).toBe(0);

    await page.getByLabel('or a picture').setInputFiles('models/sample/images/a-banjo.webp');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('12 pictures').waitFor();
    expect(await items.first().textContent()).toContain('banjo');
  });
});
