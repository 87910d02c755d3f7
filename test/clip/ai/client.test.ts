import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAiClient } from '../../../src/clip/ai/client.ts';
import { createAiTextEncoder } from '../../../src/clip/ai/text-encoder.ts';
import { fakeAi, goodAnswer, ROUTE, TIMING, unit } from './fake-ai.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const BUSY = new Error('3040: Capacity temporarily exceeded, please try again.');

/** Resolves to the value or the error, and the milliseconds it took by the fake clock. */
async function settle(work: Promise<unknown>): Promise<{ outcome: unknown; ms: number }> {
  const from = Date.now();
  let ms = 0;
  const outcome = work.catch((error: unknown) => error).finally(() => (ms = Date.now() - from));
  await vi.runAllTimersAsync();
  return { outcome: await outcome, ms };
}

describe('createAiClient', () => {
  it('asks again after a capacity error, waiting longer each time', async () => {
    const ai = fakeAi((_, index) => {
      if (index < 3) throw BUSY;
      return { data: 'fine' };
    });
    const { outcome, ms } = await settle(createAiClient(ai, 'm', 5000, TIMING).run({}));
    expect(outcome).toEqual({ data: 'fine' });
    // Half of 200, 400 and 800 ms: chance is 0.5 here.
    expect(ms).toBe(100 + 200 + 400);
    expect(new Set(ai.calls.map(({ options }) => options)).size).toBe(4);
  });

  it('gives up on capacity errors when the next wait would pass the deadline', async () => {
    const ai = fakeAi(() => {
      throw BUSY;
    });
    const { outcome, ms } = await settle(createAiClient(ai, 'm', 1000, TIMING).run({}));
    expect(outcome).toMatchObject({ code: 'ENCODER_BUSY', retryable: true });
    expect(ms).toBe(100 + 200 + 400);
    expect(ai.calls).toHaveLength(4);
  });

  it('stops waiting for a model that never answers', async () => {
    const ai = fakeAi(() => new Promise(() => undefined));
    const { outcome, ms } = await settle(createAiClient(ai, 'm', 1000, TIMING).run({}));
    expect(outcome).toMatchObject({
      code: 'ENCODER_TIMEOUT',
      message: 'The AI model did not answer within 1000 ms',
    });
    expect(ms).toBe(1000);
  });

  it('counts the time of earlier attempts and calls towards one deadline', async () => {
    const ai = fakeAi(async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      if (index === 0) throw BUSY;
      return new Promise(() => undefined);
    });
    const { outcome, ms } = await settle(createAiClient(ai, 'm', 1000, TIMING).run({}));
    expect(outcome).toMatchObject({ code: 'ENCODER_TIMEOUT' });
    expect(ms).toBe(1000);
  });

  it('leaves no timer behind after an answer', async () => {
    const work = createAiClient(fakeAi(goodAnswer), 'm', 60_000, TIMING).run({ text: ['a'] });
    await work;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('turns a binding that throws at once into an encoder failure', async () => {
    const ai = {
      run(): Promise<unknown> {
        throw new TypeError('internal detail');
      },
    };
    const { outcome } = await settle(createAiClient(ai, 'm', 1000, TIMING).run({}));
    expect(outcome).toMatchObject({
      code: 'ENCODER_FAILED',
      message: 'The AI model failed; the log has the cause',
    });
  });

  it.each([
    ['3007: Request timeout', 'ENCODER_TIMEOUT', 'The AI model took too long'],
    ['3036: Account limited', 'ENCODER_QUOTA', "The account's daily Workers AI quota is used up"],
    ['5004: Invalid base64', 'BAD_IMAGE', 'The AI model refused the input: Invalid base64'],
    [
      'InferenceUpstreamError: 5004: Invalid base64',
      'BAD_IMAGE',
      'The AI model refused the input: Invalid base64',
    ],
    [
      '5007: No such model @acme/clip or task',
      'ENCODER_FAILED',
      'There is no AI model m: set AI_MODEL to one of your account',
    ],
    [
      '5018: This account is not allowed to access this model',
      'ENCODER_FAILED',
      'This account may not use the private AI model m',
    ],
    ['3041: private model', 'ENCODER_FAILED', 'This account may not use the private AI model m'],
    ['9999: secret host 10.0.0.1', 'ENCODER_FAILED', 'The AI model failed; the log has the cause'],
    ['socket 5004: gone', 'ENCODER_FAILED', 'The AI model failed; the log has the cause'],
  ])('reads %s', async (message, code, told) => {
    const error = new Error(message);
    const ai = fakeAi(() => {
      throw error;
    });
    const { outcome } = await settle(createAiClient(ai, 'm', 1000, TIMING).run({}));
    expect(outcome).toMatchObject({ code, message: told, cause: error });
    // The operator's business goes to the log, the caller's does not.
    expect(vi.mocked(console.error).mock.calls).toEqual(
      code === 'ENCODER_FAILED' ? [['AI.run(m):', error]] : [],
    );
    expect(ai.calls).toHaveLength(1);
  });
});

describe('createAiTextEncoder', () => {
  it('sends texts in calls of the configured size and keeps their order', async () => {
    const ai = fakeAi(goodAnswer);
    const vectors = await createAiTextEncoder(ai, ROUTE, 3, TIMING).encodeTexts(['a', 'bb', 'ccc']);
    expect(vectors).toEqual([unit([1, 1, 0]), unit([2, 1, 0]), unit([3, 1, 0])]);
    expect(ai.calls.map(({ inputs }) => inputs)).toEqual([{ text: ['a', 'bb'] }, { text: ['ccc'] }]);
  });

  it('makes no call for no texts', async () => {
    const ai = fakeAi(goodAnswer);
    expect(await createAiTextEncoder(ai, ROUTE, 3, TIMING).encodeTexts([])).toEqual([]);
    expect(ai.calls).toEqual([]);
  });

  it('never speaks of an image when the model refuses a text', async () => {
    const ai = fakeAi(() => {
      throw new Error('5004: text too long');
    });
    const work = createAiTextEncoder(ai, ROUTE, 3, TIMING).encodeTexts(['a']);
    await expect(work).rejects.toMatchObject({
      code: 'ENCODER_FAILED',
      message: 'The AI model refused the input: text too long',
    });
  });
});
