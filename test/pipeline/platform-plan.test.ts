import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PLATFORM_LIMITS } from '../../src/pipeline/limits.ts';
import {
  ENCODER_CALL_SECONDS,
  type PaperDataset,
  type PlatformPlan,
  planPlatform,
} from '../../src/pipeline/platform-plan.ts';
import {
  DEFAULT_PAIRS_PER_PART,
  DEFAULT_PAIRS_PER_SHARD,
  DEFAULT_SAMPLE_PAIRS,
} from '../../src/pipeline/run-request.ts';

/** Of src/pipeline/workflow.ts, which only workerd loads. */
const STEP_TIMEOUT_SECONDS = 1_800;

/** As docs/scale.md plans it. */
const TEN_MILLION: PaperDataset = {
  pairs: 10_000_000,
  pairsPerInput: 10_000,
  pictureBytes: 100_000,
  dim: 512,
  pairsPerPart: DEFAULT_PAIRS_PER_PART,
  pairsPerShard: DEFAULT_PAIRS_PER_SHARD,
  sample: DEFAULT_SAMPLE_PAIRS,
  consumers: 4,
  encodeMs: 10,
  corpus: null,
};
/** As many as a run packs of vectors of 512 numbers: 16 windows of 16 MiB, a slot of an isolate each. */
const CORPUS: PaperDataset = { ...TEN_MILLION, pairs: 520_000, corpus: { plan: 'compact', k: 50 } };
/** The most that CORPUS_MEMORY_MIB is set to (docs/costs.md). */
const MAX_CORPUS_BYTES = 64 * 1024 * 1024;

const WHOLE = { plan: 'full', k: 512 } as const;

describe('a run over millions of pictures', () => {
  it.each<[string, PaperDataset]>([
    ['ten, by four consumers at 10 ms a picture', TEN_MILLION],
    [
      'ten, by one consumer at 100 ms a picture, for twelve days',
      { ...TEN_MILLION, consumers: 1, encodeMs: 100 },
    ],
    ['ten, by 250 consumers, as many as a queue may have', { ...TEN_MILLION, consumers: 250 }],
    ['ten, of a megabyte each', { ...TEN_MILLION, pictureBytes: 1_000_000 }],
    ['half a million, packed by 50 coordinates', CORPUS],
    ['120,000, packed whole', { ...CORPUS, pairs: 120_000, corpus: WHOLE }],
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
    expect(plan.encoderCallSeconds).toBeLessThan(ENCODER_CALL_SECONDS);
    expect(plan.taskCpuSeconds).toBeLessThan(limits.cpuSeconds);
    expect(plan.stepCpuSeconds).toBeLessThan(limits.cpuSeconds);
    expect(plan.corpusMemoryBytes).toBeLessThanOrEqual(MAX_CORPUS_BYTES);
    expect(plan.stepSeconds).toBeLessThan(STEP_TIMEOUT_SECONDS);
  });

  it('takes more memory than an isolate has where covariance of 1,024 numbers is summed', () => {
    const { memoryBytes } = planPlatform({ ...TEN_MILLION, dim: 1_024 });
    expect(memoryBytes).toBeGreaterThan(PLATFORM_LIMITS.memoryBytes);
  });

  it('packs no more than an isolate keeps', () => {
    expect(planPlatform({ ...CORPUS, pairs: 530_000 }).corpusMemoryBytes).toBeGreaterThan(MAX_CORPUS_BYTES);
  });

  it('is over the limits where a tar, or a call of pictures, takes too long', () => {
    const large = planPlatform({ ...TEN_MILLION, pairsPerInput: 1_000_000 });
    expect(large.taskSeconds).toBeGreaterThan(PLATFORM_LIMITS.consumerSeconds);
    const slow = planPlatform({ ...TEN_MILLION, encodeMs: 500 });
    expect(slow.encoderCallSeconds).toBeGreaterThan(ENCODER_CALL_SECONDS);
    expect(slow.taskSeconds).toBeLessThan(PLATFORM_LIMITS.consumerSeconds);
    // What docs/scale.md says to do about it.
    const smaller = planPlatform({ ...TEN_MILLION, encodeMs: 500, pairsPerPart: 32 });
    expect(smaller.encoderCallSeconds).toBeLessThan(ENCODER_CALL_SECONDS);
  });

  it('is what docs/scale.md says', () => {
    const text = readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8');
    const rows = new Map(
      text.split('\n').flatMap((line) => {
        const [, name, ten, packed] = line.split('|').map((cell) => cell.trim());
        return packed === undefined ? [] : [[name, [ten, packed] as const]];
      }),
    );
    const plans = [TEN_MILLION, CORPUS].map(planPlatform);
    const whole = (count: number) => count.toLocaleString('en');
    for (const [name, told] of [
      ['steps of the Workflow, sleeps included', ({ steps }) => whole(steps)],
      ['messages', ({ messages }) => whole(messages)],
      ['a message', ({ messageBytes }) => `${messageBytes} bytes`],
      ['reads and writes of one instance', ({ subrequests }) => whole(subrequests)],
      ['the longest message: a tar of 1 GB is walked', ({ taskSeconds }) => `${taskSeconds} s`],
      ['its CPU', ({ taskCpuSeconds }) => `${taskCpuSeconds.toFixed(0)} s`],
      ['a call of 64 pictures to the encoder', ({ encoderCallSeconds }) => `${encoderCallSeconds} s`],
      [
        'CPU of a step: 50 shards fitted for the corpus',
        ({ stepCpuSeconds }) => `${stepCpuSeconds.toFixed(0)} s`,
      ],
      ['memory of a message or step', ({ memoryBytes }) => `${(memoryBytes / 1e6).toFixed(0)} MB`],
      [
        "memory of the corpus in the API's isolate",
        ({ corpusMemoryBytes }) => `${corpusMemoryBytes / 2 ** 20} MiB`,
      ],
      ['walking the tars', ({ indexSeconds }) => span(indexSeconds)],
      ['reading pictures and encoding', ({ encodeSeconds }) => span(encodeSeconds)],
      ['sampling, summing and merging', ({ sumSeconds }) => span(sumSeconds)],
      ['packing', ({ packSeconds }) => span(packSeconds)],
      ['stored in R2', ({ storedBytes }) => `${(storedBytes / 1e9).toFixed(0)} GB`],
      ['values of KV', ({ values }) => whole(values)],
      ['Queues, R2, KV and this Worker', ({ cost }) => `$${cost.total.toFixed(2)}`],
    ] satisfies [string, (plan: PlatformPlan) => string][]) {
      const cells = rows.get(name);
      expect([name, cells]).toEqual([name, plans.map((plan, i) => (cells?.[i] === '' ? '' : told(plan)))]);
    }
  });
});

function span(seconds: number): string {
  return seconds < 3_600 ? `${Math.round(seconds / 60)} minutes` : `${(seconds / 3_600).toFixed(1)} hours`;
}
