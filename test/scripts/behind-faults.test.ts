import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportOf } from '../../scripts/chaos/report.ts';
import { runChaos } from '../../scripts/chaos/run-chaos.ts';
import { createApiClient } from '../../scripts/doctor/endpoint/api-client.ts';
import { checkEndpoint } from '../../scripts/doctor/endpoint/check-endpoint.ts';
import { EMBEDDED_GOLDEN, readGolden } from '../../scripts/clip/golden.ts';
import { type RehearsedDeployment, openRehearsedDeployment } from '../../scripts/rehearsal/deployment.ts';
import { ENDPOINT_DAMAGES } from '../../scripts/rehearsal/endpoint-damages.ts';
import { rehearse } from '../../scripts/rehearsal/rehearse.ts';
import { STORAGE_DAMAGES } from '../../scripts/rehearsal/storage-damages.ts';

// The whole deployment in one workerd, its bindings behind faults: a short run of `npm run chaos`, and of the doctor's rehearsal.

const ALL_CHECKS =
  /\/ready.*selection default.*corpora.*parity of pictures.*parity of texts.*calibration of default.*limits/;

let deployment: RehearsedDeployment;
beforeAll(async () => {
  const state = mkdtempSync(join(tmpdir(), 'alignql-behind-faults-'));
  deployment = await openRehearsedDeployment(state, () => undefined);
});
afterAll(async () => {
  await deployment.close();
  rmSync(deployment.state, { recursive: true, force: true });
});

describe('chaos', () => {
  it('gives no wrong answer and leaves no request without one, under 30 % faults', async () => {
    const options = { queries: 300, seeds: [11], faults: 0.3 };
    const report = reportOf(options, await runChaos(deployment.server, options, () => undefined));
    expect(report.problems).toEqual([]);
    expect(report).toMatchObject({ wrong: 0, malformed: 0 });
    // A run in which nothing went wrong, or nothing well, would show nothing.
    expect(report.faults).toBeGreaterThan(100);
    expect(report.exact).toBeGreaterThan(50);
    expect(report.partial + report.refused).toBeGreaterThan(20);
  });
});

describe('doctor', () => {
  /** Those of a process of its own are below. */
  const answering = ENDPOINT_DAMAGES.filter(({ order }) => order !== null);

  it.each(answering)('says so when $state', async ({ state, check, said, order }) => {
    deployment.setDamage(state, order ?? {});
    const api = createApiClient(deployment.origin, undefined);
    const findings = await checkEndpoint(api, await readGolden(EMBEDDED_GOLDEN));
    const wrong = findings.filter(({ state: found }) => found === 'wrong');
    expect(wrong.map((finding) => finding.check)).toContain(check);
    if (said !== undefined)
      expect(
        wrong
          .filter((finding) => finding.check === check)
          .map(({ found }) => found)
          .join(),
      ).toMatch(said);
    for (const { advice } of wrong) expect(advice).toMatch(/\w+ \w+/);
  });

  it('asks no query where only listed ones are answered, and takes that for no shut door', async () => {
    deployment.setDamage('listed only', { vars: { PERSISTED_OPERATIONS: 'only' } });
    const api = createApiClient(deployment.origin, undefined);
    const findings = await checkEndpoint(api, await readGolden(EMBEDDED_GOLDEN));
    expect(findings.map(({ check, state }) => [check, state])).toEqual([
      ['/health', 'ok'],
      ['/ready', 'ok'],
      ['queries', 'skipped'],
    ]);
  });

  it('is rehearsed as the command that it is: a row a state, well or not, with its exit code', async () => {
    const unanswered = ENDPOINT_DAMAGES.filter(({ order }) => order === null);
    const rows = await rehearse(deployment, () => undefined, {
      // What is not told, or as something else, is not taken for found.
      endpoint: [...unanswered, { ...unanswered[0], check: 'limits' }],
      storage: STORAGE_DAMAGES.slice(0, 1),
    });
    expect(rows).toMatchObject([
      { option: '--endpoint', exitCode: 0, held: true, said: expect.stringMatching(ALL_CHECKS) as string },
      { option: '--endpoint', exitCode: 1, held: true, said: expect.stringMatching(/^\/health: /) as string },
      { option: '--endpoint', exitCode: 1, held: false },
      { option: '--storage', exitCode: 0, held: true },
      { option: '--storage', exitCode: 1, held: true, said: expect.stringMatching(/^damaged /) as string },
    ]);
  });
});
