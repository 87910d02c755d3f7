import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { HANGS_MS, launchBrowser } from './browser.ts';

export const DESKTOP = { width: 1280, height: 860 } as const;
/** As narrow as phones get. */
export const PHONE = { width: 360, height: 740 } as const;

export const origin = inject('origin');

/** The number that a probability is shown as: 99.9 of `>99.9 %`. */
export function shownPercent(text: string): number {
  return parseFloat(text.replace(/[<>]/, ''));
}

/** A route's handler may still wait for an answer: what it meets while its page goes is no failure of the test. */
async function closeContext(context: BrowserContext): Promise<void> {
  for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
  await context.close();
}

interface Opening {
  /** Origin of another server than the one that all files share. */
  readonly at?: string;
  readonly hash?: string;
  readonly path?: string;
  readonly scheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Messages in the console that the test brings about itself. */
  readonly expectedErrors?: RegExp;
  /** Before the page loads, for routes. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/**
 * One browser a file, one context a page. After every test: nothing was asked of another host, and the console holds
 * no error, so that no test can pass over either.
 */
export function usePages(): (opening?: Opening) => Promise<Page> {
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const problems: string[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const context of contexts.splice(0)) await closeContext(context);
    expect(problems.splice(0)).toEqual([]);
  });
  return async ({
    at = origin,
    hash = '',
    path = '/',
    scheme = 'light',
    viewport = DESKTOP,
    expectedErrors,
    prepare,
  } = {}) => {
    const isPhone = viewport.width < 600;
    const context = await browser.newContext({
      viewport,
      colorScheme: scheme,
      isMobile: isPhone,
      hasTouch: isPhone,
      permissions: ['clipboard-read', 'clipboard-write'],
      baseURL: at,
    });
    contexts.push(context);
    context.setDefaultTimeout(HANGS_MS);
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol !== 'blob:' && url.protocol !== 'data:' && url.origin !== at) {
        problems.push(`request to another host: ${url.href}`);
      }
    });
    context.on('console', (message) => {
      if (message.type() === 'error' && !expectedErrors?.test(message.text())) problems.push(message.text());
    });
    context.on('weberror', (error) => problems.push(String(error.error())));
    const page = await context.newPage();
    await prepare?.(page);
    await page.goto(path + hash);
    return page;
  };
}

/** The view whose tab is open: the others stay in the document, hidden. */
export function openView(page: Page): Locator {
  return page.locator('[role=tabpanel]:not([hidden])');
}

/** The field of a caption of the open view, counted from 1. */
export function captionField(page: Page, number: number): Locator {
  return openView(page).getByRole('textbox', { name: `Caption ${number}`, exact: true });
}

/** The ranking once nothing is under way: rows as they stand, best first. */
export async function settledRanking(
  page: Page,
): Promise<{ text: string; percent: string; decision: string }[]> {
  await page.locator('.ranking[data-settled=true]').waitFor();
  return page.locator('.ranking-row').evaluateAll((rows) =>
    rows.map((row) => ({
      text: row.querySelector('.ranking-text')?.textContent ?? '',
      percent: row.querySelector('.ranking-percent')?.textContent ?? '',
      decision: row.querySelector('.ranking-decision')?.textContent ?? '',
    })),
  );
}

export async function settledMatrix(page: Page): Promise<void> {
  await page.locator('.matrix[data-settled=true]').waitFor();
}

/** The results of a search once nothing is under way, best first, as they stand. */
export async function settledResults(page: Page): Promise<
  {
    id: string;
    src: string;
    place: string;
    closeness: string;
    measure: string;
    percent: string;
    decision: string;
    details: string;
  }[]
> {
  await page.locator('.search-results[data-settled=true]').waitFor();
  return page.locator('.result[data-id]').evaluateAll((items) =>
    items.map((item) => {
      const textOf = (selector: string): string => item.querySelector(selector)?.textContent ?? '';
      return {
        id: item.getAttribute('data-id') ?? '',
        src: item.querySelector('img')?.getAttribute('src') ?? '',
        place: textOf('.result-place'),
        closeness: item.querySelector('.closeness')?.getAttribute('aria-valuenow') ?? '',
        measure: textOf('.result-measure'),
        percent: textOf('.result-figure strong'),
        decision: textOf('.decision'),
        details: textOf('.result-details'),
      };
    }),
  );
}

/** Ask the API itself, past the page. */
export async function ask<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

/** A file of the page's own build, such as a sample picture, as base64. */
export async function fileAsBase64(path: string): Promise<string> {
  const response = await fetch(`${origin}${path}`);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer()).toString('base64');
}

/** Drop files on the page, as dragging them from a file manager does. */
export async function dropFiles(
  page: Page,
  files: readonly { readonly name: string; readonly type: string; readonly base64: string }[],
): Promise<void> {
  const transfer = await page.evaluateHandle((dropped) => {
    const data = new DataTransfer();
    for (const { name, type, base64 } of dropped) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      data.items.add(new File([bytes], name, { type }));
    }
    return data;
  }, files);
  await page.dispatchEvent('main', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
}

export const BROKEN_FILE = {
  name: 'broken.png',
  type: 'image/png',
  base64: Buffer.from('this is no picture').toString('base64'),
} as const;

/** Nothing moves any more: rows that glide to their places would be caught on the way. */
export async function stillness(page: Page): Promise<void> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
}

const SCREENSHOTS = fileURLToPath(new URL('screenshots/', import.meta.url));

/** A picture of the whole page for people to look at; the folder is not committed. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await stillness(page);
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });
}

/** axe-core's own script, to be run in the page. */
export function axeSource(): Promise<string> {
  return readFile(fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8');
}
