import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  formatDecimal,
  formatPercent,
  formatScore,
  formatShare,
} from '../../playground/src/format-numbers.ts';
import { formatFigure, formatSpread } from '../../playground/src/views/selection/figures.ts';
import { hasBrowser } from './browser.ts';
import { DESKTOP, PHONE, openView, settledMatrix, settledRanking, usePages } from './setup.ts';

const NEGATIVE_ZERO = /[−-]0(?:\.0+)?(?![\d.])/;

describe('numbers of the page', () => {
  it('are never a negative zero', () => {
    for (const value of [-0, -1e-9, -0.00004, -0.0004, -0.0009]) {
      const figure = { key: 'auc', name: '', explains: '', value, sd: value } as const;
      const written = [
        formatScore(value),
        formatDecimal(value, 1),
        formatShare(value),
        formatPercent(value),
        formatFigure({ ...figure, isShare: true }),
        formatFigure({ ...figure, isShare: false }),
        formatSpread({ ...figure, isShare: true }),
      ];
      for (const text of written) expect(text).not.toMatch(NEGATIVE_ZERO);
    }
    expect(formatScore(-0.0006)).toBe('−0.001');
    expect(formatScore(-0.0004)).toBe('0.000');
  });
});

/** Font weights of the texts of each row. */
const boldRows = (page: Page): Promise<boolean[]> =>
  page
    .locator('.ranking-row')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll('*')].some((element) => Number(getComputedStyle(element).fontWeight) > 500),
      ),
    );

describe.skipIf(!hasBrowser)('figures in the views', () => {
  const open = usePages();

  it('make the best row bold and no other', async () => {
    const page = await open();
    const rows = await settledRanking(page);
    expect(await boldRows(page)).toEqual(rows.map((_, place) => place === 0));
  });

  it.each([
    ['default', 1],
    ['mi-50', 2],
  ])('show cosine and score apart only where they differ: %s', async (selection, count) => {
    const page = await open({ hash: `#rank/${selection}` });
    await settledRanking(page);
    const names = await page.locator('.ranking-row').first().locator('dt').allTextContents();
    expect(names).toEqual(
      ['cosine', 'score', '95 % interval'].filter((name) => count === 2 || name !== 'score'),
    );
    await page.getByRole('tab', { name: 'Matrix' }).click();
    await settledMatrix(page);
    const metrics = await openView(page).getByRole('radio').count();
    expect(metrics).toBe(1 + count);
    await page.locator('.cell').first().focus();
    const detail = await page.locator('.cell-detail').textContent();
    expect(detail?.includes('score')).toBe(count === 2);
  });

  it('write no negative zero where the API answers with one', async () => {
    const page = await open({
      prepare: (fresh) =>
        fresh.route('**/graphql', async (route) => {
          const response = await route.fetch();
          const answer = (await response.text()).replaceAll(/"(cosine|score)":[-\d.e]+/g, '"$1":-0.0002');
          await route.fulfill({ response, body: answer });
        }),
    });
    await settledRanking(page);
    const figures = await page.locator('.ranking-figures').allTextContents();
    expect(figures.length).toBeGreaterThan(1);
    for (const text of figures) {
      expect(text).toContain('cosine0.000');
      expect(text).not.toMatch(NEGATIVE_ZERO);
    }
  });

  it.each([
    ['desktop', DESKTOP],
    ['phone', PHONE],
  ])('name every zone of the probability, however narrow, where it is: %s', async (_, viewport) => {
    const page = await open({ viewport });
    await settledRanking(page);
    const boxes = await page.locator('.zone-word').evaluateAll((words) =>
      words.map((word) => {
        const { left, right } = word.getBoundingClientRect();
        return {
          text: word.textContent,
          left,
          right,
          isWhole: word.scrollWidth <= word.clientWidth,
          colour: getComputedStyle(word).color,
        };
      }),
    );
    expect(boxes.map(({ text }) => text)).toEqual(['mismatch', 'uncertain', 'match']);
    expect(boxes.every(({ isWhole }) => isWhole)).toBe(true);
    for (const [i, { left }] of boxes.entries()) {
      if (i > 0) expect(left).toBeGreaterThanOrEqual(boxes[i - 1].right);
    }
    const zones = await page.locator('.zone').evaluateAll((spans) =>
      spans.map((span) => {
        const { left, right } = span.getBoundingClientRect();
        return { left, right, colour: getComputedStyle(span).color };
      }),
    );
    // The first begins and the last ends where its zone does, and each has its zone's colour.
    expect(boxes[0].left).toBeCloseTo(zones[0].left, 0);
    expect(boxes[2].right).toBeCloseTo(zones[2].right, 0);
    expect(boxes.map(({ colour }) => colour)).toEqual(zones.map(({ colour }) => colour));
  });
});
