import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAiImageEncoder } from '../../../src/clip/ai/image-encoder.ts';
import { runContract } from '../../../src/clip/encoder-contract.ts';
import type { PatchExplainer, PatchHeat, PatchQuestion } from '../../../src/clip/patches.ts';
import { readPatchHeat, readPatchQuestion, writePatchHeat } from '../../../src/clip/remote/patches-wire.ts';
import { AppError } from '../../../src/errors.ts';
import { ROUTE, modelBehind } from '../ai/fake-ai.ts';

const DIM = 3;
const INFO = { id: ROUTE.model, dim: DIM, fingerprint: 'e'.repeat(64) };
const HEAT: PatchHeat = {
  method: 'SHARES',
  rows: 2,
  columns: 3,
  values: Float32Array.of(0.1, -0.25, 1e-20, 3, 0, -0),
  seen: { left: 0.125, top: 0, width: 0.75, height: 1 },
  preview: { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 253, 254, 255) },
};
const QUESTION: PatchQuestion = { direction: Float32Array.of(0.5, 0, -40), method: 'SHARES' };
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

// A failure that may pass is logged at each try.
beforeEach(() => void vi.spyOn(console, 'error').mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

/** A route to an encoder that is served in this very process. */
function remote(explainImage: PatchExplainer['explainImage'] | null) {
  const encoder = {
    info: INFO,
    maxPixelPasses: 1e8,
    text: { encodeTexts: () => Promise.resolve([]) },
    images: {
      encodeImages: () => Promise.resolve([]),
      patches: () =>
        Promise.resolve(explainImage && { methods: ['SHARES' as const, 'GRAD_CAM' as const], explainImage }),
    },
  };
  const calls: object[] = [];
  const binding = {
    run: (model: string, inputs: object) => {
      calls.push(inputs);
      // As JSON, which is what the platform's binding makes of it.
      return runContract(encoder, model, JSON.parse(JSON.stringify(inputs)));
    },
  };
  const images = createAiImageEncoder(modelBehind(binding), { ...ROUTE, hasPatches: true }, DIM);
  return { patches: async () => (await images.patches?.()) ?? null, calls };
}

describe('an encoder behind the AI binding', () => {
  it('is asked once what it can do, and hands over question and heat map to the bit', async () => {
    const asked: [Uint8Array, PatchQuestion][] = [];
    const { patches, calls } = remote((image, question) => {
      asked.push([image, question]);
      return Promise.resolve(HEAT);
    });
    await patches();
    const explainer = await patches();
    expect(calls).toEqual([{ patches: true }]);
    expect(explainer?.methods).toEqual(['SHARES', 'GRAD_CAM']);
    expect(await explainer?.explainImage(PNG, QUESTION)).toEqual(HEAT);
    expect(asked).toEqual([[PNG, QUESTION]]);
  });

  it('has none where it says so, or where it is another model, which is not asked', async () => {
    expect(await remote(null).patches()).toBeNull();
    const other = createAiImageEncoder(
      modelBehind({ run: () => Promise.reject(new Error('asked')) }),
      ROUTE,
      DIM,
    );
    expect(await other.patches?.()).toBeNull();
  });

  it('gives the error of a picture, and throws the failure of the encoder', async () => {
    const bad = await remote(() => Promise.resolve(new AppError('BAD_IMAGE', 'no picture'))).patches();
    expect(await bad?.explainImage(PNG, QUESTION)).toMatchObject({ code: 'BAD_IMAGE' });
    const down = await remote(() => Promise.reject(new AppError('ENCODER_FAILED', 'no memory'))).patches();
    await expect(down?.explainImage(PNG, QUESTION)).rejects.toMatchObject({ code: 'ENCODER_FAILED' });
  });
});

describe('readPatchHeat', () => {
  const good = writePatchHeat(HEAT);

  it.each([
    ['nothing', undefined, 'the whole'],
    ['another method', { ...good, method: 'GRAD_CAM' }, 'by "GRAD_CAM", expected SHARES'],
    ['a grid of another size', { ...good, rows: 3 }, 'no heat map of 9 finite numbers'],
    [
      'a number that is not finite',
      { ...good, values: writePatchHeat({ ...HEAT, values: HEAT.values.with(2, NaN) }).values },
      'of 6 finite numbers',
    ],
    ['a picture of another size', { ...good, preview: { ...good.preview, width: 3 } }, 'no picture'],
    ['a part beyond the picture', { ...good, seen: { ...HEAT.seen, left: 2 } }, 'seen.left'],
  ])('refuses %s', (_, given, message) => {
    expect(() => readPatchHeat(given, 'SHARES', 'The encoder')).toThrow(message);
  });
});

describe('readPatchQuestion', () => {
  it.each([
    [{ direction: 'AAAA', method: 'SHARES' }, 'base64 of 3 finite float32 numbers'],
    [{ direction: '', method: 'AUTO' }, 'expected method as one of SHARES, MASKCLIP'],
    [true, 'patches: '],
  ])('refuses %j', (given, message) => {
    expect(() => readPatchQuestion(given, DIM)).toThrow(message);
  });
});
