import { setTimeout as sleep } from 'node:timers/promises';
import { EMBEDDED_GOLDEN, readGolden } from '../clip/golden.ts';
import { tell } from '../cli/messages.ts';
import { createApiClient } from '../doctor/endpoint/api-client.ts';
import { checkEndpoint } from '../doctor/endpoint/check-endpoint.ts';
import type { Finding } from '../doctor/endpoint/finding.ts';
import type { AuthMode } from './deploy-options.ts';
import type { Steps } from './steps.ts';

/** A new name on workers.dev takes a while until it is known, and KV until it is read everywhere. */
const WAIT_MS = 60_000;
const PAUSE_MS = 2_000;

/**
 * What `doctor` finds from outside. Without a key it cannot ask where one is needed, which is not held against the deployment.
 * @returns null when there is no address to ask
 */
export async function checkDeployed(
  {
    url,
    auth,
    key,
    isFresh,
  }: {
    readonly url: string | null;
    readonly auth: AuthMode;
    readonly key: string | undefined;
    readonly isFresh: boolean;
  },
  steps: Steps,
): Promise<readonly Finding[] | null> {
  if (url === null) {
    steps.add('doctor', 'skipped', 'no address is known: give it with --url');
    return null;
  }
  const api = createApiClient(url, key);
  if (isFresh) await untilAlive(() => api.get('/health'));
  const all = await checkEndpoint(api, await readGolden(EMBEDDED_GOLDEN));
  const isLocked = auth !== 'open' && key === undefined;
  const findings = all.filter(({ check }) => !(isLocked && check === 'access'));
  for (const { check, state, found, advice } of findings)
    if (state === 'wrong') tell(`${check}: ${found}${advice === null ? '' : `; ${advice}`}`);
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  const verdict =
    wrong === 0 ? 'nothing is wrong' : `${wrong} of ${findings.length} checks found something wrong`;
  const hint = isLocked ? '; for the other checks set ALIGNQL_KEY to a key of scopes read and encode' : '';
  steps.add('doctor', 'checked', `${url}: ${verdict}${hint}`);
  return findings;
}

async function untilAlive(ask: () => Promise<{ readonly status: number }>): Promise<void> {
  const end = Date.now() + WAIT_MS;
  let isTold = false;
  while (Date.now() < end) {
    const status = await ask().then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    if (!isTold) tell('Waiting for the address to answer, a minute at most…');
    isTold = true;
    await sleep(PAUSE_MS);
  }
}
