import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { type LockedServer, openLockedServer } from './locked-server.ts';
import {
  PHONE,
  captionField,
  openView,
  screenshot,
  settledRanking,
  settledResults,
  usePages,
} from './setup.ts';
import { violations } from './violations.ts';

/** Chromium writes every refusal to the console. */
const REFUSED = /Failed to load resource: the server responded with a status of (401|403|429)/;
const TITLE = 'This deployment asks for a key';

const keyForm = (page: Page) => page.getByRole('form', { name: TITLE });
const keyField = (page: Page) => page.getByLabel('Key', { exact: true });

async function giveKey(page: Page, key: string): Promise<void> {
  await keyField(page).fill(key);
  await page.getByRole('button', { name: 'Use key' }).click();
}

/** What of the API is asked from now on. Only of a request that is held can files be read. */
async function watchRequests(page: Page): Promise<Request[]> {
  const seen: Request[] = [];
  await page.route(/\/graphql$|\/corpora\//, (route) => {
    seen.push(route.request());
    return route.continue();
  });
  return seen;
}

describe.skipIf(!hasBrowser)('the page of a locked deployment', () => {
  let server: LockedServer;
  const usePage = usePages();
  const open: typeof usePage = (opening) =>
    usePage({ at: server.origin, expectedErrors: REFUSED, ...opening });
  beforeAll(async () => {
    server = await openLockedServer();
  });
  afterAll(() => server.close());

  it('asks for a key, says what is wrong with one, and is opened by keyboard alone', async () => {
    const page = await open();
    await keyForm(page).waitFor();
    expect(await page.getByRole('tabpanel').count()).toBe(0);
    expect(await page.getByRole('alert').allTextContents()).toEqual(['']);
    for (let presses = 0; presses < 5; presses++) {
      await page.keyboard.press('Tab');
      if (await keyField(page).evaluate((field) => field === document.activeElement)) break;
    }
    const why = keyForm(page).getByRole('alert');
    const wrong = `alignql_${'0'.repeat(16)}_${'0'.repeat(72)}`;
    for (const [typed, told] of [
      ['', 'Enter a key.'],
      ['two words', 'A key is one word'],
      ['alignql_typo', /key/],
      [wrong, /key/],
    ] as const) {
      await page.keyboard.press('Control+A');
      await page.keyboard.press('Delete');
      await page.keyboard.type(typed);
      await page.keyboard.press('Enter');
      await why.filter({ hasText: told }).waitFor();
      expect(await keyField(page).getAttribute('aria-invalid')).toBe('true');
      expect(await page.getByRole('tabpanel').count()).toBe(0);
    }
    await page.keyboard.press('Control+A');
    await page.keyboard.type(server.keys.good);
    await page.keyboard.press('Enter');
    expect(await settledRanking(page)).toHaveLength(6);
    expect(await keyForm(page).count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Rank');
    await page.getByTestId('announcer').filter({ hasText: 'The key was accepted.' }).waitFor();
  });

  it('is no harder to open on a phone, in the dark', async () => {
    const page = await open({ viewport: PHONE, scheme: 'dark' });
    await keyForm(page).waitFor();
    await giveKey(page, server.keys.revoked);
    await keyForm(page).getByText('The key was revoked.').waitFor();
    await screenshot(page, 'key-phone-dark');
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
    for (const control of [keyField(page), page.getByRole('button', { name: 'Use key' })]) {
      expect((await control.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    }
  });

  it('sends the key with everything, keeps it for the tab alone, and forgets it', async () => {
    const page = await open();
    await giveKey(page, server.keys.good);
    await settledRanking(page);
    const requests = await watchRequests(page);
    await page.reload();
    await settledRanking(page);
    await captionField(page, 1).fill('another caption');
    await page.locator('.ranking-text', { hasText: 'another caption' }).waitFor();
    const bodies = requests.map((request) => request.postData() ?? '');
    for (const what of ['embedImages', 'rankTexts', 'limits']) {
      expect(
        bodies.filter((body) => body.includes(what)),
        what,
      ).not.toEqual([]);
    }
    for (const request of requests) {
      expect((await request.allHeaders())['authorization']).toBe(`Bearer ${server.keys.good}`);
    }
    const elsewhere = await page.evaluate(() =>
      [JSON.stringify(localStorage), document.cookie, location.href, document.body.innerHTML].join(),
    );
    expect(elsewhere).not.toContain(server.keys.good);

    // The command that is copied takes the key from the environment, and gives the answer of the page.
    await openView(page).getByText('GraphQL behind this view').click();
    const step = page.getByRole('region', { name: '2. Rank the captions', exact: true });
    await step.getByRole('button', { name: 'Copy as curl' }).click();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    expect(command).not.toContain(server.keys.good);
    const environment = { ...process.env, ALIGNQL_KEY: server.keys.good };
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { env: environment });
    expect(JSON.parse(stdout)).toMatchObject({ data: { rankTexts: { __typename: 'Ranking' } } });

    expect(await page.locator('.key-in-use code').textContent()).toBe(server.keys.good.slice(8, 24));
    await page.getByRole('button', { name: 'Forget key' }).click();
    await keyForm(page).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    expect(await page.getByRole('tabpanel').count()).toBe(0);
  });

  it('fetches thumbnails with the key, searches by one, and lets go of them', async () => {
    const page = await open({
      hash: '#search?corpus=shop',
      prepare: (fresh) =>
        fresh.addInitScript(() => {
          const held = new Set<string>();
          const { createObjectURL, revokeObjectURL } = URL;
          URL.createObjectURL = (blob) => {
            const url = createObjectURL(blob);
            held.add(url);
            return url;
          };
          URL.revokeObjectURL = (url) => {
            held.delete(url);
            revokeObjectURL(url);
          };
          Object.assign(window, { held });
        }),
    });
    await giveKey(page, server.keys.good);
    const shown = await settledResults(page);
    expect(shown).toHaveLength(3);
    const allShown = (): Promise<unknown> =>
      page.waitForFunction(() => {
        const pictures = [...document.querySelectorAll<HTMLImageElement>('.result img')];
        return (
          pictures.length > 0 &&
          pictures.every(({ src, naturalWidth }) => /^blob:/.test(src) && naturalWidth > 0)
        );
      });
    await allShown();
    const requests = await watchRequests(page);
    await openView(page)
      .getByRole('button', { name: /^More like .*rocket/ })
      .click();
    await page.locator('.result:first-child[data-id*=rocket]').waitFor();
    await settledResults(page);
    await allShown();
    const upload = requests.find((request) => (request.postData() ?? '').includes('thumbnail.webp'));
    expect((await upload?.allHeaders())?.['authorization']).toBe(`Bearer ${server.keys.good}`);
    await openView(page).getByRole('button', { name: 'Search by the phrase again' }).click();
    await settledResults(page);
    await allShown();
    // Nothing is held but what is seen.
    await page.waitForFunction(() => {
      const { held } = window as unknown as { held: ReadonlySet<string> };
      return held.size === document.querySelectorAll('img[src^="blob:"]').length;
    });
  });

  it('says what a key is short of: time, a scope, a budget', async () => {
    const page = await open();
    await giveKey(page, server.keys.expired);
    await keyForm(page)
      .getByText(/^The key expired at /)
      .waitFor();

    await giveKey(page, server.keys.onlyReads);
    const alert = openView(page).getByRole('alert').first();
    await alert.filter({ hasText: 'Not allowed. This needs the scope encode' }).waitFor();
    await alert.getByRole('button', { name: 'Use another key' }).click();

    await giveKey(page, server.keys.poor);
    const spent = page.getByRole('alert').filter({ hasText: 'Too many requests.' }).first();
    await spent.filter({ hasText: /daily budget .* used up; .*Try again in \d+ (h|min|s)/ }).waitFor();
    await screenshot(page, 'key-spent');
    expect(await violations(page)).toEqual([]);
  });

  it('gives GraphiQL the same key, and takes one there', async () => {
    const page = await open({ path: '/graphiql/' });
    await keyForm(page).waitFor();
    await keyForm(page).getByText('Headers editor').waitFor();
    await page.getByLabel(TITLE).last().fill(server.keys.revoked);
    await page.getByRole('button', { name: 'Use key' }).click();
    await keyForm(page).getByText('The key was revoked.').waitFor();
    await page.getByLabel(TITLE).last().fill(server.keys.good);
    const introspected = page.waitForRequest((request) => (request.postData() ?? '').includes('__schema'));
    await page.getByRole('button', { name: 'Use key' }).click();
    expect((await (await introspected).allHeaders())['authorization']).toBe(`Bearer ${server.keys.good}`);
    await page.getByText('Asked with the key').waitFor();
    await page.locator('.graphiql-query-editor .CodeMirror').waitFor();
    await page.locator('.result-window .CodeMirror').waitFor();
    await page.getByRole('button', { name: /execute query/i }).click();
    await page
      .getByRole('region', { name: /result/i })
      .getByText('"right"')
      .waitFor();
    // The page of the same tab need not ask.
    await page.goto(`${server.origin}/`);
    expect(await settledRanking(page)).toHaveLength(6);
  });

  it('does not ask for a key where Cloudflare Access says who asks', async () => {
    const page = await open({
      prepare: (fresh) =>
        fresh.route('**/graphql', async (route) =>
          route.fulfill({ response: await route.fetch({ url: `${server.accessOrigin}/graphql` }) }),
        ),
    });
    const alert = page.getByRole('alert').first();
    await alert.filter({ hasText: 'sign in with Cloudflare Access' }).waitFor();
    expect(await page.getByText(TITLE).count()).toBe(0);
  });
});
