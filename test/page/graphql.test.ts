import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser } from './browser.ts';
import { DESKTOP, PHONE, fileAsBase64, screenshot, settledRanking, usePages } from './setup.ts';

const run = promisify(execFile);

async function openRequests(page: Page): Promise<void> {
  await settledRanking(page);
  await page.locator('#view-rank').getByText('GraphQL behind this view').click();
}

/** Click a copy button of a step and read the clipboard. */
async function copied(page: Page, step: string, button: string): Promise<string> {
  await page.getByRole('region', { name: step, exact: true }).getByRole('button', { name: button }).click();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Run what stands in GraphiQL's editor. Its editors load on demand, and until they are there its button does nothing. */
async function execute(graphiql: Page): Promise<Locator> {
  await graphiql.locator('.graphiql-query-editor .CodeMirror').waitFor();
  await graphiql.locator('.result-window .CodeMirror').waitFor();
  await graphiql.getByRole('button', { name: /execute query/i }).click();
  return graphiql.getByRole('region', { name: /result/i });
}

const EMBED = '1. Embed the picture';
const RANK = '2. Rank the captions';

describe.skipIf(!hasBrowser)('the GraphQL behind a view', () => {
  const open = usePages();

  it('copies the query and variables that were sent', async () => {
    const page = await open();
    const sent = await page.waitForRequest((request) => (request.postData() ?? '').includes('rankTexts'));
    await openRequests(page);
    const body = sent.postDataJSON() as { query: string; variables: unknown };
    expect(await copied(page, RANK, 'Copy query')).toBe(body.query);
    expect(JSON.parse(await copied(page, RANK, 'Copy variables'))).toEqual(body.variables);
  });

  it('copies a curl command that gives the answer on the page', async () => {
    const page = await open();
    const rows = await settledRanking(page);
    await openRequests(page);
    const { stdout } = await run('sh', ['-c', await copied(page, RANK, 'Copy as curl')]);
    const answer = JSON.parse(stdout) as { data: { rankTexts: { items: { index: number }[] } } };
    const variables = JSON.parse(await copied(page, RANK, 'Copy variables')) as { texts: { text: string }[] };
    expect(answer.data.rankTexts.items.map(({ index }) => variables.texts[index].text)).toEqual(
      rows.map(({ text }) => text),
    );
  });

  it('copies an upload as a curl command that runs beside the file', async () => {
    const page = await open();
    await openRequests(page);
    const command = await copied(page, EMBED, 'Copy as curl');
    const name = /0=@([^']+)/.exec(command)?.[1] ?? '';
    const folder = await mkdtemp(join(tmpdir(), 'alignql-curl-'));
    await writeFile(join(folder, name), Buffer.from(await fileAsBase64(`/samples/${name}`), 'base64'));
    const { stdout } = await run('sh', ['-c', command], { cwd: folder });
    await rm(folder, { recursive: true });
    expect(JSON.parse(stdout)).toMatchObject({ data: { embedImages: [{ __typename: 'Embedding' }] } });
  });

  it('opens in the self-hosted GraphiQL, which runs it', async () => {
    const page = await open();
    await openRequests(page);
    const link = page
      .getByRole('region', { name: RANK, exact: true })
      .getByRole('link', { name: 'Open in GraphiQL' });
    await link.and(page.locator('[href*="#"]')).waitFor();
    const graphiql = await open({ path: (await link.getAttribute('href')) ?? '' });
    const result = await execute(graphiql);
    await result.getByText('rankTexts').waitFor();
    expect(await result.textContent()).toContain('"probability"');
  });

  for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    it(`opens GraphiQL with a picture and two texts that are answered rightly at once: ${device}`, async () => {
      const graphiql = await open({ path: '/graphiql/', viewport });
      const result = await execute(graphiql);
      await result.getByText('"wrong"').waitFor();
      const words = (await result.textContent()) ?? '';
      expect(words).toMatch(/"right": \{\s*"decision": "MATCH"/);
      expect(words).toMatch(/"wrong": \{\s*"decision": "(MISMATCH|UNCERTAIN)"/);
      await screenshot(graphiql, `graphiql-${device}`);
      // Nothing is beyond the edge, and what is written in and read is as wide as the screen allows.
      expect(await graphiql.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        viewport.width,
      );
      for (const part of ['.graphiql-query-editor', '.graphiql-editor-tool', '.result-window']) {
        const box = await graphiql.locator(part).boundingBox();
        expect(box?.width).toBeGreaterThan(
          0.4 * Math.min(viewport.width, 600) + (device === 'phone' ? 120 : 0),
        );
        expect(box?.height).toBeGreaterThan(80);
      }
    });
  }

  it('shows the documentation of the schema', async () => {
    const graphiql = await open({ path: '/graphiql/' });
    await execute(graphiql);
    // The schema was read: without it GraphiQL has no documentation to show.
    await graphiql.getByRole('button', { name: /documentation explorer/i }).click();
    await graphiql
      .locator('.graphiql-doc-explorer')
      .getByRole('link', { name: 'Query', exact: true })
      .click();
    await graphiql
      .locator('.graphiql-doc-explorer')
      .getByRole('link', { name: 'align', exact: true })
      .waitFor();
  });
});
