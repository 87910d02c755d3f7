import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { headingId, renderDocument } from '../../playground/plugins/documents.ts';
import { hasBrowser } from './browser.ts';
import { PHONE, origin, usePages } from './setup.ts';
import { violations } from './violations.ts';

const DOCS = new URL('../../docs/', import.meta.url);
const names = (await readdir(DOCS)).filter((name) => name.endsWith('.md'));

describe('the documents of the build', () => {
  it('lead from one to the other: every link of every document answers, with its heading', async () => {
    for (const name of names) {
      const html = renderDocument(await readFile(new URL(name, DOCS), 'utf8'), new Set(names));
      for (const [, href] of html.slice(html.indexOf('<main>')).matchAll(/<a href="(\/[^"]*|#[^"]*)"/g)) {
        const [path, fragment] = href.startsWith('#')
          ? [`/docs/${name.replace('.md', '')}`, href.slice(1)]
          : href.split('#');
        const response = await fetch(origin + path);
        expect(response.status, `${name}: ${href}`).toBe(200);
        if (fragment) expect(await response.text(), `${name}: ${href}`).toContain(`id="${fragment}"`);
      }
    }
  });

  it("come with the licences of others' works", async () => {
    const response = await fetch(`${origin}/third-party-notices.txt`);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe(await readFile(new URL('../THIRD-PARTY-NOTICES.txt', DOCS), 'utf8'));
  });

  it('name headings as GitHub does', () => {
    expect(headingId('`full`: what it is, and 2.5 × more')).toBe('full-what-it-is-and-25--more');
  });

  it('turn a link to what only the repository has into its words', () => {
    const html = renderDocument(
      '# A\n\n[card](../models/README.md) [b](b.md#c) [out](https://example.org/)',
      new Set(['b.md']),
    );
    expect(html).toContain('<p>card <a href="/docs/b#c">b</a> <a href="https://example.org/">out</a></p>');
  });
});

describe.skipIf(!hasBrowser)('a document in the browser', () => {
  const open = usePages();

  it.each(['light', 'dark'] as const)(
    'has no accessibility violation and no sideways scroll: %s',
    async (scheme) => {
      for (const path of ['/docs/words', '/docs/selection']) {
        const page = await open({ path, scheme, viewport: PHONE });
        await page.getByRole('heading', { level: 1 }).waitFor();
        expect(await violations(page), path).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
          PHONE.width,
        );
      }
    },
  );
});
