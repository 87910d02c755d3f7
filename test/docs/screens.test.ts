import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../page/browser.ts';
import { DESKTOP, openView, settledMatrix, settledRanking, settledResults, usePages } from '../page/setup.ts';
import { ROOT } from './read-docs.ts';
import {
  type Shot,
  changedShare,
  committedWords,
  screenFile,
  shoot,
  writeScreen,
} from './screen-pictures.ts';
import { isWriting } from './write-docs.ts';

/** Letters may be drawn a shade otherwise on another processor, and times and last digits differ; a changed part of a screen is more than this. */
const MOST_CHANGED = 0.005;
/** Which coordinates are chosen, each a bar, hangs on last digits: with the kernels of another processor 0.022 of the screen changed. */
const MOST_CHANGED_OF_CHOICE = 0.05;
/** Both looks of the page together: the README is to open quickly. */
const README_BYTES = 200_000;

interface Screen {
  readonly name: string;
  readonly scheme?: 'light' | 'dark';
  readonly hash: string;
  readonly mostChanged?: number;
  /** What a visitor does before the picture is taken. */
  readonly arrange: (page: Page) => Promise<unknown>;
}

/** docs/tour.md in its order; the README shows the first in both looks. */
const SCREENS: readonly Screen[] = [
  { name: 'page-light', hash: '', arrange: settledRanking },
  { name: 'page-dark', scheme: 'dark', hash: '', arrange: settledRanking },
  {
    name: 'explained',
    hash: '',
    arrange: async (page) => {
      await settledRanking(page);
      await openView(page).locator('.explain-mark').first().click();
      await page.locator('.explain-bubble:popover-open').waitFor();
    },
  },
  {
    name: 'own-captions',
    hash: '#rank?caption=something+against+rain&caption=a+hat&caption=a+tent&caption=a+photo+of+an+umbrella&caption=a+drawing+of+an+umbrella',
    arrange: settledRanking,
  },
  {
    name: 'hard-ones',
    hash: '',
    arrange: async (page) => {
      await settledRanking(page);
      await openView(page).getByRole('button', { name: 'Hard ones' }).click();
      await openView(page).getByRole('button', { name: 'Easy ones' }).waitFor();
      await settledRanking(page);
    },
  },
  {
    name: 'call-it',
    hash: '',
    arrange: async (page) => {
      await settledRanking(page);
      await openView(page).getByText('Call it yourself').click();
      await openView(page).locator('details[open] pre').first().scrollIntoViewIfNeeded();
    },
  },
  { name: 'matrix', hash: '#matrix', arrange: settledMatrix },
  {
    name: 'matrix-cell',
    hash: '#matrix',
    arrange: async (page) => {
      await settledMatrix(page);
      await page.locator('.cell').nth(2).focus();
    },
  },
  { name: 'search', hash: '#search', arrange: settledResults },
  { name: 'search-probabilities', hash: '#search?show=probabilities', arrange: settledResults },
  {
    name: 'explain',
    hash: '#explain',
    arrange: (page) => page.locator('.explanation[data-settled=true]').waitFor(),
  },
  {
    name: 'selection',
    hash: '#selection/mi-50',
    mostChanged: MOST_CHANGED_OF_CHOICE,
    arrange: (page) => openView(page).locator('svg').first().waitFor(),
  },
];

/** After a change of page, report or weights: ALIGNQL_WRITE_DOCS=1 npx vitest run --project served test/docs/screens.test.ts */
describe.skipIf(!hasBrowser)('the screens that the documents show', () => {
  const open = usePages();

  it.each(SCREENS)('are of today: $name', async ({ name, scheme = 'light', hash, mostChanged, arrange }) => {
    const page = await open({ scheme, hash });
    await arrange(page);
    await keep(page, name, await shoot(page), mostChanged);
  });

  it('weigh little in the README', async () => {
    const sizes = await Promise.all(['page-light', 'page-dark'].map((name) => stat(screenFile(name))));
    expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(README_BYTES);
  });
});

describe.skipIf(!hasBrowser)('the report that the documents show', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alignql-screens-'));
    await promisify(execFile)(process.execPath, ['scripts/precompute.ts', 'models/sample', '--out', folder], {
      cwd: ROOT,
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is of today', async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: DESKTOP, colorScheme: 'light' });
      await page.goto(pathToFileURL(join(folder, 'report.html')).href);
      await keep(page, 'report', await shoot(page));
    } finally {
      await browser.close();
    }
  });
});

async function keep(page: Page, name: string, shot: Shot, mostChanged = MOST_CHANGED): Promise<void> {
  if (isWriting) await writeScreen(page, name, shot);
  expect(shot.words).toBe(await committedWords(name));
  expect(await changedShare(page, name, shot)).toBeLessThan(mostChanged);
}
