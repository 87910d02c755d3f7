import { readdirSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { ask, openView, settledResults } from './setup.ts';

/** Every sample picture is one entry of the corpus. */
export const CORPUS_SIZE = readdirSync(new URL('../../models/sample/images', import.meta.url)).length;
export const PAGE_SIZE = 12;
/** What the page opens with: the samples have a drawing and photographs of one. */
export const FIRST_PHRASE = 'an umbrella';
export const SEARCH = `query ($text: String!, $first: Int!, $baseRate: Float, $after: String) {
  search(corpus: "samples", text: { text: $text }, first: $first, baseRate: $baseRate, after: $after) {
    edges { id cosine probability decision }
    pageInfo { hasNextPage endCursor }
    average
  }
}`;

export interface SearchAnswer {
  readonly search: {
    readonly edges: readonly { id: string; cosine: number; probability: number; decision: string }[];
    readonly average: number;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** Files are called after their captions. */
export function captionOf(id: string): string {
  return id.replace(/^images\/(.*)\.\w+$/, '$1').replaceAll('-', ' ');
}

/** The API's own answer, as the page asks: one of all is expected to fit. */
export async function searchApi(text: string, first: number): Promise<SearchAnswer['search']> {
  const { search } = await ask<SearchAnswer>(SEARCH, { text, first, baseRate: 1 / CORPUS_SIZE });
  return search;
}

/** Unfold the probabilities. The fold opens at once, and the results follow when the page has heard of it. */
export async function showProbabilities(page: Page): Promise<void> {
  await openView(page).getByText('How sure? Show probabilities').click();
  await openView(page).locator('.sureness[data-shown=true]').waitFor();
}

export function phraseField(page: Page): Locator {
  return openView(page).getByRole('searchbox', { name: 'Phrase' });
}

/** Write a phrase and wait for its results. */
export async function searchFor(
  page: Page,
  phrase: string,
): Promise<Awaited<ReturnType<typeof settledResults>>> {
  const answered = page.waitForResponse((response) =>
    (response.request().postData() ?? '').includes(JSON.stringify({ text: phrase })),
  );
  await phraseField(page).fill(phrase);
  await answered;
  return settledResults(page);
}

/** Answer some of the page's questions in the API's place. @param answer null lets a question through */
export async function answerInstead(
  page: Page,
  answer: (question: { query: string; variables: Record<string, unknown> }) => unknown,
): Promise<void> {
  await page.route('**/graphql', async (route) => {
    // A picture that is uploaded is no JSON; what it is answered is the API's own.
    const isJson = route.request().headers()['content-type']?.startsWith('application/json') === true;
    if (!isJson) return route.continue();
    const question = JSON.parse(route.request().postData() ?? '{}');
    const data = answer(question);
    if (data === null) await route.continue();
    else await route.fulfill({ json: { data } });
  });
}

/** A second corpus of texts, whose results have no pictures. */
export function withNotes({
  query,
  variables,
}: {
  query: string;
  variables: Record<string, unknown>;
}): unknown {
  const corpus = {
    count: 2,
    selection: 'f'.repeat(64),
    encoder: 'tiny-clip',
    searchError: null,
    thumbnails: 0,
    engine: 'ISOLATE',
  };
  if (query.includes('corpora {')) {
    return {
      corpora: [
        { ...corpus, name: 'samples', count: CORPUS_SIZE, modality: 'IMAGE', fields: ['source'] },
        { ...corpus, name: 'notes', modality: 'TEXT', fields: [] },
      ],
    };
  }
  if (variables['corpus'] !== 'notes') return null;
  const figures = { score: 0.4, cosine: 0.4, probability: 0.2, decision: 'UNCERTAIN', thumbnail: null };
  return {
    search: {
      edges: [
        {
          ...figures,
          id: 'notes/7',
          metadata: '{"caption":"a note on foxes","year":2026,"tags":["fox","den"]}',
        },
        { ...figures, id: 'notes/8', metadata: null },
      ],
      pageInfo: { hasNextPage: false, endCursor: null },
      complete: true,
      anyMatch: null,
      relevantCount: null,
      domain: { reason: null },
      calibrated: false,
      rankedBy: 'COSINE',
      average: 0.1,
      scanned: 2,
    },
  };
}

/** Id of the result that has the focus. */
export function focusedResult(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.closest('.result')?.getAttribute('data-id'));
}

/** Press Tab until what has the focus is called so. */
export async function tabTo(page: Page, wanted: RegExp): Promise<void> {
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
    );
    if (wanted.test(name)) return;
  }
  throw new Error(`Tab never reached ${wanted}`);
}
