import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKey } from '../../scripts/access/manage-keys.ts';
import type { UserError } from '../../scripts/cli/user-error.ts';
import { walkStorage } from '../../scripts/doctor/walk-storage.ts';
import { reportOwners, roomFor, setQuota } from '../../scripts/owners/quotas.ts';
import { DEFAULT_QUOTA, decodeQuota, encodeQuota } from '../../src/format/owner-record.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { promoteCanary, startCanary } from '../../src/storage/canary.ts';
import { publishCorpus } from '../../src/storage/publish-corpus.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';

const NOW = '2026-11-30T03:00:00.000Z';
const VALUE_BYTES = 1_000;

let local: LocalKv;
/** One namespace stands for both: their keys never meet. */
const kvs = () => ({ selections: local.kv, corpora: local.kv });

beforeAll(async () => {
  local = await openMemoryKv();
});
afterAll(() => local.dispose());
beforeEach(() => local.clear());

async function publish(name: string, seed: number): Promise<number> {
  const bytes = encodeSelection(buildSelection(seed));
  await publishSelection(local.kv, name, bytes, { createdAt: NOW });
  return bytes.length;
}

/** A corpus of one segment with one value and so many thumbnails; nobody reads it here. */
async function index(name: string, thumbnailCount = 0, assertRoom?: (bytes: number) => void): Promise<void> {
  const ids = Array.from({ length: thumbnailCount }, (_, i) => i.toString(16).padStart(32, '0'));
  const segment = {
    id: Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64),
    count: 1,
    thumbnails: ids,
    values: [{ part: 'vectors' as const, bytes: new Uint8Array(VALUE_BYTES) }],
  };
  await publishCorpus(
    local.kv,
    name,
    null,
    {
      segments: [segment],
      thumbnails: new Map(ids.map((id) => [id, new Uint8Array(1)])),
      ...(assertRoom && { assertRoom }),
    },
    {
      selection: 'a'.repeat(64),
      encoder: { id: 'e', fingerprint: 'f' },
      modality: 'image',
      dim: 1,
      k: 1,
      plan: 'full',
      rerank: 0,
      fields: [],
      coding: { mean: [0], spread: [1], fittedOn: 1 },
      createdAt: NOW,
      updatedAt: NOW,
    },
    () => undefined,
  );
}

const refusal = (pattern: RegExp): UserError =>
  expect.objectContaining({
    name: 'UserError',
    message: expect.stringMatching(pattern) as string,
  }) as UserError;

