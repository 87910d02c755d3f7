import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { answerInstead, withNotes } from './search-setup.ts';
import { PHONE, ask, openView, settledResults, usePages } from './setup.ts';
import { violations } from './violations.ts';

const FIELDS = `name id strategy k dim encoding bytesPerVector indices relevance fusion centred metrics params seed
  baseRate matchThreshold mismatchThreshold encoder encoderFingerprint createdAt publishedAt`;
const NAMES = Array.from(
  { length: 1_000 },
  (_, i) => `owner-${i % 10}/name-${String(i).padStart(3, '0')}`,
).sort();
const WANTED = 'owner-7/name-987';

interface Question {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** A deployment of a thousand names, the first hundred of which a list gives. @param selection one of the API's own */
function manyNames(selection: object): (question: Question) => unknown {
  const corpus = {
    count: 2,
    selection: 'f'.repeat(64),
    encoder: 'tiny-clip',
    modality: 'TEXT',
    fields: [],
    thumbnails: 0,
    engine: 'ISOLATE',
    searchError: null,
  };
  const first = ['default', ...NAMES].slice(0, 100);
  return ({ query, variables }) => {
    if (query.includes('query Selections ')) {
      return { selections: first.map((name) => ({ ...selection, name })) };
    }
    if (query.includes('query SelectionNames')) return { selectionPage: { names: ['default', ...NAMES] } };
    if (query.includes('query OneSelection')) return { selection: { ...selection, name: variables['name'] } };
    if (query.includes('query Corpora ')) {
      return { corpora: NAMES.slice(0, 100).map((name) => ({ ...corpus, name })) };
    }
    if (query.includes('query CorpusNames')) return { corpusPage: { names: NAMES } };
    if (query.includes('query OneCorpus')) {
      return { corpusPage: { nodes: [{ ...corpus, name: variables['name'] }] } };
    }
    if (query.includes('search(')) return withNotes({ query, variables: { corpus: 'notes' } });
    return null;
  };
}

describe.skipIf(!hasBrowser)('a deployment of many names', () => {
  const open = usePages();

  for (const [device, viewport] of Object.entries({ desktop: undefined, phone: PHONE })) {
    it(`has selections and corpora found by a part of the name, by keyboard and finger: ${device}`, async () => {
      const { selection } = await ask<{ selection: object }>(`{ selection(name: "mi-50") { ${FIELDS} } }`);
      const page = await open({
        hash: '#selection',
        ...(viewport ? { viewport } : {}),
        prepare: (fresh) => answerInstead(fresh, manyNames(selection)),
      });
      const picker = page.getByRole('combobox', { name: 'Selection', exact: true });
      await picker.click();
      expect(await page.getByRole('option').count()).toBe(50);
      await picker.fill('7/ 987');
      expect(await page.getByRole('option').allTextContents()).toEqual([WANTED]);
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        page.viewportSize()?.width ?? 0,
      );
      await picker.press('Escape');
      expect(await picker.inputValue()).toBe('default');
      await picker.fill('name-987');
      await picker.press('Enter');
      // A record that no list has given is asked for by itself.
      await page.getByRole('heading', { name: WANTED }).waitFor();
      await page.locator('.selection-shown .lead').waitFor();
      expect(page.url()).toContain(encodeURIComponent('name-987'));
      await picker.fill('nothing like it');
      expect(await page.getByRole('option').count()).toBe(0);
      await picker.press('Escape');

      await page.getByRole('tab', { name: 'Search' }).click();
      await settledResults(page);
      if (viewport) await page.getByText('Narrow down').click();
      const corpora = openView(page).getByRole('combobox', { name: 'Corpus', exact: true });
      await corpora.click();
      await corpora.press('ArrowDown');
      await corpora.press('ArrowUp');
      await corpora.fill('name-654');
      const asked = page.waitForRequest((request) =>
        (request.postData() ?? '').includes('"corpus":"owner-4/name-654"'),
      );
      await page.getByRole('option', { name: 'owner-4/name-654' }).click();
      await asked;
      expect(await corpora.inputValue()).toBe('owner-4/name-654');
      expect(await page.getByText('gives the first').count()).toBe(0);
    });
  }
});
