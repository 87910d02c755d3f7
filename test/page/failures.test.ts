import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { settledRanking, usePages, captionField } from './setup.ts';

/** Chromium writes every failed request to the console; here the test itself makes them fail. */
const FAILED_LOAD = /Failed to load resource|net::ERR/;

describe.skipIf(!hasBrowser)('when things go wrong', () => {
  const open = usePages();

  it('says that the API does not answer, and asks again on request', async () => {
    let isDown = true;
    const page = await open({
      expectedErrors: FAILED_LOAD,
      prepare: (fresh) =>
        fresh.route('**/graphql', (route) => (isDown ? route.abort('connectionrefused') : route.continue())),
    });
    const alert = page.getByRole('alert').first();
    await alert.waitFor();
    expect(await alert.textContent()).toContain('The API does not answer');
    isDown = false;
    await alert.getByRole('button', { name: 'Try again' }).click();
    expect(await settledRanking(page)).toHaveLength(6);
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('says that it is reaching the API while a first answer is slow', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const page = await open({
      prepare: (fresh) =>
        fresh.route('**/graphql', async (route) => {
          await held;
          await route.continue();
        }),
    });
    const progress = page.locator('#view-rank .progress');
    await progress.filter({ hasText: 'Reaching the API…' }).waitFor();
    // The captions stand where their ranks will be: nothing moves when the answer comes.
    expect(await page.locator('.ranking-row').count()).toBe(6);
    release();
    expect(await settledRanking(page)).toHaveLength(6);
    await progress.filter({ hasText: /^Answered in/ }).waitFor();
  });

  it('keeps the last ranking when a later request fails, and tries again', async () => {
    const page = await open({ expectedErrors: FAILED_LOAD });
    const before = await settledRanking(page);
    await page.route('**/graphql', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/json',
        body: JSON.stringify({
          errors: [{ message: 'KV is down.', extensions: { code: 'STORAGE_FAILED' } }],
        }),
      }),
    );
    await captionField(page, 1).fill('another caption');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('The published selections cannot be read. KV is down.');
    expect(await page.locator('.ranking-row').count()).toBe(before.length);
    await page.unroute('**/graphql');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.ranking-text', { hasText: 'another caption' }).waitFor();
  });

  it('says what a slow answer waits for, and nothing of a quick one', async () => {
    const page = await open();
    await settledRanking(page);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/graphql', async (route) => {
      await held;
      await route.continue();
    });
    await captionField(page, 1).fill('a slow caption');
    const progress = page.locator('#view-rank .progress');
    await progress.filter({ hasText: 'Ranking…' }).waitFor();
    await progress.filter({ hasText: 'The first answer loads the encoder' }).waitFor();
    release();
    await progress.filter({ hasText: /^Answered in/ }).waitFor();
  });

  it('shows an answer only for what was asked last', async () => {
    const page = await open();
    await settledRanking(page);
    // The first change is held back until the second has been answered.
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/graphql', async (route) => {
      if ((route.request().postData() ?? '').includes('first words')) await held;
      await route.continue().catch(() => undefined); // cancelled by the page, as it should be
    });
    const cancelled = page.waitForEvent('requestfailed');
    const first = page.waitForRequest((request) => (request.postData() ?? '').includes('first words'));
    await captionField(page, 1).fill('first words');
    await first;
    await captionField(page, 1).fill('second words');
    expect((await cancelled).postData()).toContain('first words');
    await page.locator('.ranking-text', { hasText: 'second words' }).waitFor();
    release();
    expect((await settledRanking(page)).map(({ text }) => text)).not.toContain('first words');
  });
});
