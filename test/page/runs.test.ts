import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../../src/pipeline/run-status.ts';
import { hasBrowser } from './browser.ts';
import { tooSmall } from './finger.ts';
import { DESKTOP, PHONE, openView, screenshot, settledRanking, usePages } from './setup.ts';
import { phraseField } from './search-setup.ts';
import { violations } from './violations.ts';

const [PHOTOS, MAPS] = ['a'.repeat(32), 'b'.repeat(32)];
const ENCODING: RunStatus = {
  id: PHOTOS,
  dataset: 'r2://alignql-datasets/photos',
  encoder: { id: 'tiny-clip', fingerprint: 'f'.repeat(64) },
  phase: 'encoding',
  createdAt: '2026-11-30T08:00:00.000Z',
  updatedAt: '2026-11-30T08:04:00.000Z',
  error: null,
  result: null,
  attempts: 2,
  inputs: { done: 10, total: 10 },
  shards: { done: 1, total: 4 },
  pairs: { done: 4_500, total: 12_300 },
  skipped: { count: 0, rows: [] },
  dead: [],
  rate: 12.5,
  secondsLeft: 624,
  cost: {
    queues: 0.0012,
    r2: 0.0101,
    workers: 0.0204,
    kv: 0,
    total: 0.0317,
    leavesOut: 'the encoder, storage and free amounts',
  },
};
const COMPLETE: RunStatus = {
  ...ENCODING,
  phase: 'complete',
  shards: { done: 4, total: 4 },
  pairs: { done: 12_300, total: 12_300 },
  rate: null,
  secondsLeft: 0,
  result: {
    id: 'c'.repeat(64),
    strategy: 'pca',
    k: 50,
    pairs: 12_300,
    sampled: 10_000,
    selection: 'mi-50',
    corpus: {
      corpus: 'samples',
      count: 12_000,
      selection: 'c'.repeat(64),
      encoder: 'tiny-clip',
      modality: 'image',
      plan: 'compact',
      engine: 'isolate',
      encoding: 'int8',
      bytesPerVector: 54,
      memoryBytes: 648_000,
      segments: 1,
      rerank: 100,
      fields: ['caption'],
      thumbnails: 0,
    },
  },
};
const FAILED: RunStatus = {
  ...ENCODING,
  id: MAPS,
  dataset: 'r2://alignql-datasets/maps',
  phase: 'failed',
  error: '1 batch was given up.',
  attempts: 1,
  rate: null,
  secondsLeft: null,
  skipped: {
    count: 240,
    rows: [{ where: '00000.tar 0007', reason: 'no 0007.txt and no caption in 0007.json' }],
  },
  dead: [
    { task: 'encode shard 3, part 7', reason: 'ENCODER_FAILED: HTTP 500', at: '2026-11-30T08:03:00.000Z' },
  ],
};

interface Pipeline {
  /** What it answers from now on; null: it does not answer. */
  runs: readonly RunStatus[] | null;
  /** Paths, in order. */
  readonly asked: string[];
}

/** Answers in the pipeline's place. */
async function pipelineOf(page: Page, runs: readonly RunStatus[]): Promise<Pipeline> {
  const pipeline: Pipeline = { runs, asked: [] };
  await page.route(/\/pipeline\/runs/, async (route) => {
    const { pathname } = new URL(route.request().url());
    pipeline.asked.push(pathname);
    const one = pipeline.runs?.find(({ id }) => pathname === `/pipeline/runs/${id}`);
    if (pipeline.runs === null) {
      const problem = { detail: 'Runs cannot be read at the moment.', code: 'STORAGE_FAILED' };
      await route.fulfill({ status: 503, json: problem });
    } else await route.fulfill({ json: one ?? { runs: pipeline.runs } });
  });
  return pipeline;
}