describe('owners', () => {
  it('are told with what they have, what they may have and what is beyond it', async () => {
    const record = await publish('acme/a', 1);
    await publish('acme/b', 1); // the same record, stored once
    await publish('shared', 2);
    await index('acme/shop', 2);
    await index('globex/shop');
    await setQuota(kvs(), 'acme', { selections: 1 });
    await setQuota(kvs(), 'initech', { bytes: 5 });
    const ofThumbnails = 2 * 6 * 1024;
    expect(await reportOwners(kvs())).toEqual([
      {
        owner: 'acme',
        usage: { selections: 2, corpora: 1, bytes: record + VALUE_BYTES + ofThumbnails },
        quota: { ...DEFAULT_QUOTA, selections: 1 },
        isDefault: false,
        over: ['selections'],
      },
      {
        owner: 'globex',
        usage: { selections: 0, corpora: 1, bytes: VALUE_BYTES },
        quota: DEFAULT_QUOTA,
        isDefault: true,
        over: [],
      },
      {
        owner: 'initech',
        usage: { selections: 0, corpora: 0, bytes: 0 },
        quota: { ...DEFAULT_QUOTA, bytes: 5 },
        isDefault: false,
        over: [],
      },
    ]);
    const { report } = await walkStorage(kvs(), Date.parse(NOW));
    expect(report.problems.filter(({ kind }) => kind === 'over')).toEqual([
      {
        kind: 'over',
        namespace: 'SELECTIONS',
        key: 'access:v1:owner:acme',
        what: 'acme has 2 selections and may have 1',
        do: 'Remove some, or raise it: npm run -s owners -- set acme --selections N',
      },
    ]);
  });

  it('have no room for one name too many, but for those that they have', async () => {
    await publish('acme/a', 1);
    await setQuota(kvs(), 'acme', { selections: 1, corpora: 0 });
    await expect(roomFor(kvs(), 'selections', 'acme/b')).rejects.toThrow(
      refusal(
        /^acme has 1 of 1 selections, and "acme\/b" is one more: .* owners -- set acme --selections N$/,
      ),
    );
    await expect(roomFor(kvs(), 'corpora', 'acme/shop')).rejects.toThrow(refusal(/has 0 of 0 corpora/));
    (await roomFor(kvs(), 'selections', 'acme/a'))(1);
    (await roomFor(kvs(), 'selections', 'globex/a'))(1);
    (await roomFor(kvs(), 'selections', 'shared'))(DEFAULT_QUOTA.bytes + 1);
  });

  it('have no room for more bytes than they may have, in selections and corpora together', async () => {
    const record = await publish('acme/a', 1);
    await setQuota(kvs(), 'acme', { bytes: record + VALUE_BYTES });
    await index('acme/shop', 0, await roomFor(kvs(), 'corpora', 'acme/shop'));
    // What it takes now does not count against what takes its place.
    await index('acme/shop', 0, await roomFor(kvs(), 'corpora', 'acme/shop'));
    const before = (await local.kv.list({ prefix: 'corpus:' })).keys.length;
    const assertRoom = await roomFor(kvs(), 'corpora', 'acme/more');
    await expect(index('acme/more', 0, assertRoom)).rejects.toThrow(
      refusal(
        new RegExp(
          `^acme may have ${record + 1000} bytes and has ${record + 1000} beside "acme/more", which takes 1000 or more: `,
        ),
      ),
    );
    expect((await local.kv.list({ prefix: 'corpus:' })).keys).toHaveLength(before);
  });

  it('have canaries counted beside the current record, before and after they take its place', async () => {
    const [current, canary] = [1, 2].map((seed) => encodeSelection(buildSelection(seed)));
    const bytes = current.length + canary.length;
    await publish('acme/a', 1);
    await setQuota(kvs(), 'acme', { bytes });
    const roomOf = (name: string, isCanary: boolean) => roomFor(kvs(), 'selections', name, { isCanary });
    (await roomOf('acme/a', true))(canary.length);
    const refused = refusal(
      new RegExp(`^acme may have ${bytes} bytes and has ${current.length} beside the canary of "acme/a"`),
    );
    const room = await roomOf('acme/a', true);
    expect(() => room(canary.length + 1)).toThrow(refused);
    await startCanary(local.kv, 'acme/a', canary, { createdAt: NOW, share: 10 });
    const usage = async (): Promise<number[]> => {
      const walked = await walkStorage(kvs(), Date.parse(NOW));
      expect(walked.report.problems.filter(({ kind }) => kind === 'over')).toEqual([]);
      return (await reportOwners(kvs())).map((report) => ('error' in report ? NaN : report.usage.bytes));
    };
    expect(await usage()).toEqual([bytes]);
    // Another canary takes the place of that one, another record of both.
    (await roomOf('acme/a', true))(canary.length);
    (await roomOf('acme/a', false))(bytes);
    const other = await roomOf('acme/b', false);
    expect(() => other(1)).toThrow(refusal(/^acme may have/));
    await promoteCanary(local.kv, 'acme/a', { createdAt: NOW });
    expect(await usage()).toEqual([canary.length]);
  });

  it('have no room made by a selection and a corpus that are called alike', async () => {
    const record = await publish('acme/a', 1);
    await index('acme/a');
    await setQuota(kvs(), 'acme', { selections: 1, corpora: 1, bytes: record + VALUE_BYTES });
    for (const [what, bytes] of [
      ['corpora', VALUE_BYTES],
      ['selections', record],
    ] as const) {
      const room = await roomFor(kvs(), what, 'acme/a');
      room(bytes);
      expect(() => room(bytes + 1)).toThrow(refusal(/^acme may have/));
    }
  });

  it('are told what is left of a corpus that grew beyond its room while it was written', async () => {
    await setQuota(kvs(), 'acme', { bytes: 10 });
    const assertRoom = await roomFor(kvs(), 'corpora', 'acme/shop');
    assertRoom(10);
    expect(() => assertRoom(11)).toThrow(
      /--bytes N\. What is stored .*: npm run -s doctor -- --storage --sweep$/,
    );
    const none = await roomFor(kvs(), 'corpora', 'acme/shop');
    expect(() => none(11)).toThrow(/--bytes N$/);
  });

  it('have quotas that are sealed for their place', () => {
    const bytes = encodeQuota('acme', DEFAULT_QUOTA);
    expect(decodeQuota(bytes, 'acme')).toEqual(DEFAULT_QUOTA);
    expect(() => decodeQuota(bytes, 'globex')).toThrow(
      expect.objectContaining({ code: 'STORAGE_FAILED' }) as Error,
    );
    expect(() => encodeQuota('../x', DEFAULT_QUOTA)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }) as Error,
    );
  });

  it('have no keys with the scope admin, which shows what is of all', async () => {
    const request = { name: 'x', lifeMs: null, daily: null, owner: 'acme' };
    await expect(createKey(local.kv, { ...request, scopes: ['read', 'admin'] }, new Date())).rejects.toThrow(
      refusal(/admin shows what is of all owners/),
    );
    const made = await createKey(local.kv, { ...request, scopes: ['read'] }, new Date());
    expect(made).toMatchObject({ owner: 'acme', scopes: ['read'], state: 'valid' });
  });
});
