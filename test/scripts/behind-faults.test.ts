import { type Server, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareKv } from '../../scripts/chaos/prepare-kv.ts';
import { reportOf } from '../../scripts/chaos/report.ts';
import { runChaos } from '../../scripts/chaos/run-chaos.ts';
import { serveBehindFaults } from '../../scripts/chaos/serve.ts';
import type { ChaosOrder } from '../../scripts/chaos/worker/fault-plan.ts';
import { createApiClient } from '../../scripts/doctor/endpoint/api-client.ts';
import { checkEndpoint } from '../../scripts/doctor/endpoint/check-endpoint.ts';
import type { Finding } from '../../scripts/doctor/endpoint/finding.ts';
import { EMBEDDED_GOLDEN, readGolden } from '../../scripts/clip/golden.ts';
import { readDeployment } from '../../scripts/kv/deployment.ts';
import { openLocalNamespaces } from '../../scripts/kv/local-kv.ts';
import { readPublished } from '../../scripts/start/seed.ts';
import { nameKey } from '../../src/format/kv-keys.ts';
import { type SelectionRecord, encodeSelection } from '../../src/format/selection-record.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { findFreePort } from '../../scripts/start/free-port.ts';

// The whole deployment in one workerd, its bindings behind faults: a short run of `npm run chaos`, and `doctor` on damaged states.

const WELL: ChaosOrder = {
  seed: 0,
  isolate: 'well',
  isLast: false,
  rate: 0,
  stale: 'never',
  textRoute: 'worker',
  isOutage: false,
};

let state: string;
let server: Awaited<ReturnType<typeof serveBehindFaults>>;
let proxy: Server;
let order = WELL;

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'alignql-behind-faults-'));
  const old = await prepareKv(state, () => undefined);
  Object.assign(old, await publishUnfit());
  server = await serveBehindFaults(state, old, () => undefined);
  // What the doctor asks reaches the Worker with the order of the state that is looked at.
  proxy = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const init = {
        method: request.method ?? 'GET',
        headers: { 'content-type': 'application/json', accept: '*/*', 'x-chaos': JSON.stringify(order) },
        ...(parts.length > 0 ? { body: Buffer.concat(parts) } : {}),
      };
      void fetch(`${server.origin}${request.url}`, init).then(async (answer) => {
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
        response.end(await answer.text());
      });
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  proxy.close();
  await server.close();
  rmSync(state, { recursive: true, force: true });
});

/** `default` as it could have been published: of another encoder, and calibrated for other pairs. Both are in KV, neither is current. */
async function publishUnfit(): Promise<Record<string, string>> {
  const { selections } = await readDeployment(false);
  const { kvs, close } = await openLocalNamespaces(state, [selections.id]);
  const [kv] = kvs;
  try {
    const found = await readPublished(kv, 'default');
    if (found === null) throw new Error('no selection default');
    const { record } = found;
    const { calibrator } = record.model;
    const { baseRate, matchThreshold, mismatchThreshold } = calibrator;
    // Whatever the score, it is sure of a match.
    const sure = {
      kind: 'platt',
      slope: 1,
      intercept: 4,
      covariance: [0, 0, 0],
      baseRate,
      matchThreshold,
      mismatchThreshold,
    } as const;
    const unfit: Record<string, SelectionRecord> = {
      other: { ...record, encoder: { id: record.encoder.id, fingerprint: 'f'.repeat(64) } },
      sure: { ...record, model: { ...record.model, calibrator: sure } },
    };
    const key = nameKey('default');
    const old: Record<string, string> = {};
    const publish = async (bytes: Uint8Array): Promise<void> => {
      await publishSelection(kv, 'default', bytes, { createdAt: new Date().toISOString() });
    };
    for (const [version, changed] of Object.entries(unfit)) {
      await publish(encodeSelection(changed));
      const value = await kv.get(key, { type: 'arrayBuffer' });
      old[`${key} ${version}`] = Buffer.from(value ?? new ArrayBuffer()).toString('base64');
    }
    await publish(encodeSelection(record));
    return old;
  } finally {
    await close();
  }
}

