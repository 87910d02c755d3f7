import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { unfold, useReports } from './report-setup.ts';
import { DESKTOP, PHONE, screenshot } from './setup.ts';
import { violations } from './violations.ts';

const SECTIONS = [
  'Strategies at each k',
  'Recall against bytes',
  'What a score means',
  'Pairs worth a look',
  'Matches against mismatches',
  'Relevance by coordinate',
  'Stability',
  'Fusion and centring',
  'Dataset',
];
const CONTENTS = ['What to do', ...SECTIONS];

/** Before anything is unfolded. */
const MOST_DESKTOP_PIXELS = 6000;
describe.skipIf(!hasBrowser)('report.html in a browser', () => {
  const { open, problems } = useReports();

  it('holds every section, each a link away from the contents', async () => {
    const page = await open();
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(SECTIONS);
    const links = page.getByRole('navigation', { name: 'Contents' }).getByRole('link');
    expect(await links.allTextContents()).toEqual(CONTENTS);
    for (const name of SECTIONS) {
      await links.filter({ hasText: name }).click();
      expect(await page.locator(':target').textContent()).toBe(name);
    }
  });

  for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    it(`says on the first screen what to do and why, with every figure of it: ${device}`, async () => {
      const page = await open({ viewport });
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Keep full int8 vectors');
      const shown = ['h1', '.headline', '.next', ...(device === 'desktop' ? ['.figures'] : [])];
      for (const part of shown) {
        const box = await page.locator(part).boundingBox();
        expect(box && box.y + box.height).toBeLessThan(viewport.height);
      }
      const tile = (name: string): Promise<string | null> =>
        page.locator('.figures > div').filter({ hasText: name }).textContent();
      expect(await tile('Of mismatches')).toMatch(/\d+\s%\s+(most|few|never)\s+are called a mismatch/);
      expect(await tile('Of true matches')).toMatch(/\d+\s%\s+(most|few|never)\s+are called a match/);
    });

    it(`keeps the contents in sight, and marks there the section that is read: ${device}`, async () => {
      const page = await open({ viewport });
      const nav = page.getByRole('navigation', { name: 'Contents' });
      const current = nav.locator('a[aria-current]');
      expect(await current.textContent()).toBe('What to do');
      for (const name of CONTENTS) {
        const link = nav.getByRole('link', { name, exact: true });
        await link.focus();
        await page.keyboard.press('Enter');
        await nav.locator('a[aria-current]', { hasText: name }).waitFor();
        expect(await current.count()).toBe(1);
        const box = await link.boundingBox();
        if (box === null) throw new Error(`${name} is not shown in the contents`);
        expect(box.y).toBeGreaterThanOrEqual(0);
        expect(box.y + box.height).toBeLessThanOrEqual(viewport.height);
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(viewport.width);
        if (device === 'phone') expect(box.height).toBeGreaterThanOrEqual(44);
        // Not below the strip of links.
        const heading = await page.locator(':target').boundingBox();
        const strip = device === 'phone' ? box.y + box.height : 0;
        expect(heading?.y).toBeGreaterThanOrEqual(strip);
      }
    });

    it(`marks the section by scrolling alone: ${device}`, async () => {
      const page = await open({ viewport });
      const current = page.locator('nav a[aria-current]');
      await page.locator('#calibration').evaluate((heading) => {
        heading.scrollIntoView();
      });
      await current.filter({ hasText: 'What a score means' }).waitFor();
      await page.evaluate(() => {
        scrollTo(0, 0);
      });
      await current.filter({ hasText: 'What to do' }).waitFor();
    });
  }

  for (const name of ['report', 'one-k', 'full', 'bad-data', 'kinds', 'weighted']) {
    it(`is at most ${MOST_DESKTOP_PIXELS} pixels high until something is unfolded, tables folded: ${name}`, async () => {
      const page = await open({ name });
      expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(
        MOST_DESKTOP_PIXELS,
      );
      expect(await page.locator('table').filter({ visible: true }).count()).toBe(0);
    });
  }

  it('says of worst and uncertain pairs what is true and how probable they scored', async () => {
    const page = await open();
    for (const key of ['worst', 'uncertain']) {
      const cards = page.locator(`#examples-${key} ~ .gallery`).first().locator('li');
      expect(await cards.count()).toBe(10);
      for (const words of await cards.locator('.truth').allTextContents()) {
        expect(words.replace(/\s+/g, ' ')).toMatch(
          /This caption (belongs|does not belong) to it, (and|but) scored (under |over )?\d+ % probable\. (Called a (mis)?match|Left uncertain): /,
        );
      }
    }
  });

  it('may load nothing: its policy refuses even what is injected', async () => {
    const page = await open();
    const blocked = await page.evaluate(async () => {
      const violated = new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      });
      const script = document.createElement('script');
      script.textContent = 'document.title = "injected"';
      document.body.append(script);
      return [await violated, document.title];
    });
    expect(blocked[0]).toBe('script-src-elem');
    expect(blocked[1]).not.toBe('injected');
    expect(problems.splice(0).join()).toMatch(/Content Security Policy/);
  });

  const looks = (['light', 'dark'] as const).flatMap((scheme) =>
    ['report', 'kinds'].map((name) => ({ scheme, name })),
  );
  for (const { scheme, name } of looks) {
    for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
      it(`has no accessibility violation and no sideways scroll: ${name}, ${scheme}, ${device}`, async () => {
        const page = await open({ name, scheme, viewport });
        await screenshot(page, `${name}-${device}-${scheme}`);
        await unfold(page);
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
          viewport.width,
        );
      });
    }
  }

  it('copies each table by keyboard and says so', async () => {
    const page = await open();
    const buttons = page.getByRole('button', { name: /^Copy: / });
    // Every table, folded ones too, and the three galleries.
    const tables = await page.locator('table').count();
    expect(await page.locator('button[data-copy]').count()).toBe(tables + 3);
    await unfold(page);
    for (let i = 0; i < tables + 3; i++) {
      const button = buttons.nth(i);
      const name = ((await button.getAttribute('aria-label')) ?? '').replace('Copy: ', '');
      await button.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('status').getByText(`Copied: ${name}`, { exact: true }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      const id = (await button.getAttribute('data-copy')) ?? '';
      expect(copied).toBe(await page.locator(`[id="${id}"]`).inputValue());
      expect(copied.split('\n')[0]).toContain('\t');
      expect(await page.evaluate(() => document.activeElement?.getAttribute('data-copy'))).toBe(id);
    }
  });

  it('copies the numbers of the table: strategies, row for row', async () => {
    const page = await open();
    await unfold(page);
    await page.locator('#strategies-table button').press('Enter');
    await page.getByRole('status').getByText('Copied').waitFor();
    const lines = (await page.evaluate(() => navigator.clipboard.readText())).trimEnd().split('\n');
    const fields = lines.map((line) => line.split('\t'));
    expect(fields[0].slice(0, 5)).toEqual([
      'strategy',
      'k',
      'bytes',
      'image to text recall@1 mean',
      'image to text recall@1 sd',
    ]);
    const seen = await page
      .locator('#strategies-table tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...row.children].slice(1, 4).map((cell) => (cell.textContent ?? '').trim().split(/\s/)[0]),
        ),
      );
    expect(fields.slice(1).map(([, k, bytes, mean]) => [k, bytes, Number(mean).toFixed(3)])).toEqual(seen);
  });

  it('keeps the text within reach where the clipboard is refused', async () => {
    const page = await open();
    await unfold(page);
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));
      document.execCommand = () => false;
    });
    await page.locator('#fusion-table button').press('Enter');
    await page.getByRole('status').getByText('press Ctrl+C').waitFor();
    const area = page.locator('#fusion-table textarea');
    expect(await area.isVisible()).toBe(true);
    const [start, end, length] = await area.evaluate((element) => {
      const { selectionStart, selectionEnd, value } = element as HTMLTextAreaElement;
      return [selectionStart, selectionEnd, value.length];
    });
    expect([start, end]).toEqual([0, length]);
  });

  it('shows tables and their text without script, and no button that would do nothing', async () => {
    const page = await open({ script: false });
    expect(await page.getByRole('button').count()).toBe(0);
    await page.getByText('The decisions as a table').click();
    await page.locator('#decisions-table summary').click();
    expect(await page.locator('#decisions-table textarea').isVisible()).toBe(true);
  });

  it('lets a keyboard skip to the figures', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the figures' });
    expect(await skip.evaluate((link) => document.activeElement === link && link.clientHeight > 10)).toBe(
      true,
    );
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  });

  it('shows pictures at the size kept for them, and a blank where one does not open', async () => {
    const page = await open();
    await unfold(page);
    const sizes = await page.locator('.gallery img').evaluateAll(async (images) =>
      Promise.all(
        (images as HTMLImageElement[]).map(async (image) => {
          await image.decode();
          return [image.naturalWidth, image.naturalHeight, image.clientWidth, image.clientHeight];
        }),
      ),
    );
    expect(sizes).toEqual(new Array(27).fill([96, 96, 64, 64]));
    expect(await page.locator('.no-picture').count()).toBe(3);
  });
});
