import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { nodeDecoders } from '../../scripts/clip/node-runtime.ts';
import { renderReport } from '../../scripts/report/render-report.ts';
import { createThumbnailer } from '../../scripts/report/thumbnails.ts';
import { buildExamples, buildReport, samplePictures } from '../scripts/report-builder.ts';
import { reportVariants } from '../scripts/report-variants.ts';
import { launchBrowser } from './browser.ts';
import { DESKTOP } from './setup.ts';

/** The report with pictures, and every variant without. */
export const REPORTS = ['report', ...Object.keys(reportVariants())];

interface Opening {
  readonly name?: string;
  readonly scheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly script?: boolean;
}

/** What went wrong on the pages of a test: a request, a message in the console. After every test there must be none. */
export interface Reports {
  readonly open: (opening?: Opening) => Promise<Page>;
  readonly problems: string[];
}

/**
 * Reports as a double click opens them: from disk, without a network. One browser a file, one context a page; after every test nothing
 * but the file was asked for.
 */
export function useReports(): Reports {
  let browser: Browser;
  let folder: string;
  const contexts: BrowserContext[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alignql-report-'));
    const thumbnail = await createThumbnailer(await nodeDecoders());
    const thumbnails = await Promise.all(samplePictures().slice(0, 9).map(thumbnail));
    const examples = buildExamples([...thumbnails, null]);
    await writeFile(join(folder, 'report.html'), renderReport(buildReport({ examples })));
    for (const [name, report] of Object.entries(reportVariants())) {
      await writeFile(join(folder, `${name}.html`), renderReport(report));
    }
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    expect(problems.splice(0)).toEqual([]);
  });

  async function open({
    name = 'report',
    scheme = 'light',
    viewport = DESKTOP,
    script = true,
  }: Opening = {}): Promise<Page> {
    const isPhone = viewport.width < 600;
    const context = await browser.newContext({
      viewport,
      colorScheme: scheme,
      isMobile: isPhone,
      hasTouch: isPhone,
      offline: true,
      javaScriptEnabled: script,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    contexts.push(context);
    const url = pathToFileURL(join(folder, `${name}.html`)).href;
    context.on('request', (request) => {
      if (request.url().split('#')[0] !== url && !request.url().startsWith('data:'))
        problems.push(`asked for ${request.url()}`);
    });
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    context.on('weberror', (error) => problems.push(String(error.error())));
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }
  return { open, problems };
}

/** What is folded, but the texts of tables. */
export async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>('details.fold')) details.open = true;
  });
}
