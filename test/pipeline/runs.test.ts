import { expect, it } from 'vitest';
import { listObjects, writeJson } from '../../src/pipeline/bucket.ts';
import { runKeys } from '../../src/pipeline/keys.ts';
import { instanceId } from '../../src/pipeline/run-description.ts';
import { updateState } from '../../src/pipeline/run-state.ts';
import { resumeRun } from '../../src/pipeline/runs.ts';
import { RUN_ID, describedRun, memoryPlatform } from './memory-platform.ts';

it('goes on with a run that gave up more batches than R2 deletes at once', async () => {
  const { env, runs, instances } = memoryPlatform();
  const run = describedRun();
  await writeJson(runs, runKeys.run(RUN_ID), run);
  await updateState(runs, RUN_ID, { phase: 'failed', error: '1001 batches were given up' });
  for (let part = 0; part < 1_001; part++) {
    const dead = { task: `encode shard 0, part ${part}`, reason: 'the encoder was down', at: run.createdAt };
    await writeJson(runs, runKeys.dead(RUN_ID, `encode-0-${part}`), dead);
  }
  expect(await resumeRun(env, RUN_ID)).toMatchObject({
    phase: 'listing',
    attempts: 2,
    dead: [],
    error: null,
  });
  expect([...instances]).toEqual([instanceId({ id: RUN_ID, attempts: 2 })]);
  for await (const { key } of listObjects(runs, runKeys.deadPrefix(RUN_ID))) expect.fail(key);
});
