import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listCorpora } from '../../scripts/corpus/list-corpora.ts';
import { openLocalKv, type OpenKv } from '../../scripts/kv/local-kv.ts';
import { listSelections } from '../../scripts/selection/list-selections.ts';
import { type CorpusManifest, encodeManifest } from '../../src/format/corpus-manifest.ts';
import { corpusKey, nameKey, recordKey } from '../../src/format/kv-keys.ts';
import { encodeNamePointer } from '../../src/format/name-pointer.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { LOCAL_DEPLOYMENT } from './local-deployment.ts';
import { runScript } from './run-command.ts';

const AT = '2026-11-29T10:00:00.000Z';
const record = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: 16, k: 6 });
const state = mkdtempSync(join(tmpdir(), 'alignql-list-'));
const open: OpenKv[] = [];

async function openKv(id: string): Promise<OpenKv['kv']> {
  open.push(await openLocalKv(state, id));
  return open[open.length - 1].kv;
}

beforeAll(() => {
  vi.stubEnv('ALIGNQL_STATE', state);
});
afterAll(async () => {
  for (const { close } of open) await close();
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true });
});

function manifest(name = 'shop', changes: Partial<CorpusManifest> = {}): Uint8Array {
  return encodeManifest(
    {
      selection: 'a'.repeat(64),
      encoder: record.encoder,
      modality: 'image',
      dim: 16,
      k: 6,
      plan: 'full',
      rerank: 0,
      fields: ['colour'],
      coding: { mean: Array<number>(16).fill(0), spread: Array<number>(16).fill(1), fittedOn: 5 },
      createdAt: AT,
      updatedAt: AT,
      segments: [{ id: 'b'.repeat(64), count: 5 }],
      retired: [],
      ...changes,
    },
    name,
  );
}

describe('selections and corpora', { timeout: 60_000 }, () => {
  it('list nothing where nothing is published', () => {
    for (const command of ['selections', 'corpora']) {
      expect(runScript(command, [])).toEqual({
        status: 0,
        stdout: '[]\n',
        stderr: expect.stringMatching(/^0 in the local server's KV in \/.*\n$/) as string,
      });
    }
  });

  it('list every selection, and of those that cannot be read the error', async () => {
    const kv = await openKv('local-selections');
    const { id } = await publishSelection(kv, 'default', encodeSelection(record), { createdAt: AT });
    const pointTo = (name: string, target: string): Promise<void> =>
      kv.put(
        nameKey(name),
        encodeNamePointer({ id: target, publishedAt: AT, previous: [], canary: null, events: [] }, name),
      );
    const [damaged, missing] = ['c'.repeat(64), 'd'.repeat(64)];
    await kv.put(recordKey(damaged), 'no record');
    await pointTo('damaged', damaged);
    await pointTo('missing', missing);
    await kv.put(nameKey('pointless'), '{"id": 3');
    await kv.put(`${nameKey('x')}\u001b[31m Y`, 'whatever');
    await pointTo('zebra', id);
    await kv.put('selection:v1:name:yesterday', '{}');
    const whole = {
      id,
      publishedAt: AT,
      earlier: 0,
      encoder: record.encoder.id,
      encoderFingerprint: record.encoder.fingerprint,
      strategy: record.strategy,
      dim: 16,
      k: 6,
      fusion: 'identity',
      centred: true,
      baseRate: record.model.calibrator.baseRate,
      bytes: encodeSelection(record).length,
    };
    const expected = [
      { name: 'damaged', error: expect.stringContaining('content hash') as string },
      { name: 'default', ...whole },
      { name: 'missing', error: `It points at record ${missing}, which is not in KV` },
      { name: 'pointless', error: expect.stringContaining('Corrupt stored value') as string },
      { name: 'x\u001b[31m Y', error: expect.stringContaining('expected 1 to 64 of a-z') as string },
      { name: 'yesterday', error: expect.stringContaining('--storage --migrate') as string },
      { name: 'zebra', ...whole },
    ];
    expect(await listSelections(kv)).toEqual(expected);
    const { status, stdout, stderr } = runScript('selections', []);
    expect(JSON.parse(stdout)).toEqual(expected);
    expect(status).toBe(0);
    // In a pipe nobody looks at the entries.
    const told = stderr.trimEnd().split('\n');
    expect(told.pop()).toMatch(/^7 in /);
    expect(told.map((line) => /^note: "(.*)" cannot be read: .*doctor/.exec(line)?.[1])).toEqual([
      ...['damaged', 'missing', 'pointless', expect.not.stringContaining('\u001b') as string, 'yesterday'],
    ]);
  });

  it('list every corpus, and of those that cannot be read the error', async () => {
    const kv = await openKv('local-corpora');
    await kv.put(corpusKey('shop'), manifest());
    await kv.put(corpusKey('broken'), '{}');
    const engine = { kind: 'postgres', collection: 'made', index: 'hnsw' } as const;
    await kv.put(corpusKey('behind'), manifest('behind', { plan: 'compact', engine }));
    const shop = {
      name: 'shop',
      count: 5,
      selection: 'a'.repeat(64),
      encoder: record.encoder.id,
      encoderFingerprint: record.encoder.fingerprint,
      modality: 'image',
      plan: 'full',
      engine: 'isolate',
      encoding: 'int8',
      bytesPerVector: 24,
      memoryBytes: 120,
      segments: 1,
      rerank: 0,
      fields: ['colour'],
      thumbnails: 0,
      createdAt: AT,
      updatedAt: AT,
    };
    const unbound =
      'its rows are in PostgreSQL, and there is no binding POSTGRES. Bind the Worker of wrangler.postgres.toml';
    const expected = [
      {
        ...shop,
        name: 'behind',
        plan: 'compact',
        engine: 'postgres',
        bytesPerVector: 10,
        memoryBytes: 0,
        engineError: expect.stringContaining(unbound) as string,
      },
      { name: 'broken', error: expect.stringContaining('orrupt') as string },
      shop,
    ];
    expect(await listCorpora(kv, LOCAL_DEPLOYMENT)).toEqual(expected);
    const { status, stdout, stderr } = runScript('corpora', []);
    expect(JSON.parse(stdout)).toEqual(expected);
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^note: "broken" cannot be read: .*\nnote: "behind" cannot be searched: its rows are .*\n3 in .*\n$/,
      ),
    ]);
  });
});
