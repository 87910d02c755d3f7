import { describe, expect, it } from 'vitest';
import { PLATFORM_LIMITS } from '../../src/pipeline/limits.ts';
import { type PaperDataset, planPlatform } from '../../src/pipeline/platform-plan.ts';
import {
  DEFAULT_PAIRS_PER_PART,
  DEFAULT_PAIRS_PER_SHARD,
  DEFAULT_SAMPLE_PAIRS,
} from '../../src/pipeline/run-request.ts';

/** As docs/scale.md plans it. */
const TEN_MILLION: PaperDataset = {
  pairs: 10_000_000,
  pairsPerInput: 10_000,
  dim: 512,
  pairsPerPart: DEFAULT_PAIRS_PER_PART,
  pairsPerShard: DEFAULT_PAIRS_PER_SHARD,
  sample: DEFAULT_SAMPLE_PAIRS,
  consumers: 4,
  encodeMs: 10,
  cpuMsPerPair: 1,
  sumCpuMsPerPair: 0.5,
};

describe('a run over ten million pictures', () => {
  it.each([
    ['by four consumers at 10 ms a picture', TEN_MILLION],
    ['by one consumer at 100 ms a picture, for twelve days', { ...TEN_MILLION, consumers: 1, encodeMs: 100 }],
    ['by 250 consumers, as many as a queue may have', { ...TEN_MILLION, consumers: 250 }],
  ])('%s stays within every limit of the platform', (_, dataset) => {
    const plan = planPlatform(dataset);
    const limits = PLATFORM_LIMITS;
    expect(plan.steps).toBeLessThan(limits.workflowSteps);
    expect(plan.subrequests).toBeLessThan(limits.subrequests);
    expect(plan.stepResultBytes).toBeLessThan(limits.stepResultBytes);
    expect(plan.messageBytes).toBeLessThan(limits.messageBytes);
    expect(plan.messageBytes * limits.messagesASend).toBeLessThan(limits.sendBytes);
    expect(plan.messages / plan.seconds).toBeLessThan(limits.messagesASecond);
    expect(plan.memoryBytes).toBeLessThan(limits.memoryBytes);
    expect(plan.taskSeconds).toBeLessThan(limits.consumerSeconds);
    expect(plan.taskCpuSeconds).toBeLessThan(limits.cpuSeconds);
  });
});
