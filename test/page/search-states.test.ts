import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import {
  CORPUS_SIZE,
  FIRST_PHRASE,
  PAGE_SIZE,
  answerInstead,
  phraseField,
  searchFor,
  showProbabilities,
  withNotes,
} from './search-setup.ts';
import { PHONE, fileAsBase64, openView, screenshot, settledResults, usePages } from './setup.ts';
import { violations } from './violations.ts';

describe.skipIf(!hasBrowser)('the Search view, whatever the API has', () => {
  const open = usePages();

  it('shows the GraphQL of every step that was taken', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    await openView(page).locator('.requests summary').click();
    const variables = openView(page).getByRole('region', { name: '3. Search: variables' });
    expect(JSON.parse((await variables.textContent()) ?? '')).toEqual({
      corpus: 'samples',
      text: { text: FIRST_PHRASE },
      first: PAGE_SIZE,
      baseRate: 1 / CORPUS_SIZE,
    });
    expect(await openView(page).getByRole('region', { name: '4. Show more', exact: true }).count()).toBe(0);
    await openView(page).getByRole('button', { name: 'Show more' }).click();
    await openView(page).getByRole('region', { name: '4. Show more', exact: true }).waitFor();
  });

  it('says which command makes a corpus where there is none, and looks again', async () => {
    let isEmpty = true;
    const page = await open({
      hash: '#search',
      prepare: (fresh) =>
        answerInstead(fresh, ({ query }) => (isEmpty && query.includes('corpora') ? { corpora: [] } : null)),
    });
    await page.getByText('Nothing to search yet').waitFor();
    await page.getByText('npm run -s index -- --corpus samples').waitFor();
    await screenshot(page, 'search-empty');
    expect(await violations(page)).toEqual([]);
    isEmpty = false;
    await page.getByRole('button', { name: 'Look again' }).click();
    expect(await settledResults(page)).toHaveLength(PAGE_SIZE);
  });

  for (const [device, viewport] of Object.entries({ desktop: undefined, phone: PHONE })) {
    it(`offers several corpora, and shows results without pictures readably: ${device}`, async () => {
      const page = await open({
        hash: '#search',
        ...(viewport ? { viewport } : {}),
        prepare: (fresh) => answerInstead(fresh, withNotes),
      });
      await settledResults(page);
      if (viewport) await page.getByText('Narrow down').click();
      await openView(page).getByLabel('Corpus', { exact: true }).selectOption('notes');
      await page.locator('.results-rows .result').first().waitFor();
      await settledResults(page);
      const [first, second] = await page.locator('.result').allInnerTexts();
      expect(first).toContain('a note on foxes');
      expect(first).toContain('notes/7');
      expect(first).toContain('year: 2026');
      expect(second).toContain('notes/8');
      // A phrase against texts is not calibrated either; a text is searched by as a phrase.
      await showProbabilities(page);
      await page.getByText('Not calibrated: no probability is known for a text against texts.').waitFor();
      await screenshot(page, `search-texts-${device}`);
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        page.viewportSize()?.width ?? 0,
      );
      await page.getByRole('button', { name: 'a note on foxes' }).click();
      expect(await phraseField(page).inputValue()).toBe('a note on foxes');
    });
  }

  it('opens on a corpus that can be searched, and says of the others why they cannot', async () => {
    const message = 'The vectors are of the encoder clip-l; this deployment runs tiny-clip.';
    const foreign = {
      name: 'archive',
      count: 20_000,
      selection: 'f'.repeat(64),
      encoder: 'clip-l',
      modality: 'IMAGE',
      fields: [],
      thumbnails: 0,
      engine: 'ISOLATE',
      searchError: { code: 'ENCODER_MISMATCH', message },
    };
    let isAlone = false;
    const page = await open({
      hash: '#search',
      prepare: (fresh) =>
        answerInstead(fresh, ({ query, variables }) => {
          if (!query.includes('corpora {')) return null;
          const { corpora } = withNotes({ query, variables }) as { corpora: unknown[] };
          return { corpora: isAlone ? [foreign] : [foreign, ...corpora] };
        }),
    });
    expect(await settledResults(page)).toHaveLength(PAGE_SIZE);
    await page.getByText(message).waitFor();
    const picker = openView(page).getByLabel('Corpus', { exact: true });
    expect(await picker.inputValue()).toBe('samples');
    expect(
      await picker.locator('option').evaluateAll((all) => all.map((one) => one.matches(':disabled'))),
    ).toEqual([true, false, false]);
    await screenshot(page, 'search-unsearchable');
    expect(await violations(page)).toEqual([]);
    isAlone = true;
    await page.reload();
    await page.getByText('Nothing to search yet').waitFor();
    await page.getByText(message).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('shows the thumbnails of a corpus, searches by one, and says where there are none', async () => {
    const figures = { score: 0.4, cosine: 0.4, probability: 0.2, decision: 'UNCERTAIN', metadata: null };
    const thumbnail = '/corpora/shop/thumbnails/0123456789abcdef0123456789abcdef';
    let isBare = false;
    const page = await open({
      hash: '#search',
      prepare: async (fresh) => {
        const webp = Buffer.from(await fileAsBase64('/samples/a-fox.webp'), 'base64');
        await fresh.route(`**${thumbnail}`, (route) =>
          route.fulfill({ body: webp, contentType: 'image/webp' }),
        );
        await answerInstead(fresh, ({ query, variables }) => {
          if (query.includes('corpora {')) {
            const { corpora } = withNotes({ query, variables }) as { corpora: object[] };
            const engine = isBare ? 'VECTORIZE' : 'ISOLATE';
            return {
              corpora: [{ ...corpora[0], name: 'shop', count: 2, thumbnails: isBare ? 0 : 1, engine }],
            };
          }
          if (variables['corpus'] !== 'shop') return null;
          return {
            search: {
              edges: [
                { ...figures, id: 'sku-1', thumbnail: isBare ? null : thumbnail },
                { ...figures, id: 'sku-2', thumbnail: null },
              ],
              pageInfo: { hasNextPage: false, endCursor: null },
              complete: !isBare,
              anyMatch: null,
              relevantCount: null,
              domain: { reason: null },
              calibrated: true,
              rankedBy: 'COSINE',
              average: 0.1,
              scanned: 2,
            },
          };
        });
      },
    });
    const [first, second] = await settledResults(page);
    expect([first.src, second.src]).toEqual([thumbnail, '']);
    await page.waitForFunction(
      () => (document.querySelector<HTMLImageElement>('.result img')?.naturalWidth ?? 0) > 0,
    );
    await screenshot(page, 'search-thumbnails');
    expect(await violations(page)).toEqual([]);
    const embedded = page.waitForRequest((request) => (request.postData() ?? '').includes('embedImages'));
    await page.getByRole('button', { name: 'More like sku-1' }).click();
    expect((await embedded).postData()).toContain('thumbnail.webp');
    // The address holds it.
    await page.waitForURL(`**${encodeURIComponent(thumbnail)}*`);
    const again = page.waitForRequest((request) => (request.postData() ?? '').includes('embedImages'));
    await page.reload();
    expect((await again).postData()).toContain('thumbnail.webp');
    isBare = true;
    await page.reload();
    await page.getByText('This corpus stores vectors, not pictures.').waitFor();
    await page.getByText('Cloudflare Vectorize finds the candidates').waitFor();
    await page.getByText('Not all that was written is seen in Cloudflare Vectorize yet').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('says when a part of the corpus was not searched, and searches again', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    let isPart = true;
    await page.route('**/graphql', async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      await route.fulfill({
        response,
        body: isPart ? text.replace('"complete":true', '"complete":false') : text,
      });
    });
    await searchFor(page, 'a wolf');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('A part of the corpus could not be loaded');
    await screenshot(page, 'search-part');
    expect(await violations(page)).toEqual([]);
    isPart = false;
    await alert.getByRole('button', { name: 'Search again' }).click();
    await alert.waitFor({ state: 'detached' });
  });

  it('says why there is no next page, keeps the first, and searches again', async () => {
    const page = await open({ hash: '#search' });
    const first = await settledResults(page);
    const message = 'The corpus has changed since the page of this cursor: begin again without `after`.';
    await page.route('**/graphql', (route) =>
      route.request().postDataJSON().variables.after === undefined
        ? route.continue()
        : route.fulfill({
            json: { errors: [{ message, extensions: { code: 'BAD_INPUT', retryable: false } }] },
          }),
    );
    await openView(page).getByRole('button', { name: 'Show more' }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain(message);
    expect(await settledResults(page)).toEqual(first);
    await openView(page).getByRole('button', { name: 'Search again' }).click();
    await alert.waitFor({ state: 'detached' });
    await openView(page).getByRole('button', { name: 'Show more' }).waitFor();
  });
});
