import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from './server.ts';

const POLL_MS = 150;
const PATIENCE_MS = 120_000;

/**
 * Waits until the API answers a query.
 * @throws Error when the server ends first or does not answer within two minutes; its own words are on stderr
 */
export async function untilReady(url: string, server: Server): Promise<void> {
  let exitCode: number | null | undefined;
  server.ended.then(
    (code) => (exitCode = code),
    () => (exitCode = null),
  );
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await answers(url))) {
    if (exitCode !== undefined)
      throw new Error(`the local server ended with code ${exitCode} before it answered`);
    if (Date.now() > deadline)
      throw new Error(`the local server did not answer within ${PATIENCE_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
      signal: AbortSignal.timeout(30_000),
    });
    const body: unknown = await response.json();
    return response.ok && typeof body === 'object' && body !== null && 'data' in body;
  } catch {
    return false; // a probe: not up yet, for whatever reason
  }
}
