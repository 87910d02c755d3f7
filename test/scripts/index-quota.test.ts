import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runIndex } from '../../scripts/corpus/run-index.ts';
import { openLocalKv, type OpenKv } from '../../scripts/kv/local-kv.ts';
import { withPublishLock } from '../../scripts/kv/publish-lock.ts';
import { reportOwners, setQuota } from '../../scripts/owners/quotas.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { unitRows } from '../search/made-corpus.ts';

const DIM = 16;
const place = mkdtempSync(join(tmpdir(), 'alignql-quota-'));
const state = join(place, 'state');
const imageEmbeddings = join(place, 'a.npy');

let corpora: OpenKv;
let selections: OpenKv;
beforeAll(async () => {
  vi.stubEnv('ALIGNQL_STATE', state);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  writeFileSync(imageEmbeddings, encodeNpy(unitRows(2, DIM, 1), [2, DIM]));
  corpora = await openLocalKv(state, 'local-corpora');
  selections = await openLocalKv(state, 'local-selections');
  const record = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: DIM, k: 6 });
  const createdAt = '2026-11-25T03:00:00.000Z';
  await publishSelection(selections.kv, 'default', encodeSelection(record), { createdAt });
});
afterAll(async () => {
  await corpora.close();
  await selections.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(place, { recursive: true, force: true });
});

const index = (corpus: string, flags: { drop?: boolean; wait?: number } = {}): ReturnType<typeof runIndex> =>
  runIndex(undefined, {
    corpus,
    drop: false,
    replace: false,
    cache: join(place, 'cache'),
    remote: false,
    strict: false,
    ...(flags.drop ? {} : { imageEmbeddings }),
    ...flags,
  });

describe('two who index for one owner', () => {
  it('get no more corpora than the owner may have, and wait for who publishes for it', async () => {
    const kvs = { selections: selections.kv, corpora: corpora.kv };
    await setQuota(kvs, 'acme', { corpora: 1 });
    const outcomes = await Promise.allSettled([index('acme/m1'), index('acme/m2')]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { message: expect.stringMatching(/^acme has 1 of 1 corpora/) as string },
    });
    expect(await reportOwners(kvs)).toMatchObject([{ owner: 'acme', usage: { corpora: 1 }, over: [] }]);
    const corpus = outcomes[0].status === 'fulfilled' ? 'acme/m1' : 'acme/m2';
    const busy = await withPublishLock(selections.kv, 'acme/default', () =>
      index(corpus, { wait: 0 }).catch((error: unknown) => error),
    );
    expect(busy).toMatchObject({ message: expect.stringMatching(/writing "acme\/"/) as string });
    // Who has more than it may have can still remove.
    await setQuota(kvs, 'acme', { corpora: 0 });
    expect(await index(corpus, { drop: true })).toEqual({ corpus, dropped: true });
  });
});
