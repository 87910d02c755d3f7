import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAiImageEncoder } from '../../../src/clip/ai/image-encoder.ts';
import type { AiBinding } from '../../../src/clip/ai/client.ts';
import type { AiRoute } from '../../../src/clip/config.ts';
import { createRequestDeadline } from '../../../src/clip/request-deadline.ts';
import { AppError } from '../../../src/errors.ts';
import { DIM, fakeAi, goodAnswer, modelBehind, pictures, ROUTE, unit, type Call } from './fake-ai.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, 'error').mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function encode(ai: AiBinding, images: readonly Uint8Array[], route: Partial<AiRoute> = {}) {
  const work = createAiImageEncoder(modelBehind(ai), { ...ROUTE, ...route }, DIM).encodeImages(images);
  return vi.runAllTimersAsync().then(() => work);
}

describe('createAiImageEncoder', () => {
  it('sends as many pictures a call as the model takes and keeps their order', async () => {
    const ai = fakeAi(goodAnswer);
    const bytes = [9, 8, 7, 6, 5, 4, 3, 2, 1];
    expect(await encode(ai, pictures(...bytes))).toEqual(bytes.map((b) => unit([b, 1, 0])));
    expect(ai.calls.map(({ inputs }) => (inputs.image as string[]).length)).toEqual([4, 4, 1]);
    expect(new Set(ai.calls.map(({ model }) => model))).toEqual(new Set(['@acme/clip']));
  });

  it('makes no call for no pictures', async () => {
    const ai = fakeAi(goodAnswer);
    expect(await encode(ai, [])).toEqual([]);
    expect(ai.calls).toEqual([]);
  });

  it('sends the picture itself to a model that takes one', async () => {
    const ai = fakeAi(goodAnswer);
    await encode(ai, pictures(1, 2), { maxImages: 1 });
    expect(ai.calls.map(({ inputs }) => inputs)).toEqual([{ image: 'AQ==' }, { image: 'Ag==' }]);
  });

  it.each([
    ['base64', 'iVBORw0KGgo='],
    ['data-uri', 'data:image/png;base64,iVBORw0KGgo='],
    ['bytes', [137, 80, 78, 71, 13, 10, 26, 10]],
  ] as const)('writes a picture as %s under the configured field', async (imageInput, expected) => {
    const ai = fakeAi(() => ({ data: [[1, 0, 0]] }));
    const png = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
    await encode(ai, [png], { maxImages: 1, imageInput, imageField: 'picture' });
    expect(ai.calls[0].inputs).toEqual({ picture: expected });
    // The binding turns its inputs into JSON, where a typed array would become an object.
    expect(JSON.parse(JSON.stringify(ai.calls[0].inputs))).toEqual({ picture: expected });
  });

  it('keeps a call under the bytes the platform takes', async () => {
    const ai = fakeAi(goodAnswer);
    const big = [1, 2, 3].map((value) => new Uint8Array(3_000_000).fill(value));
    expect(await encode(ai, big)).toEqual([1, 2, 3].map((b) => unit([b, 1, 0])));
    expect(ai.calls.map(({ inputs }) => (inputs.image as string[]).length)).toEqual([2, 1]);
  });

  it('has at most four calls open at once', async () => {
    let open = 0;
    let most = 0;
    const ai = fakeAi(async (call) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 10));
      open--;
      return goodAnswer(call);
    });
    await encode(ai, pictures(...Array.from({ length: 12 }, (_, i) => i + 1)), { maxImages: 1 });
    expect(most).toBe(4);
  });

  it('never shares an options object between calls', async () => {
    const ai = fakeAi(goodAnswer);
    await Promise.all([
      encode(ai, pictures(1, 2, 3, 4, 5)),
      encode(ai, pictures(6, 7)),
      encode(ai, pictures(8)),
    ]);
    expect(ai.calls.length).toBeGreaterThanOrEqual(4);
    expect(new Set(ai.calls.map(({ options }) => options)).size).toBe(ai.calls.length);
    // The double writes its index into the options: a shared object would hold the last one for all.
    expect(ai.calls.map(({ options }) => options.seen)).toEqual(ai.calls.map((_, i) => i));
  });

  it.each([1, 2, 3, 4])('finds the bad picture at place %i and answers its neighbours', async (place) => {
    const isBad = ({ inputs }: Call) => (inputs.image as string[]).includes(btoa('\u0000'));
    const ai = fakeAi((call) => {
      if (isBad(call)) throw new Error('5004: invalid base64\n  at   decoder');
      return goodAnswer(call);
    });
    const bytes = [1, 2, 3, 4].map((b) => (b === place ? 0 : b));
    const results = await encode(ai, pictures(...bytes));
    results.forEach((result, i) => {
      if (i + 1 === place) {
        expect(result).toMatchObject({
          code: 'BAD_IMAGE',
          message: 'The AI model refused the input: invalid base64 at decoder',
        });
      } else expect(result).toEqual(unit([i + 1, 1, 0]));
    });
    // Four, two halves, and the bad half's two.
    expect(ai.calls).toHaveLength(5);
  });

  it('asks at most eleven times when a model fails for reasons unknown', async () => {
    const ai = fakeAi(() => {
      throw new Error('socket hang up');
    });
    const results = await encode(ai, pictures(...Array.from({ length: 32 }, (_, i) => i + 1)), {
      maxImages: 32,
    });
    expect(results.map((result) => result instanceof AppError && result.code)).toEqual(
      new Array(32).fill('ENCODER_FAILED'),
    );
    // Eight calls, and three that asked again.
    expect(ai.calls).toHaveLength(11);
  });

  it('finds the picture that a model leaves out of its answer', async () => {
    const ai = fakeAi((call) => {
      const list = (call.inputs.image as string[]).filter((image) => image !== btoa('\u0002'));
      return goodAnswer({ ...call, inputs: { image: list } });
    });
    const results = await encode(ai, pictures(1, 2, 3));
    expect([results[0], results[2]]).toEqual([unit([1, 1, 0]), unit([3, 1, 0])]);
    expect(results[1]).toMatchObject({
      code: 'ENCODER_FAILED',
      message: 'The AI model gave 0 vectors, expected 1',
    });
  });

  it('fails a vector that is none, and takes its neighbours from the same answer', async () => {
    const ai = fakeAi((call) => {
      const { data } = goodAnswer(call) as { data: number[][] };
      return { data: data.map((vector, i) => (i === 1 ? vector.fill(NaN) : i === 2 ? [1] : vector)) };
    });
    const results = await encode(ai, pictures(1, 2, 3, 4));
    expect([results[0], results[3]]).toEqual([unit([1, 1, 0]), unit([4, 1, 0])]);
    expect([results[1], results[2]]).toMatchObject([{ code: 'ENCODER_FAILED' }, { code: 'ENCODER_FAILED' }]);
    expect(ai.calls).toHaveLength(1);
  });

  it('shares one deadline between the batches of a request', async () => {
    const ai = fakeAi(() => new Promise(() => undefined));
    const encoder = createAiImageEncoder(modelBehind(ai), ROUTE, DIM);
    const from = Date.now();
    const deadline = createRequestDeadline();
    const first = encoder.encodeImages(pictures(1), deadline);
    await vi.advanceTimersByTimeAsync(600);
    const second = encoder.encodeImages(pictures(2), deadline).then(() => Date.now() - from);
    await vi.runAllTimersAsync();
    expect(await first).toMatchObject([{ code: 'ENCODER_TIMEOUT' }]);
    expect(await second).toBe(ROUTE.timeoutMs);
  });

  it.each([
    ['3036: you have used up your daily free allocation', 'ENCODER_QUOTA', false],
    ['5007: No such model', 'ENCODER_FAILED', false],
    ['5018: private', 'ENCODER_FAILED', false],
  ])('fails every picture alike, with one call, on %s', async (message, code, retryable) => {
    const ai = fakeAi(() => {
      throw new Error(message);
    });
    const results = await encode(ai, pictures(1, 2, 3));
    expect(results.map((result) => result instanceof AppError && [result.code, result.retryable])).toEqual(
      new Array(3).fill([code, retryable]),
    );
    expect(ai.calls).toHaveLength(1);
  });

  it.each([
    [
      'another count',
      {
        data: [
          [1, 0, 0],
          [0, 1, 0],
        ],
      },
      'The AI model gave 2 vectors, expected 1',
    ],
    ['another length', { data: [[1, 0]] }, 'The AI model gave a vector of 2 numbers, expected 3'],
    [
      'NaN as null, as JSON has it',
      { data: [[1, null, 0]] },
      'The AI model gave a vector with something other than numbers in it',
    ],
    [
      'an infinite number',
      { data: [[1, Infinity, 0]] },
      'The encoder gave a vector of length Infinity, expected a finite one above zero',
    ],
    [
      'a zero vector',
      { data: [[0, 0, 0]] },
      'The encoder gave a vector of length 0, expected a finite one above zero',
    ],
    ['another field', { embeddings: [[1, 0, 0]] }, "The AI model's answer has embeddings, expected data"],
    ['nothing', null, "The AI model's answer has null, expected data"],
    ['no list', { data: 'vectors' }, "The AI model's answer holds no list at data"],
  ])('refuses an answer with %s', async (_, answer, message) => {
    const [result] = await encode(
      fakeAi(() => answer),
      pictures(1),
    );
    expect(result).toMatchObject({ code: 'ENCODER_FAILED', message });
  });

  it.each([
    ['data', { data: [[3, 0, 4]] }],
    ['data', { data: [3, 0, 4] }],
    ['result.vectors', { result: { vectors: [[3, 0, 4]] } }],
    ['data.*.embedding', { data: [{ embedding: [3, 0, 4] }] }],
    ['*.vector', [{ vector: [3, 0, 4] }]],
  ])('finds vectors at %s and normalises them', async (path, answer) => {
    const [result] = await encode(
      fakeAi(() => answer),
      pictures(1),
      { vectorsPath: path.split('.') },
    );
    expect(result).toEqual(Float32Array.of(0.6, 0, 0.8));
  });

  it('reads an answer that comes as a stream', async () => {
    const ai = fakeAi((call) => new Response(JSON.stringify(goodAnswer(call))).body);
    expect(await encode(ai, pictures(5))).toEqual([unit([5, 1, 0])]);
  });

  it('calls a stream that is no JSON a failure of the encoder', async () => {
    const [result] = await encode(
      fakeAi(() => new Response('<html>').body),
      pictures(5),
    );
    expect(result).toMatchObject({
      code: 'ENCODER_FAILED',
      message: 'The AI model failed; the log has the cause',
    });
  });
});
