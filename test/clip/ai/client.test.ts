import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAiTextEncoder } from '../../../src/clip/ai/text-encoder.ts';
import { type AiBinding, type AiClient, createAiClient } from '../../../src/clip/ai/client.ts';
import { fakeAi, goodAnswer, modelBehind, ROUTE, unit } from './fake-ai.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function clientOf(ai: AiBinding, timeoutMs: number): AiClient {
  return createAiClient(modelBehind(ai), Date.now() + timeoutMs, timeoutMs);
}

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
    const { outcome, ms } = await settle(clientOf(ai, 5000).run({}));
    expect(outcome).toEqual({ data: 'fine' });
    // Half of 200, 400 and 800 ms: chance is 0.5 here.
    expect(ms).toBe(100 + 200 + 400);
    expect(new Set(ai.calls.map(({ options }) => options)).size).toBe(4);
  });

  it('gives up on capacity errors when the next wait would pass the deadline', async () => {
    const ai = fakeAi(() => {
      throw BUSY;
    });
    const { outcome, ms } = await settle(clientOf(ai, 1000).run({}));
    expect(outcome).toMatchObject({ code: 'ENCODER_BUSY', retryable: true });
    expect(ms).toBe(100 + 200 + 400);
    expect(ai.calls).toHaveLength(4);
  });

  it('stops waiting for a model that never answers', async () => {
    const ai = fakeAi(() => new Promise(() => undefined));
    const { outcome, ms } = await settle(clientOf(ai, 1000).run({}));
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
    const { outcome, ms } = await settle(clientOf(ai, 1000).run({}));
    expect(outcome).toMatchObject({ code: 'ENCODER_TIMEOUT' });
    expect(ms).toBe(1000);
  });

  it('leaves no timer behind after an answer', async () => {
    const work = clientOf(fakeAi(goodAnswer), 60_000).run({ text: ['a'] });
    await work;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('turns a binding that throws at once into an encoder failure', async () => {
    const ai = {
      run(): Promise<unknown> {
        throw new TypeError('internal detail');
      },
    };
    const { outcome } = await settle(clientOf(ai, 1000).run({}));
    expect(outcome).toMatchObject({
      code: 'ENCODER_FAILED',
      message: 'The AI model failed; the log has the cause',
    });
  });

  it.each([
    ['a time-out of the platform', () => new Error('3007: Request timeout'), 3],
    ['an aborted call', () => new Error('3008: Aborted'), 3],
    ['a page of HTML in place of an error', () => new Error('<html><title>502 Bad Gateway</title>'), 2],
    ['a lost connection', () => new Error('Network connection lost.'), 2],
    ['an internal error of the model', () => new Error('3043: Internal server error'), 2],
  ])('asks again after %s', async (_, error, failures) => {
    const ai = fakeAi((call, index) => {
      if (index < failures) throw error();
      return goodAnswer(call);
    });
    const { outcome } = await settle(clientOf(ai, 5000).run({ text: ['a'] }));
    expect(outcome).toEqual(goodAnswer(ai.calls[failures]));
    expect(ai.calls).toHaveLength(failures + 1);
  });

  it('asks three times where the failure is of unknown kind, and thrice again in all of a request', async () => {
    const ai = fakeAi(() => {
      throw new Error('Network connection lost.');
    });
    const client = clientOf(ai, 60_000);
    expect((await settle(client.run({}))).outcome).toMatchObject({ code: 'ENCODER_FAILED' });
    expect(ai.calls).toHaveLength(3);
    await settle(client.run({}));
    expect(ai.calls).toHaveLength(5);
    await settle(client.run({}));
    expect(ai.calls).toHaveLength(6);
  });

  it.each([
    ['3036: Account limited', 'ENCODER_QUOTA', 'The daily quota of the AI model is used up'],
    ['5004: Invalid base64', 'BAD_IMAGE', 'The AI model refused the input: Invalid base64'],
    [
      'InferenceUpstreamError: 5004: Invalid base64',
      'BAD_IMAGE',
      'The AI model refused the input: Invalid base64',
    ],
    ['3006: Request too large', 'BAD_IMAGE', 'The AI model refused the input: Request too large'],
    [
      '5007: No such model @acme/clip or task',
      'ENCODER_FAILED',
      'The AI model of this deployment does not exist; the log has the cause',
    ],
    ...['5018: not allowed', '3041: private model', '5035: needs Paid', '3023: blocked'].map((message) => [
      message,
      'ENCODER_FAILED',
      'This deployment may not use its AI model; the log has the cause',
    ]),
  ])(
    'never asks again after %s, and leaves what the operator must do to the log',
    async (message, code, told) => {
      const error = new Error(message);
      const ai = fakeAi(() => {
        throw error;
      });
      const { outcome } = await settle(clientOf(ai, 1000).run({}));
      expect(outcome).toMatchObject({ code, message: told, cause: error });
      const logged = vi.mocked(console.error).mock.calls;
      if (code === 'ENCODER_FAILED') expect(logged).toEqual([[expect.stringContaining(ROUTE.model), error]]);
      else expect(logged).toEqual([]);
      expect(ai.calls).toHaveLength(1);
    },
  );

  it.each(['9999: secret host 10.0.0.1', 'socket 5004: gone'])(
    'tells the caller nothing of %s',
    async (text) => {
      const ai = fakeAi(() => {
        throw new Error(text);
      });
      const { outcome } = await settle(clientOf(ai, 1000).run({}));
      expect(outcome).toMatchObject({
        code: 'ENCODER_FAILED',
        message: 'The AI model failed; the log has the cause',
      });
    },
  );

  it('ends a stream that it waits for no longer', async () => {
    let isCancelled = false;
    const endless = new ReadableStream({
      cancel: () => void (isCancelled = true),
    });
    const { outcome, ms } = await settle(
      clientOf(
        fakeAi(() => endless),
        1000,
      ).run({}),
    );
    expect(outcome).toMatchObject({ code: 'ENCODER_TIMEOUT' });
    expect([ms, isCancelled]).toEqual([1000, true]);
  });
});