/** As when another tab or window covers the page, or no more does. */
function cover(page: Page, hidden: boolean): Promise<void> {
  return page.evaluate((isHidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

function shown(page: Page, phase: RunStatus['phase']): Promise<string> {
  return page.locator(`.run-shown[data-phase=${phase}]`).innerText();
}

describe.skipIf(!hasBrowser)('the view of runs', () => {
  const open = usePages();

  it('follows a run while it goes on and somebody looks, and says what came of it', async () => {
    let pipeline: Pipeline | undefined;
    const page = await open({
      expectedErrors: /status of 503/,
      prepare: async (fresh) => {
        await fresh.clock.install();
        pipeline = await pipelineOf(fresh, [ENCODING]);
      },
    });
    if (pipeline === undefined) throw new Error('the page was not prepared');
    await page.getByRole('tab', { name: 'Runs' }).click();
    const going = await shown(page, 'encoding');
    for (const words of [
      'Encoding pictures and captions…',
      '4,500 of 12,300 pairs encoded',
      '1 of 4 shards written',
      '12.5 pairs a second',
      'about 11 min of encoding',
      '$0.0317: queues $0.0012, R2 $0.0101, Workers $0.0204',
      'resumed once',
    ]) {
      expect(going).toContain(words);
    }
    expect(going).not.toContain('Result');

    await cover(page, true);
    await page.clock.runFor(10_000);
    const before = pipeline.asked.length;
    pipeline.runs = null;
    await page.clock.runFor(120_000);
    expect(pipeline.asked.length).toBe(before);
    await cover(page, false);
    await openView(page).getByRole('alert').first().waitFor();
    expect(await openView(page).getByRole('alert').first().innerText()).toContain('at the moment');
    // What was known stays, and what does not answer is asked again.
    expect(await shown(page, 'encoding')).toBe(going);

    pipeline.runs = [COMPLETE];
    const done = await shown(page, 'complete');
    for (const words of [
      'Complete',
      'c'.repeat(64),
      'pca, 50 coordinates',
      'a grouped sample of 10,000 of 12,300 pairs',
      'search samples: 12,000 pictures, 633 KiB in an isolate (int8, plan compact)',
      'Not in it: the encoder, storage and free amounts.',
    ]) {
      expect(done).toContain(words);
    }
    expect(done).not.toContain('Time left');
    expect(await page.getByTestId('announcer').textContent()).toBe('Complete');
    await page.locator('.runs-view [role=alert]').waitFor({ state: 'detached' });
    await page.locator('.selection-card', { hasText: 'Complete' }).waitFor();
    const after = pipeline.asked.length;
    await page.clock.runFor(120_000);
    expect(pipeline.asked.length).toBe(after);
    expect(new Set(pipeline.asked)).toEqual(new Set(['/pipeline/runs', `/pipeline/runs/${PHOTOS}`]));

    await page.getByRole('link', { name: 'mi-50' }).click();
    await page.getByRole('heading', { name: 'mi-50' }).waitFor();
    expect(new URL(page.url()).hash).toBe('#selection/mi-50');
  });

  for (const [scheme, viewport] of [
    ['light', DESKTOP],
    ['dark', PHONE],
  ] as const) {
    it(`shows why a run failed, by keyboard and finger, without violations: ${scheme}`, async () => {
      const page = await open({
        hash: '#runs',
        scheme,
        viewport,
        prepare: (fresh) => pipelineOf(fresh, [COMPLETE, FAILED]),
      });
      await shown(page, 'complete');
      expect(await violations(page)).toEqual([]);
      if (viewport === PHONE) expect(await tooSmall(page)).toEqual([]);
      await page.getByRole('tab', { name: 'Runs' }).focus();
      await page.keyboard.press('Tab');
      await page.keyboard.press('ArrowDown');
      const failed = await shown(page, 'failed');
      expect(new URL(page.url()).hash).toBe(`#runs?run=${MAPS}`);
      for (const words of [
        '1 batch was given up.',
        '1 batch given up',
        'encode shard 3, part 7: ENCODER_FAILED: HTTP 500',
        '240 pairs left out, the first 1 with the reason',
        `npm run -s pipeline -- resume ${MAPS}`,
      ]) {
        expect(failed).toContain(words);
      }
      await page.locator('.runs-view summary').click();
      expect(await shown(page, 'failed')).toContain('00000.tar 0007: no 0007.txt');
      await screenshot(page, `runs-${scheme}`);
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        viewport.width,
      );
      if (viewport === PHONE) expect(await tooSmall(page)).toEqual([]);
      await page.reload();
      await shown(page, 'failed');
      await openView(page).getByRole('radio').nth(1).focus();
      await page.keyboard.press('ArrowUp');
      await shown(page, 'complete');
      await openView(page).getByRole('link', { name: 'samples' }).focus();
      await page.keyboard.press('Enter');
      await phraseField(page).waitFor();
      expect(new URL(page.url()).hash).toBe('#search/mi-50?corpus=samples');
    });
  }

  it('is not there before the first run, and says so to who comes by a link', async () => {
    // The server's own answer, to the one question.
    let answered: Promise<unknown> | undefined;
    const page = await open({
      prepare: async (fresh) => {
        answered = fresh.waitForResponse(/\/pipeline\/runs$/).then((response) => response.json());
      },
    });
    expect(await answered).toEqual({ runs: [] });
    await settledRanking(page);
    expect(await page.getByRole('tab').allTextContents()).not.toContain('Runs');
    await page.goto('/#runs');
    await page.getByText('There are none yet').waitFor();
    await page.getByRole('tab', { name: 'Selection' }).click();
    expect(await page.getByRole('tab').allTextContents()).not.toContain('Runs');
  });

  it('is not there where no pipeline is bound, and says so to who comes by a link', async () => {
    const page = await open({
      hash: '#runs',
      prepare: (fresh) => fresh.route(/\/pipeline\/runs/, (route) => route.fulfill({ status: 204 })),
    });
    await page.getByText('This deployment has no pipeline').waitFor();
  });

  it('is not there for a key without the scope, and says so to who comes by a link', async () => {
    const detail = 'This needs the scope admin; the credentials have the scopes read, encode.';
    const page = await open({
      expectedErrors: /status of 403/,
      prepare: (fresh) =>
        fresh.route(/\/pipeline\/runs/, (route) =>
          route.fulfill({ status: 403, json: { detail, code: 'FORBIDDEN' } }),
        ),
    });
    await settledRanking(page);
    expect(await page.getByRole('tab').allTextContents()).not.toContain('Runs');
    await page.goto('/#runs');
    expect(await openView(page).getByRole('alert').innerText()).toContain(detail);
  });
});
