import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import {
  CORPUS_SIZE,
  FIRST_PHRASE,
  PAGE_SIZE,
  SEARCH,
  type SearchAnswer,
  captionOf,
  focusedResult,
  phraseField,
  searchApi,
  searchFor,
  showProbabilities,
  tabTo,
} from './search-setup.ts';
import {
  BROKEN_FILE,
  ask,
  dropFiles,
  fileAsBase64,
  openView,
  screenshot,
  settledResults,
  usePages,
  shownPercent,
} from './setup.ts';
import { shifted, watchShifts } from './shifts.ts';
import { violations } from './violations.ts';

/** A probability between the best result and the last, whatever the encoder makes of them, in per cent. */
function percentBetween({ edges }: Awaited<ReturnType<typeof searchApi>>): number {
  return 50 * (edges[0].probability + edges[edges.length - 1].probability);
}

describe.skipIf(!hasBrowser)('the Search view', () => {
  const open = usePages();

  it('finds the right picture first for a phrase that is typed', async () => {
    const page = await open({ hash: '#search' });
    expect((await settledResults(page))[0].id).toContain('umbrella');
    for (const [phrase, id] of [
      ['a rocket', 'images/a-rocket.png'],
      ['a pear', 'images/a-pear.png'],
      ['a panda', 'images/a-panda-climbing-in-a-tree.webp'],
      ['a piano', 'images/a-grand-piano-with-its-lid-open.webp'],
      ['a sailboat', 'images/a-red-sailboat-with-white-sails.webp'],
    ]) {
      await phraseField(page).fill('');
      await phraseField(page).pressSequentially(phrase);
      await page.locator(`.result:first-child[data-id="${id}"]`).waitFor();
    }
  });

  it('shows the API’s order and how close each comes, each with its own picture, and no verdicts', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    const shown = await searchFor(page, 'an animal');
    const { edges, average } = await searchApi('an animal', PAGE_SIZE);
    expect(shown.map(({ id }) => id)).toEqual(edges.map(({ id }) => id));
    expect(shown.map(({ src }) => src)).toEqual(edges.map(({ id }) => id.replace('images/', '/samples/')));
    expect(shown.map(({ place }) => place)).toEqual(edges.map((_, index) => String(index + 1)));
    for (const [row, { closeness, measure, percent, decision }] of shown.entries()) {
      const { cosine } = edges[row];
      expect(Number(closeness)).toBeCloseTo((cosine - average) / (edges[0].cosine - average), 3);
      expect(measure).toBe(`cosine ${cosine.toFixed(3)}`);
      expect([percent, decision]).toEqual(['', '']);
    }
    expect(shown[0].closeness).toBe('1');
    const widths = await page
      .locator('.closeness > span')
      .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
    expect(widths).toEqual(widths.toSorted((a, b) => b - a));
    expect(widths[0]).toBeGreaterThan(widths[PAGE_SIZE - 1]);
  });

  it('shows the API’s probabilities and decisions on demand, and remembers that', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    await searchFor(page, 'an animal');
    await showProbabilities(page);
    await page.getByText(`when 1 of ${CORPUS_SIZE} pictures does`, { exact: false }).waitFor();
    const { edges } = await searchApi('an animal', PAGE_SIZE);
    const shown = await settledResults(page);
    expect(shown.map(({ decision }) => decision.toUpperCase())).toEqual(
      edges.map(({ decision }) => decision),
    );
    // The page shows whole percents.
    for (const [row, { percent }] of shown.entries()) {
      expect(Math.abs(shownPercent(percent) / 100 - edges[row].probability)).toBeLessThanOrEqual(0.005);
    }
    await screenshot(page, 'search-probabilities');
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await settledResults(page);
    expect(await page.locator('.result-figure').count()).toBe(PAGE_SIZE);
    await openView(page).getByText('How sure? Show probabilities').click();
    await page.locator('.result-figure').first().waitFor({ state: 'detached' });
  });

  it('serves every picture of the sample corpus', async () => {
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const { search }: SearchAnswer = await ask<SearchAnswer>(SEARCH, { text: 'a fox', first: 100, after });
      ids.push(...search.edges.map(({ id }) => id));
      after = search.pageInfo.hasNextPage ? search.pageInfo.endCursor : null;
    } while (after !== null);
    expect(new Set(ids).size).toBe(CORPUS_SIZE);
    const page = await open({ hash: '#search' });
    const missing = await page.evaluate(
      async (paths) => {
        const isServed = async (path: string): Promise<boolean> => {
          const response = await fetch(path);
          return response.ok && (response.headers.get('content-type') ?? '').startsWith('image/');
        };
        const served = await Promise.all(paths.map(isServed));
        return paths.filter((_, index) => !served[index]);
      },
      ids.map((id) => id.replace('images/', '/samples/')),
    );
    expect(missing).toEqual([]);
  });

  it('shows more after the last result, and takes the focus to the first of them', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    const more = openView(page).getByRole('button', { name: 'Show more' });
    await more.click();
    await page.locator(`.result[data-id]:nth-child(${PAGE_SIZE + 1})`).waitFor();
    const shown = await settledResults(page);
    const { edges } = await searchApi(FIRST_PHRASE, 2 * PAGE_SIZE);
    expect(shown.map(({ id }) => id)).toEqual(edges.map(({ id }) => id));
    expect(await focusedResult(page)).toBe(edges[PAGE_SIZE].id);
    // A new phrase begins with its first page again.
    expect(await searchFor(page, 'fruit')).toHaveLength(PAGE_SIZE);
  });

  it('moves the probabilities with how many are expected to fit, and no order', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    await showProbabilities(page);
    const before = await settledResults(page);
    const sent = page.waitForResponse((response) =>
      (response.request().postData() ?? '').includes(`"baseRate":${100 / CORPUS_SIZE}`),
    );
    await openView(page).getByLabel('Expected to fit').fill('100');
    await sent;
    const after = await settledResults(page);
    expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    for (const [row, { percent }] of after.entries()) {
      expect(shownPercent(percent)).toBeGreaterThanOrEqual(shownPercent(before[row].percent));
    }
    // The best may be beyond what is shown either way; the last is not.
    expect(shownPercent(after[after.length - 1].percent)).toBeGreaterThan(
      shownPercent(before[before.length - 1].percent),
    );
  });

  it('leaves out what is less probable, and says so when nothing is left', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    const all = await searchFor(page, 'a fox');
    await showProbabilities(page);
    const least = openView(page).getByLabel('Least probability');
    const found = await searchApi('a fox', PAGE_SIZE);
    const percent = percentBetween(found);
    await least.fill(String(percent));
    await page.locator(`.result[data-id]:nth-child(${PAGE_SIZE})`).waitFor({ state: 'detached' });
    const kept = await settledResults(page);
    const probable = found.edges.filter(({ probability }) => probability >= percent / 100);
    expect(probable.length).toBeGreaterThan(0);
    expect(probable.length).toBeLessThan(all.length);
    expect(kept.map(({ id }) => id)).toEqual(probable.map(({ id }) => id));
    await least.fill('99');
    await page.getByText('Nothing is as probable as 99 %.').waitFor();
    expect(await settledResults(page)).toEqual([]);
    // Folded away, it leaves nothing out unseen.
    await openView(page).getByText('How sure? Show probabilities').click();
    await page.locator(`.result[data-id]:nth-child(${PAGE_SIZE})`).waitFor();
  });

  it('filters by a field’s value, offering those that were seen', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    await openView(page).getByText('Narrow down').click();
    await openView(page).getByLabel('Only where').selectOption('source');
    const value = openView(page).getByRole('combobox', { name: 'Value of source' });
    const offered = await openView(page)
      .locator('datalist option')
      .evaluateAll((options) => options.map((option) => option.getAttribute('value')));
    expect(offered).toContain('openclipart');
    await value.fill('openclipart');
    await value.press('Enter');
    await page.locator('.result[data-id]:first-child .result-details', { hasText: 'openclipart' }).waitFor();
    const filtered = await settledResults(page);
    expect(filtered).toHaveLength(PAGE_SIZE);
    expect(filtered.every(({ details }) => details === 'openclipart · public domain')).toBe(true);
    await value.fill('nowhere');
    await value.press('Enter');
    await page.getByText('Nothing has “nowhere” as source.').waitFor();
  });

  it('searches by a result, says that this is not calibrated, and goes back to the phrase', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    await showProbabilities(page);
    const before = await settledResults(page);
    const [, , { id }] = before;
    await openView(page).locator(`.result[data-id="${id}"] .result-picture`).click();
    await page.getByText('Not calibrated: no probability is known for a picture against pictures.').waitFor();
    const alike = await settledResults(page);
    expect(alike[0]).toMatchObject({ id, percent: '', decision: '', measure: 'cosine 1.000' });
    expect(await focusedResult(page)).toBe(id);
    expect(await openView(page).getByLabel('Least probability').isDisabled()).toBe(true);
    await screenshot(page, 'search-by-picture');
    expect(await violations(page)).toEqual([]);
    await openView(page).getByRole('button', { name: 'Search by the phrase again' }).click();
    await page.locator('.result .decision').first().waitFor();
    expect(await settledResults(page)).toEqual(before);
  });

  it('searches by a dropped picture, and says of a broken one that it is none', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    await dropFiles(page, [
      { name: 'mine.png', type: 'image/png', base64: await fileAsBase64('/samples/a-rocket.png') },
    ]);
    await openView(page).getByText('mine.png', { exact: true }).waitFor();
    await page.locator('.result:first-child[data-id="images/a-rocket.png"]').waitFor();
    await dropFiles(page, [BROKEN_FILE]);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('BAD_IMAGE');
    await phraseField(page).fill('a pear');
    await alert.waitFor({ state: 'detached' });
    await page.locator('.result:first-child[data-id="images/a-pear.png"]').waitFor();
  });

  it('is worked by keyboard alone', async () => {
    const page = await open({ hash: '#search' });
    await settledResults(page);
    await page.getByRole('tab', { name: 'Search' }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('a rocket');
    await page.locator('.result:first-child[data-id="images/a-rocket.png"]').waitFor();
    await settledResults(page);
    await tabTo(page, /^More like a rocket$/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    const chosen = await focusedResult(page);
    await page.keyboard.press('Enter');
    await page.locator(`.result:first-child[data-id="${chosen}"]`).waitFor();
    await settledResults(page);
    expect(await focusedResult(page)).toBe(chosen);
    await tabTo(page, /^Show more$/);
    await page.keyboard.press('Enter');
    await page.locator(`.result[data-id]:nth-child(${PAGE_SIZE + 1}) button:focus`).waitFor();
  });

  it('moves nothing but the results as answers arrive', async () => {
    const page = await open({
      // Unfolding the probabilities moves what is below; as the address has them, they move nothing.
      hash: '#search?show=probabilities',
      prepare: (fresh) => watchShifts(fresh, '.results'),
    });
    await settledResults(page);
    const below = openView(page).locator('.results-more');
    const before = await below.boundingBox();
    await searchFor(page, 'fruit');
    const percent = percentBetween(await searchApi('fruit', PAGE_SIZE));
    await openView(page).getByLabel('Least probability').fill(String(percent));
    await page.locator(`.result[data-id]:nth-child(${PAGE_SIZE})`).waitFor({ state: 'detached' });
    await settledResults(page);
    expect(await below.boundingBox()).toEqual(before);
    expect(await shifted(page)).toEqual([]);
  });

  it('tells a screen reader the results once they have settled', async () => {
    const page = await open({ hash: '#search' });
    const [best] = await settledResults(page);
    const announcer = page.getByTestId('announcer');
    await announcer.filter({ hasText: 'results for' }).waitFor();
    expect(await announcer.textContent()).toBe(
      `12 results for ${FIRST_PHRASE}. Closest: ${captionOf(best.id)}. Only the first seems to fit.`,
    );
  });
});
