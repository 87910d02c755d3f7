import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadEncoder, type LoadedEncoder } from '../../../scripts/clip/load-encoder.ts';
import { findModel, readJson } from '../../../scripts/clip/model-folder.ts';
import { nodeDecoders, nodeOnnx } from '../../../scripts/clip/node-runtime.ts';
import type { OnnxRuntime } from '../../../src/clip/towers/onnx-session.ts';
import { createTextTower, TEXT_BATCH } from '../../../src/clip/towers/text-tower.ts';
import { IMAGE_BATCH } from '../../../src/clip/towers/loaded-tower.ts';
import { createVisionTower } from '../../../src/clip/towers/vision-tower.ts';
import { cosineSimilarity } from '../../../src/core/vector.ts';
import { AppError } from '../../../src/errors.ts';
import { readImage } from '../fixture-images.ts';

const MODEL = findModel('tiny-clip');

async function textFiles() {
  return {
    model: new Uint8Array(await readFile(MODEL.textModel)),
    tokenizer: await readJson(MODEL.tokenizer),
    tokenizerConfig: MODEL.tokenizerConfig === null ? null : await readJson(MODEL.tokenizerConfig),
    config: await readJson(MODEL.config),
  };
}

interface Feed {
  readonly data: BigInt64Array;
  readonly dims: readonly number[];
}

function norm(vector: Float32Array): number {
  return Math.hypot(...vector);
}

describe('the vision tower', () => {
  let encoder: LoadedEncoder;
  beforeAll(async () => {
    encoder = await loadEncoder({ threads: 1 });
  });

  it('fails a bad picture alone and keeps the order of the rest', async () => {
    const names = ['rgb.png', 'truncated.jpg', 'grey.jpg', 'bomb-header.png', 'alpha.webp'];
    const results = await encoder.images.encodeImages(names.map(readImage));
    expect(results.map((result) => (result instanceof AppError ? result.code : 'vector'))).toEqual([
      'vector',
      'BAD_IMAGE',
      'vector',
      'IMAGE_TOO_LARGE',
      'vector',
    ]);
    for (const [i, name] of names.entries()) {
      const result = results[i];
      if (result instanceof AppError) continue;
      const [alone] = await encoder.images.encodeImages([readImage(name)]);
      expect(result).toHaveLength(encoder.info.dim);
      // float32 rounding of 256 coordinates.
      expect(norm(result)).toBeCloseTo(1, 5);
      // The batch must not change a vector; only the order of float32 sums may.
      expect(alone instanceof AppError ? 0 : cosineSimilarity(result, alone)).toBeGreaterThan(0.99999);
    }
  });

  it('splits a long list into runs', async () => {
    const picture = readImage('rgb.png');
    const results = await encoder.images.encodeImages(new Array<Uint8Array>(IMAGE_BATCH + 3).fill(picture));
    expect(results).toHaveLength(IMAGE_BATCH + 3);
    for (const result of results) expect(result).toBeInstanceOf(Float32Array);
  });

  it('gives nothing for nothing, and only errors for only bad pictures', async () => {
    expect(await encoder.images.encodeImages([])).toEqual([]);
    const [result] = await encoder.images.encodeImages([new Uint8Array(0)]);
    expect(result).toMatchObject({ code: 'BAD_IMAGE' });
  });

  it('says so when the model does not give the declared vectors', async () => {
    const tower = createVisionTower(
      async () => ({
        runtime: nodeOnnx(1),
        files: {
          model: await readFile(MODEL.visionModel),
          preprocessor: await readJson(MODEL.preprocessor),
          config: await readJson(MODEL.config),
        },
        decoders: await nodeDecoders(),
      }),
      encoder.info.dim + 1,
    );
    await expect(tower.encodeImages([readImage('rgb.png')])).rejects.toMatchObject({
      code: 'ENCODER_FAILED',
      message: `The model gave an output of shape [1, ${encoder.info.dim}], expected [1, ${encoder.info.dim + 1}]`,
    });
  });
});

