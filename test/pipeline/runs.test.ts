import { afterEach, describe, expect, it, vi } from 'vitest';
import { listObjects, writeJson } from '../../src/pipeline/bucket.ts';
import { runKeys } from '../../src/pipeline/keys.ts';
import { instanceId } from '../../src/pipeline/run-description.ts';
import { changeState, readState } from '../../src/pipeline/run-state.ts';
import { cancelRun, requireStatus, resumeRun, startRun } from '../../src/pipeline/runs.ts';
import {
  type InstanceStatus,
  type MemoryPlatform,
  RUN_ID,
  describedRun,
  memoryPlatform,
} from './memory-platform.ts';

const [FIRST, SECOND, THIRD] = [1, 2, 3].map((attempt) => instanceId(RUN_ID, attempt));

async function begun(): Promise<MemoryPlatform> {
  const platform = memoryPlatform();
  await writeJson(platform.runs, runKeys.run(RUN_ID), describedRun());
  platform.instances.set(FIRST, 'running');
  return platform;
}

/** As when the platform's own service is down. */
function unendable({ env }: MemoryPlatform): void {
  const { get } = env.PIPELINE;
  env.PIPELINE.get = async (id) => {
    const instance = await get(id);
    instance.terminate = () => Promise.reject(new Error('internal error; reference = 1'));
    return instance;
  };
}

describe('a resumption', () => {
  it('goes on with a run that gave up more batches than R2 deletes at once', async () => {
    const { env, runs, instances } = await begun();
    await changeState(runs, RUN_ID, () => ({ phase: 'failed', error: '1001 batches were given up' }));
    for (let part = 0; part < 1_001; part++) {
      const dead = { task: `encode shard 0, part ${part}`, reason: 'the encoder was down', at: '' };
      await writeJson(runs, runKeys.dead(RUN_ID, `encode-0-${part}`), dead);
    }
    expect(await resumeRun(env, RUN_ID)).toMatchObject({
      phase: 'listing',
      attempts: 2,
      dead: [],
      error: null,
    });
    expect([...instances]).toEqual([
      [FIRST, 'terminated'],
      [SECOND, 'running'],
    ]);
    for await (const { key } of listObjects(runs, runKeys.deadPrefix(RUN_ID))) expect.fail(key);
  });

  it.each(['errored', 'terminated', 'complete', null] as const)(
    'goes on where the instance before is %s',
    async (status) => {
      const { env, instances } = await begun();
      if (status === null) instances.delete(FIRST);
      else instances.set(FIRST, status);
      expect(await resumeRun(env, RUN_ID)).toMatchObject({ attempts: 2 });
      expect(instances.get(SECOND)).toBe('running');
    },
  );

  it('begins one instance, however many ask at once', async () => {
    const { env, instances } = await begun();
    const all = await Promise.allSettled([1, 2, 3].map(() => resumeRun(env, RUN_ID)));
    expect(all.map(({ status }) => status)).toContain('fulfilled');
    expect([...instances.values()].filter((status) => status === 'running')).toHaveLength(1);
  });

  it('says when the instance before could not be ended, and goes on when it is asked again', async () => {
    const platform = await begun();
    unendable(platform);
    await expect(resumeRun(platform.env, RUN_ID)).rejects.toThrow(
      `Instance ${FIRST} of the Workflow could not be ended (internal error; reference = 1)`,
    );
    expect([...platform.instances.keys()]).toEqual([FIRST]);
    expect(await resumeRun(platform.env, RUN_ID)).toMatchObject({ attempts: 3 });
    expect(platform.instances.get(THIRD)).toBe('running');
  });
});

describe('a cancellation', () => {
  it('ends the instance, and what it would note is not', async () => {
    const { env, instances } = await begun();
    expect(await cancelRun(env, RUN_ID)).toMatchObject({ phase: 'cancelled', attempts: 1 });
    expect(instances.get(FIRST)).toBe('terminated');
  });

  it('holds when the instance could not be ended, and says so', async () => {
    const platform = await begun();
    unendable(platform);
    await expect(cancelRun(platform.env, RUN_ID)).rejects.toThrow(
      /could not be ended.*The run is cancelled all the same/,
    );
    expect(await readState(platform.runs, RUN_ID)).toMatchObject({ phase: 'cancelled' });
  });

  it('is refused for a run that is complete', async () => {
    const { env, runs } = await begun();
    await changeState(runs, RUN_ID, () => ({ phase: 'complete' }));
    await expect(cancelRun(env, RUN_ID)).rejects.toThrow('there is nothing to cancel');
  });
});

describe('a start', () => {
  const REQUEST = { dataset: 'r2://alignql-datasets/photos', k: 2, ks: [] };
  const started = async () => {
    const platform = memoryPlatform();
    const { env, instances } = platform;
    const { status, created } = await startRun(env, REQUEST);
    const { id } = status;
    return {
      ...platform,
      id,
      created,
      first: instanceId(id, 1),
      again: () => startRun(env, REQUEST),
      instances,
    };
  };

  it('begins an instance once', async () => {
    const { again, created, first, instances } = await started();
    expect(created).toBe(true);
    expect(await again()).toMatchObject({ created: false, status: { phase: 'listing', attempts: 1 } });
    expect([...instances]).toEqual([[first, 'running']]);
  });

  it('begins the run that was described before a crash, and never begun', async () => {
    const { again, first, instances } = await started();
    instances.clear();
    expect(await again()).toMatchObject({ created: false, status: { phase: 'listing', attempts: 1 } });
    expect([...instances]).toEqual([[first, 'running']]);
  });

  it.each(['errored', 'terminated', 'complete'] as const)(
    'goes on with a run whose instance is %s without having said so',
    async (ended) => {
      const { again, runs, id, first, instances } = await started();
      await changeState(runs, id, () => ({ phase: 'encoding' }));
      instances.set(first, ended);
      expect(await again()).toMatchObject({ created: false, status: { phase: 'listing', attempts: 2 } });
      expect(instances.get(instanceId(id, 2))).toBe('running');
    },
  );

  it.each(['complete', 'failed', 'cancelled'] as const)('leaves a run that is %s as it is', async (phase) => {
    const { again, runs, id, first, instances } = await started();
    await changeState(runs, id, () => ({ phase }));
    instances.set(first, 'complete');
    expect(await again()).toMatchObject({ created: false, status: { phase, attempts: 1 } });
    expect([...instances.keys()]).toEqual([first]);
  });
});

describe('the status of a run that has noted nothing for a quarter of an hour', () => {
  afterEach(() => vi.useRealTimers());
  const quiet = async (status: InstanceStatus | null, minutes: number) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { env, runs, instances } = await begun();
    await changeState(runs, RUN_ID, () => ({ phase: 'encoding' }));
    if (status === null) instances.delete(FIRST);
    else instances.set(FIRST, status);
    vi.setSystemTime(Date.now() + minutes * 60_000);
    return requireStatus(env, RUN_ID);
  };

  it.each([
    ['errored', 'has ended without a word'],
    ['terminated', 'has ended without a word'],
    [null, 'is not there'],
  ] as const)('says that its instance has ended, which is %s', async (status, how) => {
    const { phase, error } = await quiet(status, 16);
    expect(phase).toBe('failed');
    expect(error).toBe(`instance ${FIRST} of the Workflow ${how}: resume the run; what is done stays done`);
  });

  it('is what it noted last while its instance goes on, and until then', async () => {
    expect(await quiet('running', 16)).toMatchObject({ phase: 'encoding', error: null });
    expect(await quiet('errored', 14)).toMatchObject({ phase: 'encoding', error: null });
  });
});
