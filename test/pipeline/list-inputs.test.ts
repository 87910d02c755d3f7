import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { listObjects, requireJson } from '../../src/pipeline/bucket.ts';
import { indexInput } from '../../src/pipeline/index-input.ts';
import type { IndexPage } from '../../src/pipeline/input-index.ts';
import { listInputs } from '../../src/pipeline/list-inputs.ts';
import { planShards } from '../../src/pipeline/plan-shards.ts';
import { readPictures } from '../../src/pipeline/read-pictures.ts';
import { type MemoryPlatform, describedRun, memoryPlatform } from './memory-platform.ts';

/** A pair for each key. */
async function tarOf(keys: readonly string[]): Promise<Buffer> {
  const archive = pack();
  for (const key of keys) {
    archive.entry({ name: `${key}.png` }, `picture ${key}`);
    archive.entry({ name: `${key}.txt` }, `caption ${key}`);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function attempt({ env, runs }: MemoryPlatform, run = describedRun()): Promise<number> {
  const inputs = await listInputs(env, run);
  for (let input = 0; input < inputs; input++) await indexInput(env, run, input);
  return (await planShards(runs, run)).pairs;
}

async function pages({ runs }: MemoryPlatform): Promise<IndexPage[]> {
  const found: IndexPage[] = [];
  for await (const { key } of listObjects(runs, 'pages/')) found.push(await requireJson(runs, key));
  return found;
}

describe('a run that is resumed', () => {
  it('goes by the inputs of its start, whatever came since; another run has them all', async () => {
    const platform = memoryPlatform();
    await platform.datasets.put('photos/a.tar', await tarOf(['a1', 'a2']));
    await platform.datasets.put('photos/c.tar', await tarOf(['c1']));
    expect(await attempt(platform)).toBe(3);
    await platform.datasets.put('photos/b.tar', await tarOf(['b1']));
    expect(await attempt(platform)).toBe(3);
    const images = (await pages(platform)).flatMap(({ pairs }) => pairs.map(({ caption }) => caption));
    expect(images.sort()).toEqual(['caption a1', 'caption a2', 'caption c1']);
    expect(await attempt(platform, { ...describedRun({ round: 1 }), id: '1'.repeat(32) })).toBe(4);
  });

  it('has more inputs than a page of its list', async () => {
    const { env, datasets } = memoryPlatform();
    for (let i = 0; i < 1_001; i++) await datasets.put(`photos/${String(i).padStart(5, '0')}.tar`, '');
    expect(await listInputs(env, describedRun())).toBe(1_001);
    await datasets.put('photos/zzz.tar', '');
    expect(await listInputs(env, describedRun())).toBe(1_001);
  });

  it('lists anew when it was stopped before it had listed all', async () => {
    const { env, datasets, runs } = memoryPlatform();
    for (let i = 0; i < 1_001; i++) await datasets.put(`photos/${String(i).padStart(5, '0')}.tar`, '');
    const { put } = runs;
    let writes = 0;
    runs.put = ((...args: Parameters<typeof put>) =>
      writes++ === 0 ? put(...args) : Promise.reject(new Error('stopped'))) as typeof put;
    await expect(listInputs(env, describedRun())).rejects.toThrow('stopped');
    runs.put = put;
    await datasets.put('photos/zzz.tar', '');
    expect(await listInputs(env, describedRun())).toBe(1_002);
  });

  it('is told what to do about an input that has changed, indexed or not', async () => {
    const platform = memoryPlatform();
    const { env, datasets } = platform;
    await datasets.put('photos/a.tar', await tarOf(['a1']));
    await datasets.put('photos/b.tar', await tarOf(['b1']));
    await listInputs(env, describedRun());
    await indexInput(env, describedRun(), 0);
    for (const name of ['a', 'b']) await datasets.put(`photos/${name}.tar`, await tarOf(['new']));
    const advice = (name: string): string =>
      `photos/${name}.tar has changed since the run listed it: start with another --round`;
    await expect(indexInput(env, describedRun(), 1)).rejects.toThrow(advice('b'));
    const [{ pairs }] = await pages(platform);
    await expect(readPictures(datasets, pairs).next()).rejects.toThrow(advice('a'));
  });
});