describe('the text tower', () => {
  it('loads once for concurrent first texts, and tries again after a failure', async () => {
    let loads = 0;
    const tower = createTextTower(async () => {
      if (++loads === 1) throw new Error('disk on fire');
      return { runtime: nodeOnnx(1), files: await textFiles() };
    }, 256);
    expect(loads).toBe(0);
    const log = vi.spyOn(console, 'error').mockReturnValue();
    await expect(tower.encodeTexts(['a'])).rejects.toMatchObject({
      code: 'ENCODER_FAILED',
      message: 'The encoder could not run; the log has the cause',
    });
    expect(log.mock.calls).toEqual([['The encoder could not run:', new Error('disk on fire')]]);
    log.mockRestore();
    const vectors = await Promise.all([
      tower.encodeTexts(['a cat']),
      tower.encodeTexts(['a cat']),
      tower.encodeTexts(['a cat']),
    ]);
    expect(loads).toBe(2);
    expect(vectors[1]).toEqual(vectors[0]);
  });

  it('encodes a list in runs of the batch size, in order', async () => {
    let runs = 0;
    const native = nodeOnnx(1);
    const counting: OnnxRuntime = {
      createTensor: native.createTensor,
      async createSession(model) {
        const session = await native.createSession(model);
        return {
          inputNames: session.inputNames,
          outputNames: session.outputNames,
          run: (feeds, fetches) => (runs++, session.run(feeds, fetches)),
        };
      },
    };
    const tower = createTextTower(async () => ({ runtime: counting, files: await textFiles() }), 256);
    const texts = Array.from({ length: TEXT_BATCH + 5 }, (_, i) => `picture number ${i}`);
    const vectors = await tower.encodeTexts(texts);
    expect(runs).toBe(2);
    const [last] = await tower.encodeTexts(texts.slice(-1));
    expect(cosineSimilarity(vectors[vectors.length - 1], last)).toBeGreaterThan(0.99999);
  });

  it('runs texts of like length together when they do not fit one run', async () => {
    const lengths: number[] = [];
    const echoing: OnnxRuntime = {
      createTensor: (data, dims) => ({ data, dims }),
      createSession: () =>
        Promise.resolve({
          inputNames: ['input_ids'],
          outputNames: ['text_embeds'],
          run(feeds) {
            const { data, dims } = (feeds as unknown as Record<'input_ids', Feed>).input_ids;
            const [count, length] = dims;
            lengths.push(length);
            // The second and third token, by which the texts below are told apart.
            const told = Array.from({ length: count }, (_, row) => [
              Number(data[row * length + 1]),
              Number(data[row * length + 2]),
            ]);
            return Promise.resolve({
              text_embeds: { data: Float32Array.from(told.flat()), dims: [count, 2] },
            });
          },
        }),
    };
    const tower = createTextTower(async () => ({ runtime: echoing, files: await textFiles() }), 2);
    const long = (i: number): string => `${i} ${'and so on '.repeat(20)}`;
    const texts = Array.from({ length: 2 * TEXT_BATCH }, (_, i) => (i % 2 === 0 ? long(i) : `${i}`));
    const vectors = await tower.encodeTexts(texts);
    const alone = await Promise.all(texts.map(async (text) => (await tower.encodeTexts([text]))[0]));
    expect(vectors).toEqual(alone);
    const [shortRun, longRun] = lengths;
    expect(longRun).toBe(32);
    expect(shortRun).toBeLessThan(8);
  });

  it('feeds a model only the inputs that it declares', async () => {
    const fed: string[][] = [];
    const idsOnly: OnnxRuntime = {
      createTensor: (data, dims) => ({ data, dims }),
      createSession: () =>
        Promise.resolve({
          inputNames: ['input_ids'],
          outputNames: ['text_embeds', 'last_hidden_state'],
          run(feeds, fetches) {
            fed.push(Object.keys(feeds), [...fetches]);
            return Promise.resolve({ text_embeds: { data: Float32Array.of(3, 4), dims: [1, 2] } });
          },
        }),
    };
    const tower = createTextTower(async () => ({ runtime: idsOnly, files: await textFiles() }), 2);
    expect(await tower.encodeTexts(['a'])).toEqual([Float32Array.of(0.6, 0.8)]);
    expect(fed).toEqual([['input_ids'], ['text_embeds']]);
  });

  it.each([
    [{ inputNames: ['pixel_values'], outputNames: ['text_embeds'] }, /wants an input pixel_values/],
    [
      { inputNames: ['input_ids'], outputNames: ['pooler_output'] },
      /gives pooler_output, expected an output text_embeds/,
    ],
  ])('says what a model that is no text tower lacks: %o', async (names, message) => {
    const runtime: OnnxRuntime = {
      createTensor: (data) => data,
      createSession: () => Promise.resolve({ ...names, run: () => Promise.resolve({}) }),
    };
    const tower = createTextTower(async () => ({ runtime, files: await textFiles() }), 256);
    await expect(tower.encodeTexts(['a'])).rejects.toThrow(message);
  });
});