async function examine(damage: Partial<ChaosOrder>, isolate: string): Promise<Finding[]> {
  // A real deadline, in place of chaos' short one: the pictures are encoded one by one the first time.
  order = { ...WELL, ...damage, isolate, vars: { AI_TIMEOUT_MS: '60000', ...damage.vars } };
  const { port } = proxy.address() as AddressInfo;
  return checkEndpoint(
    createApiClient(`http://127.0.0.1:${port}`, undefined),
    await readGolden(EMBEDDED_GOLDEN),
  );
}

describe('chaos', () => {
  it('gives no wrong answer and leaves no request without one, under 30 % faults', async () => {
    const options = { queries: 300, seeds: [11], faults: 0.3 };
    const report = reportOf(options, await runChaos(server.origin, options, () => undefined));
    expect(report.problems).toEqual([]);
    expect(report).toMatchObject({ wrong: 0, malformed: 0 });
    // A run in which nothing went wrong, or nothing well, would show nothing.
    expect(report.faults).toBeGreaterThan(100);
    expect(report.exact).toBeGreaterThan(50);
    expect(report.partial + report.refused).toBeGreaterThan(20);
  });
});

describe('doctor', () => {
  it('finds nothing wrong with a deployment that is well', async () => {
    const findings = await examine({}, 'well');
    expect(findings.filter(({ state: found }) => found !== 'ok')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        '/ready',
        'parity of pictures',
        'parity of texts',
        'calibration of default',
        'limits',
      ]),
    );
  });

  it.each<[string, string, Partial<ChaosOrder>]>([
    ['the model is away', 'parity of pictures', { only: { binding: 'AI', kind: 'busy' } }],
    ['there is no such model', 'parity of pictures', { only: { binding: 'AI', kind: 'no-such-model' } }],
    ['the quota is used up', 'parity of pictures', { only: { binding: 'AI', kind: 'quota' } }],
    ['another model answers', 'parity of pictures', { only: { binding: 'AI', kind: 'other-model' } }],
    [
      'vectors have another length',
      'parity of pictures',
      { only: { binding: 'AI', kind: 'wrong-dimension' } },
    ],
    ['the AI binding is missing', 'encoder', { vars: { AI: null } }],
    ['TEXT_ROUTE is none', 'encoder', { vars: { TEXT_ROUTE: 'nowhere' } }],
    ['a limit is no number', 'limits', { vars: { MAX_IMAGE_PIXELS: 'many' } }],
    ['SELECTIONS does not answer', 'selection default', { only: { binding: 'SELECTIONS', kind: 'fails' } }],
    ['nothing is published', 'selection default', { only: { binding: 'SELECTIONS', kind: 'absent' } }],
    ['the record is damaged', 'selection default', { only: { binding: 'SELECTIONS', kind: 'bit-flipped' } }],
    ['default is of another encoder', 'selection default', { stale: 'always', version: 'other' }],
    ['default is calibrated for other pairs', 'calibration of default', { stale: 'always', version: 'sure' }],
    [
      'a corpus is damaged',
      'corpora',
      { only: { binding: 'CORPORA', kind: 'bit-flipped', calls: 'segment' } },
    ],
  ])('says so when %s', async (name, check, damage) => {
    const findings = await examine(damage, name);
    const wrong = findings.filter(({ state: found }) => found === 'wrong');
    expect(wrong.map((finding) => finding.check)).toContain(check);
    for (const { advice } of wrong) expect(advice).toMatch(/\w+ \w+/);
  });

  it('says so when nothing answers', async () => {
    const api = createApiClient(`http://127.0.0.1:${await findFreePort()}`, undefined);
    const findings = await checkEndpoint(api, await readGolden(EMBEDDED_GOLDEN));
    expect(findings).toMatchObject([{ check: '/health', state: 'wrong' }]);
  });
});
