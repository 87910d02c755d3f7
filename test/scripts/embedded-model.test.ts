import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODEL = join(ROOT, 'models/tiny-clip');

interface Preprocessor {
  readonly crop_size: { readonly width: number; readonly height: number };
}

interface Config {
  readonly text_config: { readonly bos_token_id: number; readonly eos_token_id: number };
  readonly vision_config: { readonly image_size: number; readonly patch_size: number };
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function floats(outputs: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`no float32 output ${name}`);
  return data;
}

describe('the embedded model', () => {
  let vision: InferenceSession;
  let text: InferenceSession;

  beforeAll(async () => {
    vision = await InferenceSession.create(join(MODEL, 'onnx/vision_model_quantized.onnx'));
    text = await InferenceSession.create(join(MODEL, 'onnx/text_model_quantized.onnx'));
  });

  it('is at most 12 MB, both quantised towers together', () => {
    const bytes = ['text', 'vision']
      .map((tower) => statSync(join(MODEL, `onnx/${tower}_model_quantized.onnx`)).size)
      .reduce((sum, size) => sum + size);
    expect(bytes).toBeLessThanOrEqual(12_000_000);
  });

  it('gives an image embedding that is the mean of its patch embeddings', async () => {
    const { width, height } = readJson<Preprocessor>(join(MODEL, 'preprocessor_config.json')).crop_size;
    const pixels = Float32Array.from({ length: 3 * width * height }, (_, i) => Math.sin(i / 50));
    const outputs = await vision.run({ pixel_values: new Tensor('float32', pixels, [1, 3, height, width]) });
    const image = floats(outputs, 'image_embeds');
    const patches = floats(outputs, 'patch_embeds');
    const { image_size: side, patch_size: patch } = readJson<Config>(
      join(MODEL, 'config.json'),
    ).vision_config;
    const count = (side / patch) ** 2;
    expect(patches.length).toBe(count * image.length);
    for (let d = 0; d < image.length; d++) {
      let sum = 0;
      for (let p = 0; p < count; p++) sum += patches[p * image.length + d];
      // Float32 sums of some dozens of values near 1.
      expect(Math.abs(sum / count - image[d])).toBeLessThan(1e-5);
    }
  });

  it('ignores padded tokens', async () => {
    const run = async (ids: readonly bigint[], mask: readonly bigint[]): Promise<Float32Array> => {
      const shape = [1, ids.length];
      const outputs = await text.run({
        input_ids: new Tensor('int64', BigInt64Array.from(ids), shape),
        attention_mask: new Tensor('int64', BigInt64Array.from(mask), shape),
      });
      return floats(outputs, 'text_embeds');
    };
    const { bos_token_id, eos_token_id } = readJson<Config>(join(MODEL, 'config.json')).text_config;
    const [start, end] = [BigInt(bos_token_id), BigInt(eos_token_id)];
    const plain = await run([start, 700n, end], [1n, 1n, 1n]);
    const padded = await run([start, 700n, end, end, 5n], [1n, 1n, 1n, 0n, 0n]);
    // Sums of a different length round differently: some float32 steps.
    padded.forEach((value, d) => expect(Math.abs(value - plain[d])).toBeLessThan(1e-4));
  });
});
