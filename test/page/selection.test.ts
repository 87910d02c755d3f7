import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { ask, settledRanking, usePages } from './setup.ts';

interface Published {
  readonly name: string;
  readonly k: number;
  readonly dim: number;
  readonly encoding: string;
  readonly bytesPerVector: number;
  readonly indices: readonly number[] | null;
  readonly id: string;
  readonly encoderFingerprint: string;
}

const askSelections = async (): Promise<readonly Published[]> =>
  (
    await ask<{ selections: Published[] }>(
      '{ selections { name id k dim encoding bytesPerVector indices encoderFingerprint } }',
    )
  ).selections;

describe.skipIf(!hasBrowser)('the Selection view', () => {
  const open = usePages();

  it('lists what is published and shows which coordinates each keeps', async () => {
    const page = await open({ hash: '#selection' });
    const selections = await askSelections();
    expect(selections.map(({ name }) => name)).toEqual(['default', 'mi-50']);
    await page.getByRole('radio', { name: 'mi-50' }).check();
    const masked = selections[1];
    await page.getByRole('heading', { name: 'mi-50' }).waitFor();
    const view = page.locator('#view-selection');
    expect(await view.textContent()).toContain(`keeps ${masked.k} of ${masked.dim} coordinates`);
    expect(await view.textContent()).toContain(masked.id);
    expect(await view.textContent()).toContain(masked.encoderFingerprint);
    await page.getByText('The same as text').click();
    expect(await view.textContent()).toContain(`Kept: ${masked.indices?.join(', ')}.`);
    // One rectangle of the strip a kept coordinate.
    const strip = await page.locator('.strip-kept').getAttribute('d');
    expect(strip?.match(/M/g)).toHaveLength(masked.k);
  });

  it('says in a sentence what the mask costs and saves beside the default', async () => {
    const page = await open({ hash: '#selection/mi-50' });
    const [reference, masked] = await askSelections();
    const lead = page.locator('.lead');
    await lead.waitFor();
    const saved = Math.round((1 - masked.bytesPerVector / reference.bytesPerVector) * 100);
    const stored = `${masked.bytesPerVector} B a vector as ${masked.encoding.toLowerCase()}`;
    expect(await lead.textContent()).toContain(`${stored} instead of ${reference.bytesPerVector} B`);
    expect(await lead.textContent()).toContain(`${saved} % less to store and read`);
    expect(await page.locator('.fact-list').textContent()).toContain(stored);
    expect(await lead.textContent()).toMatch(
      /on held-out pairs the right caption comes first for [\d.]+ % of pictures/,
    );
  });

  it('says what the API left out of its answer', async () => {
    const message = 'The selection "torn" is left out, it cannot be read: Expected 12 bytes, got 3.';
    const page = await open({
      hash: '#selection',
      prepare: (fresh) =>
        fresh.route('**/graphql', async (route) => {
          const response = await route.fetch();
          const answer = await response.json();
          const isList = (route.request().postData() ?? '').includes('query Selections');
          const warnings = isList ? [{ code: 'STORAGE_FAILED', message }] : undefined;
          await route.fulfill({
            response,
            json: { ...answer, extensions: { ...answer.extensions, warnings } },
          });
        }),
    });
    const note = page.getByRole('status').filter({ hasText: message });
    await note.waitFor();
    expect(await note.textContent()).toContain('STORAGE_FAILED');
    expect(await page.locator('.selection-card').count()).toBe(2);
  });

  it('switches the selection of every view', async () => {
    const page = await open();
    const before = await settledRanking(page);
    expect(before).toHaveLength(6);
    await page.getByRole('tab', { name: 'Selection' }).click();
    await page.getByRole('radio', { name: 'mi-50' }).check();
    expect(new URL(page.url()).hash).toBe('#selection/mi-50');
    const sent = page.waitForRequest((request) => (request.postData() ?? '').includes('"selection":"mi-50"'));
    await page.getByRole('tab', { name: 'Rank' }).click();
    await sent;
    expect(new URL(page.url()).hash).toBe('#rank/mi-50');
    expect(await settledRanking(page)).toHaveLength(6);
    expect(await page.getByLabel('Selection', { exact: true }).first().inputValue()).toBe('mi-50');
    await page.goBack();
    expect(await page.getByRole('tab', { name: 'Selection' }).getAttribute('aria-selected')).toBe('true');
  });

  it('says plainly that a selection is not published, and leads back', async () => {
    const page = await open({ hash: '#rank/nowhere' });
    const alert = page.locator('#view-rank').getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('SELECTION_NOT_FOUND');
    await alert.getByRole('button', { name: 'Use “default”' }).click();
    await alert.waitFor({ state: 'detached' });
    expect(await settledRanking(page)).toHaveLength(6);
  });
});
