import { describe, expect, it } from 'vitest';
import { consumeTasks } from '../../src/pipeline/consume.ts';
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
});
