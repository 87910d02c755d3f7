import { describe, expect, it } from 'vitest';
import { writeJson } from '../../src/pipeline/bucket.ts';
import { dataKeys, runKeys } from '../../src/pipeline/keys.ts';
import { lookAt } from '../../src/pipeline/look.ts';
import { missingTasks } from '../../src/pipeline/plan-shards.ts';
import { taskName } from '../../src/pipeline/tasks.ts';
import { RUN_ID, memoryPlatform } from './memory-platform.ts';
import { planShards } from './simulated-queue.ts';

/** Shards of two parts each. */
async function planned(shards: number) {
  const { runs } = memoryPlatform();
  const hashes = await planShards(runs, shards, 2);
  const looked = {
    prefix: runKeys.shardPrefix(RUN_ID),
    total: shards,
    kinds: ['encode', 'assemble'],
    inParts: true,
  } as const;
  return {
    runs,
    finish: (shard: number) => writeJson(runs, runKeys.shard(RUN_ID, shard), {}),
    make: (shard: number, part: number) => runs.put(dataKeys.part(hashes[shard], part), ''),
    giveUp: (name: string) => writeJson(runs, runKeys.dead(RUN_ID, name), {}),
    look: () => lookAt(runs, RUN_ID, looked),
  };
}

describe('a look', () => {
  it('counts what is done, and batches that were given up of what is not', async () => {
    const { finish, giveUp, look } = await planned(130);
    for (let shard = 0; shard < 101; shard++) await finish(shard);
    await giveUp('encode-3-0');
    await giveUp('index-104');
    await giveUp('encode-104-1');
    expect(await look()).toMatchObject({ done: 101, blocked: 0, dead: 1 });
  });

  it.each([
    ['lacks another part as well', [], ['encode-1-0'], { blocked: 0, dead: 1 }],
    ['lacks nothing else', [1], ['encode-1-0'], { blocked: 1, dead: 1 }],
    ['lacks two that were given up', [], ['encode-1-0', 'encode-1-1'], { blocked: 1, dead: 2 }],
    ['could not be assembled', [0, 1], ['assemble-1'], { blocked: 1, dead: 1 }],
    ['got it by a later delivery', [0, 1], ['encode-1-0'], { blocked: 0, dead: 0 }],
  ])('of a shard that lost a part and %s', async (_, made, names, expected) => {
    const { make, giveUp, look } = await planned(2);
    for (const part of made) await make(1, part);
    for (const name of names) await giveUp(name);
    expect(await look()).toMatchObject({ done: 0, ...expected });
  });
});

describe('what is sent anew', () => {
  it('is of the first shards that are open, as many as are asked for', async () => {
    const { runs, finish, make } = await planned(5);
    await finish(1);
    await make(2, 0);
    const run = { id: RUN_ID, attempt: 3 };
    const { tasks, shards } = await missingTasks(runs, run, 0, 2);
    expect(tasks.map(taskName)).toEqual(['encode-0-0', 'encode-0-1', 'encode-2-1']);
    expect(tasks.map(({ attempt }) => attempt)).toEqual([3, 3, 3]);
    expect(shards).toBe(2);
    expect((await missingTasks(runs, run, 0, Infinity)).shards).toBe(4);
  });
});
