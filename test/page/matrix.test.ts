import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import {
  BROKEN_FILE,
  PHONE,
  ask,
  captionField,
  dropFiles,
  fileAsBase64,
  openView,
  settledMatrix,
  usePages,
  shownPercent,
} from './setup.ts';
import { violations } from './violations.ts';

const MATRIX = `query ($images: [ImageInput!]!, $texts: [TextInput!]!) {
  alignMatrix(images: $images, texts: $texts) { probabilities cosines }
}`;

interface MatrixAnswer {
  readonly alignMatrix: {
    readonly probabilities: readonly (readonly number[])[];
    readonly cosines: readonly (readonly number[])[];
  };
}

/** What stands in the cells, row by row. */
async function cellTexts(page: Page): Promise<string[][]> {
  return page
    .locator('.matrix tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll('.cell > span:first-child')].map((cell) => cell.textContent ?? ''),
      ),
    );
}

describe.skipIf(!hasBrowser)('the Matrix view', () => {
  const open = usePages();

  it('shows what the API answers for every picture and caption', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    const urls = await page
      .locator('.matrix-head .preview')
      .evaluateAll((images) => images.map((image) => image.getAttribute('src') ?? ''));
    const texts = await page
      .locator('.matrix thead .matrix-caption > span:first-child')
      .evaluateAll((heads) => heads.map((head) => head.textContent ?? ''));
    expect(urls).toHaveLength(4);
    const { alignMatrix } = await ask<MatrixAnswer>(MATRIX, {
      images: await Promise.all(urls.map(async (url) => ({ base64: await fileAsBase64(url) }))),
      texts: texts.map((text) => ({ text })),
    });

    const shown = await cellTexts(page);
    for (const [row, probabilities] of alignMatrix.probabilities.entries()) {
      for (const [column, probability] of probabilities.entries()) {
        expect(Math.abs(shownPercent(shown[row][column]) - probability * 100)).toBeLessThanOrEqual(0.51);
      }
    }
    await openView(page).getByText('cosine', { exact: true }).click();
    const cosines = await cellTexts(page);
    // Three decimals are shown; the embedding made a round trip through base64 float32.
    expect(Number(cosines[1][2].replace('−', '-'))).toBeCloseTo(alignMatrix.cosines[1][2], 2);
  });

  it('shows a broken picture’s error in its row while its neighbours answer', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    const base64 = await fileAsBase64('/samples/' + (await firstSampleName(page)));
    await dropFiles(page, [{ name: 'good.png', type: 'image/png', base64 }, BROKEN_FILE]);
    await captionField(page, 1).fill('a thing');
    await captionField(page, 2).fill('another thing');
    const broken = page.getByRole('row').filter({ hasText: 'BAD_IMAGE' });
    await broken.waitFor();
    await settledMatrix(page);
    expect(await broken.getByRole('rowheader').textContent()).toContain('broken.png');
    // The page asks for the good picture's row a moment after both files were embedded.
    const cellCounts = async (): Promise<number[]> => (await cellTexts(page)).map((row) => row.length);
    await expect.poll(cellCounts).toEqual([2, 0]);
    const shown = await cellTexts(page);
    expect(shown[0].every((text) => /%$/.test(text))).toBe(true);
  });

  it('shows a failed caption’s error in its head while its neighbours answer', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    // Of zero width: the page takes it for a caption, the API does not.
    await captionField(page, 2).fill('\u200b');
    await page.locator('.matrix-caption').nth(1).getByText('BAD_INPUT').waitFor();
    await settledMatrix(page);
    const columns = await page
      .locator('.matrix tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...row.querySelectorAll('td')].map((cell) => cell.querySelector('.cell') !== null),
        ),
      );
    const width = columns[0].length;
    expect(width).toBeGreaterThan(2);
    for (const row of columns) expect(row).toEqual(Array.from({ length: width }, (_, i) => i !== 1));
  });

  it('asks for packed numbers, and shows so', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    await openView(page).getByText('GraphQL behind this view').click();
    const query = openView(page)
      .getByRole('region', { name: /: query$/ })
      .last();
    expect(await query.textContent()).toContain('probabilitiesPacked cosinesPacked scoresPacked');
  });

  it('adds and removes pictures and captions', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    const sample = page
      .getByRole('group', { name: 'Sample pictures: choose any' })
      .getByRole('button')
      .nth(9);
    await sample.click();
    expect(await sample.getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: 'Remove caption 4' }).click();
    await page.locator('.matrix tbody tr').nth(4).locator('.cell').nth(2).waitFor();
    await settledMatrix(page);
    expect((await cellTexts(page)).map((row) => row.length)).toEqual([3, 3, 3, 3, 3]);
    const name = await sample.getAttribute('aria-label');
    await page.getByRole('button', { name: `Remove ${name}`, exact: true }).click();
    expect(await sample.getAttribute('aria-pressed')).toBe('false');
    expect(await page.locator('.matrix tbody tr').count()).toBe(4);
  });

  it('is walked with arrow keys, one cell read in full at a time', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    await page.locator('.cell').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    const heads = await page.locator('.matrix-caption > span:first-child').allTextContents();
    const names = await page.locator('.matrix-name').allTextContents();
    const detail = page.locator('.cell-detail');
    expect(await detail.textContent()).toContain(`“${heads[1]}”`);
    expect(await detail.textContent()).toContain(names[1]);
    expect(await detail.textContent()).toMatch(/cosine −?\d\.\d{3}/);
    expect(await page.locator('.cell[tabindex="0"]').count()).toBe(1);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(
      /%, (match|uncertain|mismatch), cosine −?\d\.\d{3}/,
    );
  });

  it('decides nothing of a picture or a caption unlike the calibration, and says which', async () => {
    const page = await open({
      hash: '#matrix',
      viewport: PHONE,
      prepare: (fresh) =>
        fresh.route('**/graphql', async (route) => {
          const response = await route.fetch();
          const answer = await response.json();
          // The second picture and the third caption; a hundredth is inside.
          if (answer.data?.alignMatrix) {
            answer.data.alignMatrix.imageDomain = [0.01, 0.009, 0.5, 0.5];
            answer.data.alignMatrix.textDomain = [0.5, 0.5, 0, 0.01, null];
          }
          await route.fulfill({ response, json: answer });
        }),
    });
    await settledMatrix(page);
    const undecided = await page
      .locator('.matrix tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...row.querySelectorAll('.cell')].map((cell) =>
            cell.getAttribute('aria-label')?.includes('uncertain'),
          ),
        ),
      );
    expect(undecided[1].every(Boolean)).toBe(true);
    expect(undecided.every((row) => row[2])).toBe(true);
    // The pictures’ own captions are sure, or were.
    expect(undecided.flat().every(Boolean)).toBe(false);
    const notes = page.locator('.matrix-outside');
    expect(await notes.count()).toBe(2);
    expect(await page.locator('.matrix tbody tr').nth(1).locator('.matrix-outside').count()).toBe(1);
    expect(await page.locator('.matrix-caption').nth(2).locator('.matrix-outside').count()).toBe(1);
    await page.locator('.matrix tbody tr').nth(1).locator('.cell').nth(1).focus();
    const detail = page.locator('.cell-detail');
    expect(await detail.textContent()).toContain('The picture is unlike the calibration: nothing is decided');
    await page.keyboard.press('ArrowRight');
    expect(await detail.textContent()).toContain('The picture and the caption are unlike the calibration');
    await page.keyboard.press('ArrowUp');
    expect(await detail.textContent()).toContain('The caption is unlike the calibration');
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
  });

  it('names every cell by its row and column for assistive technology', async () => {
    const page = await open({ hash: '#matrix' });
    await settledMatrix(page);
    expect(await page.locator('.matrix thead th[scope=col]').count()).toBe(5);
    expect(await page.locator('.matrix tbody th[scope=row]').count()).toBe(4);
    expect(await page.locator('.matrix caption').textContent()).toContain('probability of every picture');
  });
});

async function firstSampleName(page: Page): Promise<string> {
  const url = await page.locator('#view-matrix .sample img').first().getAttribute('src');
  return (url ?? '').replace('/samples/', '');
}
