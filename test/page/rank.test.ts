import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import {
  BROKEN_FILE,
  ask,
  dropFiles,
  fileAsBase64,
  settledRanking,
  usePages,
  openView,
  captionField,
  shownPercent,
} from './setup.ts';

const RANK = `query ($image: ImageInput!, $texts: [TextInput!]!, $baseRate: Float) {
  rankTexts(image: $image, texts: $texts, baseRate: $baseRate) {
    ... on Ranking { items { index probability decision } relevantCount }
  }
}`;

interface RankAnswer {
  readonly rankTexts: {
    readonly items: readonly { index: number; probability: number; decision: string }[];
    readonly relevantCount: number;
  };
}

describe.skipIf(!hasBrowser)('the Rank view', () => {
  const open = usePages();

  it('ranks the captions of a chosen sample as the API does', async () => {
    const page = await open();
    // Its caption is not among those that the page opens with: seen in the ranking, it tells that the new captions are ranked.
    const opened = (await settledRanking(page)).map(({ text }) => text);
    const samples = page.getByRole('radiogroup', { name: 'Sample pictures' }).getByRole('radio');
    const captions = await samples.evaluateAll((all) =>
      all.map((one) => one.getAttribute('aria-label') ?? ''),
    );
    const sample = samples.nth(captions.findIndex((one) => !opened.includes(one)));
    const caption = await sample.getAttribute('aria-label');
    const url = await sample.locator('img').getAttribute('src');
    await sample.click();
    await page
      .locator('.stage .preview')
      .and(page.locator(`[src="${url}"]`))
      .waitFor();
    await page
      .locator('.ranking-text', { hasText: caption ?? '' })
      .first()
      .waitFor();
    const rows = await settledRanking(page);

    expect(await sample.getAttribute('aria-checked')).toBe('true');
    expect(rows.map(({ text }) => text)).toContain(caption);
    const texts = await openView(page)
      .getByLabel(/^Caption \d+$/)
      .evaluateAll((inputs) => inputs.map((input) => (input instanceof HTMLInputElement ? input.value : '')));
    const { rankTexts } = await ask<RankAnswer>(RANK, {
      image: { base64: await fileAsBase64(url ?? '') },
      texts: texts.map((text) => ({ text })),
    });
    expect(rows.map(({ text }) => text)).toEqual(rankTexts.items.map(({ index }) => texts[index]));
    expect(rows.map(({ decision }) => decision)).toEqual(
      rankTexts.items.map(({ decision }) => decision.toLowerCase()),
    );
    // The page writes whole percents between 1 and 99.
    for (const [row, { probability }] of rankTexts.items.entries()) {
      expect(Math.abs(shownPercent(rows[row].percent) - probability * 100)).toBeLessThanOrEqual(0.51);
    }
    // A sample of its own captions: some fit, not all.
    const { relevantCount } = rankTexts;
    expect(relevantCount).toBeGreaterThan(0);
    expect(relevantCount).toBeLessThan(texts.length);
    const words =
      relevantCount === 1 ? 'Only the first seems to fit.' : `The first ${relevantCount} seem to fit.`;
    expect(await page.locator('.ranking-relevance').textContent()).toBe(words);
    // The line is above the first that does not.
    const ends = await page
      .locator('.ranking-row')
      .evaluateAll((all) => all.map((row) => row.getAttribute('data-end')));
    expect(ends.indexOf('true')).toBe(relevantCount);
    await page.getByTestId('announcer').filter({ hasText: words }).waitFor({ state: 'attached' });
  });

  it('ranks again while one types, and cancels what is in flight', async () => {
    const page = await open();
    await settledRanking(page);
    let sent = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/graphql')) sent += 1;
    });
    await page.getByRole('button', { name: 'Add a caption' }).click();
    await page.keyboard.type('a picture of something else', { delay: 15 });
    await page.locator('.ranking-text', { hasText: 'a picture of something else' }).waitFor();
    const rows = await settledRanking(page);
    expect(rows).toHaveLength(7);
    // 27 letters within 220 ms of each other: one request, or two on a machine that stutters.
    expect(sent).toBeLessThanOrEqual(3);
  });

  it('takes several lines pasted into a caption, bullets dropped', async () => {
    const page = await open();
    await settledRanking(page);
    await page.getByRole('button', { name: 'Add a caption' }).click();
    await page.evaluate(() => navigator.clipboard.writeText('- a small boat\n2) a green tree\n\nthe moon'));
    await page.keyboard.press('Control+V');
    await page.locator('.ranking-text', { hasText: 'the moon' }).waitFor();
    const texts = (await settledRanking(page)).map(({ text }) => text);
    expect(texts).toHaveLength(9);
    expect(texts).toEqual(expect.arrayContaining(['a small boat', 'a green tree', 'the moon']));
  });

  it('keeps captions that a person wrote when another sample is chosen, and offers its own', async () => {
    const page = await open();
    await settledRanking(page);
    await captionField(page, 1).fill('my own words');
    const others = (await settledRanking(page)).map(({ text }) => text);
    const labels = await page
      .getByRole('radio')
      .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
    const sample = page.getByRole('radio').nth(labels.findIndex((one) => !others.includes(one)));
    const caption = await sample.getAttribute('aria-label');
    await sample.click();
    expect(await captionField(page, 1).inputValue()).toBe('my own words');
    await page.getByRole('button', { name: `Add this sample’s own caption: “${caption}”` }).click();
    await page.locator('.ranking-text', { hasText: caption ?? '' }).waitFor();
    expect((await settledRanking(page)).map(({ text }) => text)).toEqual(
      expect.arrayContaining(['my own words', caption]),
    );
  });

  it('takes a dropped picture, and says of a broken one that it is none', async () => {
    const page = await open();
    await settledRanking(page);
    const url = await page.getByRole('radio').nth(3).locator('img').getAttribute('src');
    await dropFiles(page, [{ name: 'mine.png', type: 'image/png', base64: await fileAsBase64(url ?? '') }]);
    await page.getByText('mine.png', { exact: true }).waitFor();
    await captionField(page, 1).fill('a thing');
    await page.locator('.ranking-text', { hasText: 'a thing' }).waitFor();
    expect(await settledRanking(page)).toHaveLength(1);

    await dropFiles(page, [BROKEN_FILE]);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('BAD_IMAGE');
    expect(await alert.textContent()).toContain('Not a picture that can be read');
  });

  it('takes a pasted picture', async () => {
    const page = await open();
    await settledRanking(page);
    await page.evaluate(async () => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 64;
      const context = canvas.getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.fillStyle = '#c00';
      context.fillRect(0, 0, 64, 64);
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
      if (blob === null) throw new Error('no png');
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
    });
    await page.locator('body').click({ position: { x: 5, y: 5 } });
    await page.keyboard.press('Control+V');
    await page.locator('.stage .preview[src^="blob:"]').waitFor();
    await captionField(page, 1).fill('something red');
    await page.locator('.ranking-text', { hasText: 'something red' }).waitFor();
    expect(await settledRanking(page)).toHaveLength(1);
  });

  it('refuses a file over the limit before sending it', async () => {
    const page = await open();
    await settledRanking(page);
    const { limits } = await ask<{ limits: { imageBytes: number } }>('{ limits { imageBytes } }');
    let uploads = 0;
    page.on('request', (request) => {
      if (request.headers()['content-type']?.startsWith('multipart/')) uploads += 1;
    });
    await openView(page)
      .getByTestId('file')
      .setInputFiles({
        name: 'huge.jpg',
        mimeType: 'image/jpeg',
        buffer: Buffer.alloc(limits.imageBytes + 1),
      });
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/huge\.jpg has 8\.0 MiB.*was not sent/);
    expect(uploads).toBe(0);
  });

  it('moves the probabilities with the base rate, and no order', async () => {
    const page = await open();
    const before = await settledRanking(page);
    const sent = page.waitForRequest((request) => (request.postData() ?? '').includes('"baseRate":0.9'));
    await openView(page).getByLabel('Base rate', { exact: true }).fill('90');
    await sent;
    await page.locator('.ranking[data-settled=false]').waitFor({ state: 'detached' });
    const after = await settledRanking(page);
    expect(after.map(({ text }) => text)).toEqual(before.map(({ text }) => text));
    for (const [row, { percent }] of after.entries()) {
      expect(shownPercent(percent)).toBeGreaterThanOrEqual(shownPercent(before[row].percent));
    }
    // The best may be beyond what is shown either way; the last is not.
    expect(shownPercent(after[after.length - 1].percent)).toBeGreaterThan(
      shownPercent(before[before.length - 1].percent),
    );
  });

  it('tells a screen reader the ranking once it has settled', async () => {
    const page = await open();
    const [best] = await settledRanking(page);
    const announcer = page.getByTestId('announcer');
    await announcer.filter({ hasText: 'ranked' }).waitFor();
    expect(await announcer.textContent()).toMatch(/^6 captions ranked: .*\. Best: /);
    expect(await announcer.textContent()).toContain(`Best: ${best.text}, ${best.percent}.`);
  });
});