describe('createAiTextEncoder', () => {
  it('sends texts in calls of the configured size and keeps their order', async () => {
    const ai = fakeAi(goodAnswer);
    const vectors = await createAiTextEncoder(modelBehind(ai), ROUTE, 3).encodeTexts(['a', 'bb', 'ccc']);
    expect(vectors).toEqual([unit([1, 1, 0]), unit([2, 1, 0]), unit([3, 1, 0])]);
    expect(ai.calls.map(({ inputs }) => inputs)).toEqual([{ text: ['a', 'bb'] }, { text: ['ccc'] }]);
  });

  it('makes no call for no texts', async () => {
    const ai = fakeAi(goodAnswer);
    expect(await createAiTextEncoder(modelBehind(ai), ROUTE, 3).encodeTexts([])).toEqual([]);
    expect(ai.calls).toEqual([]);
  });

  it('never speaks of an image when the model refuses a text', async () => {
    const ai = fakeAi(() => {
      throw new Error('5004: text too long');
    });
    expect(await createAiTextEncoder(modelBehind(ai), ROUTE, 3).encodeTexts(['a'])).toMatchObject([
      { code: 'ENCODER_FAILED', message: 'The AI model refused the input: text too long' },
    ]);
  });

  it('fails the text that is refused, and answers its neighbours', async () => {
    const ai = fakeAi((call) => {
      if ((call.inputs.text as string[]).includes('bad')) throw new Error('5006: bad text');
      return goodAnswer(call);
    });
    const results = await createAiTextEncoder(modelBehind(ai), ROUTE, 3).encodeTexts(['a', 'bad', 'ccc']);
    expect(results[1]).toMatchObject({ code: 'ENCODER_FAILED' });
    expect([results[0], results[2]]).toEqual([unit([1, 1, 0]), unit([3, 1, 0])]);
  });
});
