import { describe, expect, it } from 'vitest';
import { consumeDeadTasks, consumeTasks } from '../../src/pipeline/consume.ts';
import { runKeys } from '../../src/pipeline/keys.ts';
import { updateState } from '../../src/pipeline/run-state.ts';
import { RUN_ID, memoryPlatform } from './memory-platform.ts';

interface Delivery {
  readonly batch: MessageBatch;
  /** What became of each message, in order. */
  readonly outcomes: string[];
}

function delivery(bodies: readonly unknown[]): Delivery {
  const outcomes = bodies.map(() => 'none');
  const messages = bodies.map((body, i) => ({
    id: String(i),
    body,
    ack: () => (outcomes[i] = 'done'),
    retry: () => (outcomes[i] = 'again'),
  }));
  return { batch: { messages } as unknown as MessageBatch, outcomes };
}

const INDEX = { kind: 'index', run: RUN_ID, input: 0 };

describe('messages of a run', () => {
  it.each(['failed', 'cancelled'] as const)(
    'that is %s are dropped: they go out again when it is resumed',
    async (phase) => {
      const { env, runs } = memoryPlatform();
      await updateState(runs, RUN_ID, { phase });
      const { batch, outcomes } = delivery([INDEX]);
      await consumeTasks(batch, env);
      expect(outcomes).toEqual(['done']);
      expect(await runs.head(runKeys.failure(RUN_ID, 'index-0'))).toBeNull();
    },
  );

  it.each([
    ['no object', 'index'],
    ['a task of no run', { kind: 'index', input: 0 }],
    ['an unknown task', { ...INDEX, kind: 'guess' }],
    ['nothing', null],
  ])('that are %s are dropped, and their neighbours are not', async (_, body) => {
    const { env, runs } = memoryPlatform();
    await updateState(runs, RUN_ID, { phase: 'cancelled' });
    const tasks = delivery([INDEX, body, INDEX]);
    await consumeTasks(tasks.batch, env);
    expect(tasks.outcomes).toEqual(['done', 'done', 'done']);
    const dead = delivery([body, INDEX]);
    await consumeDeadTasks(dead.batch, env);
    expect(dead.outcomes).toEqual(['done', 'done']);
    expect(await runs.head(runKeys.dead(RUN_ID, 'index-0'))).not.toBeNull();
  });
});
