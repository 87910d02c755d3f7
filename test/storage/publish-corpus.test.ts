import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { storageError } from '../format/storage-error.ts';
import { makeCorpus } from '../search/made-corpus.ts';
import { type FaultyKv, type LocalKv, openMemoryKv, withFaults } from './local-kv.ts';

let local: LocalKv;
let kv: FaultyKv;
beforeAll(async () => {
  local = await openMemoryKv();
});
beforeEach(async () => {
  await local.clear();
  kv = withFaults(local.kv);
});
afterAll(() => local.dispose());

const recordOf = (dim: number) => buildSelection(3, { projection: 'mask', fusion: 'identity', dim, k: 3 });
/** Publishes the corpus of a seed over what is there, at a full hour. */
async function publish(seed: number, hour: number, dim = 8) {
  const previous = await readManifest(kv, 'made');
  const now = new Date(Date.UTC(2026, 10, 25, hour)).toISOString();
  const options = { plan: 'compact', record: recordOf(dim), count: 300, seed, previous, now } as const;
  return (await makeCorpus(kv, options)).manifest;
}
async function keysOf(id: string): Promise<number> {
  return (await kv.list({ prefix: `corpus:v2:segment:${id}:` })).keys.length;
}

describe('segments that a corpus has left behind', () => {
  it('stay for an hour, and are gone with the first publish after it', async () => {
    const { segments } = await publish(1, 0);
    const [{ id }] = segments;
    const stored = await keysOf(id);
    expect((await publish(2, 1)).retired).toEqual([
      { id, count: 300, dim: 8, retiredAt: '2026-11-25T01:00:00.000Z' },
    ]);
    expect(await keysOf(id)).toBe(stored);
    expect((await publish(3, 2)).retired.map((segment) => segment.id)).not.toContain(id);
    expect(await keysOf(id)).toBe(0);
  });

  it('are deleted whole when the corpus has other dimensions by then', async () => {
    const [{ id }] = (await publish(1, 0, 2048)).segments;
    expect(await keysOf(id)).toBeGreaterThan(10); // chunks of 16 vectors
    await publish(2, 1);
    await publish(3, 2);
    expect(await keysOf(id)).toBe(0);
  });

  it('are written again where a publish deleted them and then failed', async () => {
    const { segments } = await publish(1, 0);
    const stored = await keysOf(segments[0].id);
    await publish(2, 1);
    kv.fault = (call) => {
      if (call.startsWith('put ') && call !== 'put many') throw new Error('outage');
    };
    await expect(publish(3, 2)).rejects.toThrow(storageError(/did not write/));
    kv.fault = null;
    expect((await publish(1, 3)).segments).toEqual(segments);
    expect(await keysOf(segments[0].id)).toBe(stored);
  });

  it('are tried again by the next publish when they could not be deleted', async () => {
    const [{ id }] = (await publish(1, 0)).segments;
    const { segments } = await publish(2, 1);
    kv.fault = (call) => {
      if (call === 'delete many') throw new Error('outage');
    };
    await expect(publish(3, 2)).rejects.toThrow(storageError(/did not delete/));
    kv.fault = null;
    expect((await readManifest(kv, 'made'))?.segments).toEqual(segments);
    await publish(3, 2);
    expect(await keysOf(id)).toBe(0);
  });
});
