import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readJson, writeJson } from '../../src/pipeline/bucket.ts';
import { consumeDeadTasks, consumeTasks, encoderOf } from '../../src/pipeline/consume.ts';
import { dataKeys, runKeys } from '../../src/pipeline/keys.ts';
import { changeState } from '../../src/pipeline/run-state.ts';
import { RUN_ID, describedRun, memoryPlatform } from './memory-platform.ts';

interface Delivery {
  readonly batch: MessageBatch;
  /** What became of each message, in order. */
  readonly outcomes: string[];
}

function delivery(bodies: readonly unknown[], attempts = 1): Delivery {
  const outcomes = bodies.map(() => 'none');
  const messages = bodies.map((body, i) => ({
    id: String(i),
    attempts,
    body,
    ack: () => (outcomes[i] = 'done'),
    retry: ({ delaySeconds }: { readonly delaySeconds?: number } = {}) =>
      (outcomes[i] = delaySeconds === undefined ? 'again' : `again in ${delaySeconds} s`),
  }));
  return { batch: { messages } as unknown as MessageBatch, outcomes };
}

const PICTURE = readFileSync(new URL('../fixtures/images/alpha.png', import.meta.url));
const HASH = '1'.repeat(32);
const ENCODE = {
  kind: 'encode',
  run: RUN_ID,
  shard: 0,
  hash: HASH,
  part: 1,
  page: HASH,
  parts: 2,
} as const;

const INDEX = { kind: 'index', run: RUN_ID, input: 0 };

describe('messages of a run', () => {
  it.each(['failed', 'cancelled'] as const)(
    'that is %s are dropped: they go out again when it is resumed',
    async (phase) => {
      const { env, runs } = memoryPlatform();
      await changeState(runs, RUN_ID, () => ({ phase }));
      const { batch, outcomes } = delivery([INDEX]);
      await consumeTasks(batch, env);
      expect(outcomes).toEqual(['done']);
      expect(await runs.head(runKeys.failure(RUN_ID, 'index-0'))).toBeNull();
    },
  );

  it('that an earlier attempt has sent are dropped, given up or not: a resumption has sent what was missing', async () => {
    const { env, runs } = memoryPlatform();
    await changeState(runs, RUN_ID, () => ({ phase: 'indexing', attempt: 2 }));
    const tasks = delivery([
      { ...INDEX, attempt: 1 },
      { ...INDEX, attempt: 2 },
    ]);
    await consumeTasks(tasks.batch, env);
    // The second fails, as nothing was listed.
    expect(tasks.outcomes).toEqual(['done', 'again']);
    const dead = delivery([
      { ...INDEX, attempt: 1, input: 7 },
      { ...INDEX, attempt: 2 },
    ]);
    await consumeDeadTasks(dead.batch, env);
    expect(dead.outcomes).toEqual(['done', 'done']);
    expect(await runs.head(runKeys.dead(RUN_ID, 'index-7'))).toBeNull();
    expect(await runs.head(runKeys.dead(RUN_ID, 'index-0'))).not.toBeNull();
  });

  it('that come again once their shard is whole mark it, ask for nothing, and leave no part', async () => {
    const { env, runs, sent } = memoryPlatform();
    await writeJson(runs, runKeys.run(RUN_ID), describedRun());
    await runs.put(dataKeys.part(HASH, 0), '');
    await writeJson(runs, dataKeys.shard(HASH), { hash: HASH, pairs: 3, skipped: [], skippedCount: 1 });
    const { batch, outcomes } = delivery([ENCODE, ENCODE]);
    await consumeTasks(batch, env);
    expect(outcomes).toEqual(['done', 'done']);
    expect(sent).toEqual([]);
    const marker = await runs.head(runKeys.shard(RUN_ID, 0));
    expect(marker?.customMetadata).toEqual({ hash: HASH, pairs: '3', skipped: '1' });
    expect(await runs.head(dataKeys.part(HASH, 0))).toBeNull();
  });

  it.each([
    [1, 15],
    [5, 240],
  ])('that fail by the encoder, for the %i. time, are tried again in %i s', async (attempts, seconds) => {
    const { env, runs, datasets } = memoryPlatform();
    const run = { ...describedRun(), encoder: encoderOf(env).info };
    await writeJson(runs, runKeys.run(RUN_ID), run);
    await datasets.put('photos/a.png', PICTURE);
    const { etag } = (await datasets.head('photos/a.png')) ?? expect.fail();
    const place = { key: 'photos/a.png', etag, offset: 0, size: PICTURE.length };
    const pairs = [{ where: 'row 1', image: 'photos/a.png', caption: 'a kite', place }];
    await writeJson(runs, dataKeys.page(HASH), { version: 1, pairs });
    const { batch, outcomes } = delivery([ENCODE], attempts);
    await consumeTasks(batch, env);
    expect(outcomes).toEqual([`again in ${seconds} s`]);
    expect(await readJson(runs, runKeys.failure(RUN_ID, 'encode-0-1'))).toEqual({
      reason: 'The AI model failed; the log has the cause',
    });
  });

  it('are tried again also where R2 does not take the reason', async () => {
    const { env, runs } = memoryPlatform();
    const { put } = runs;
    runs.put = ((key: string, ...rest: [never]) =>
      key.includes('/failures/') ? Promise.reject(new Error('put: 429')) : put(key, ...rest)) as typeof put;
    const { batch, outcomes } = delivery([INDEX, INDEX]);
    await consumeTasks(batch, env);
    expect(outcomes).toEqual(['again', 'again']);
  });

  it.each([
    ['no object', 'index'],
    ['a task of no run', { kind: 'index', input: 0 }],
    ['an unknown task', { ...INDEX, kind: 'guess' }],
    ['nothing', null],
  ])('that are %s are dropped, and their neighbours are not', async (_, body) => {
    const { env, runs } = memoryPlatform();
    await changeState(runs, RUN_ID, () => ({ phase: 'cancelled' }));
    const tasks = delivery([INDEX, body, INDEX]);
    await consumeTasks(tasks.batch, env);
    expect(tasks.outcomes).toEqual(['done', 'done', 'done']);
    const dead = delivery([body, INDEX]);
    await consumeDeadTasks(dead.batch, env);
    expect(dead.outcomes).toEqual(['done', 'done']);
    expect(await runs.head(runKeys.dead(RUN_ID, 'index-0'))).not.toBeNull();
  });
});
