import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODEL = join(ROOT, 'models/tiny-clip');

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

  it('is at most 10 MB without the float32 graphs', () => {
    const files = readdirSync(MODEL, { recursive: true, encoding: 'utf8' });
    const bytes = files
      .filter((file) => !/onnx\/(text|vision)_model\.onnx$/.test(file))
      .reduce((sum, file) => sum + statSync(join(MODEL, file)).size, 0);
    expect(bytes).toBeLessThan(10_000_000);
  });

  it('gives an image embedding that is the mean of its patch embeddings', async () => {
    const pixels = Float32Array.from({ length: 3 * 96 * 96 }, (_, i) => Math.sin(i / 50));
    const outputs = await vision.run({ pixel_values: new Tensor('float32', pixels, [1, 3, 96, 96]) });
    const image = floats(outputs, 'image_embeds');
    const patches = floats(outputs, 'patch_embeds');
    expect(patches.length).toBe(36 * image.length);
    for (let d = 0; d < image.length; d++) {
      let sum = 0;
      for (let p = 0; p < 36; p++) sum += patches[p * image.length + d] ?? Number.NaN;
      // Float32 sums of 36 values near 1.
      expect(Math.abs(sum / 36 - (image[d] ?? Number.NaN))).toBeLessThan(1e-5);
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
    const plain = await run([7998n, 700n, 7999n], [1n, 1n, 1n]);
    const padded = await run([7998n, 700n, 7999n, 7999n, 5n], [1n, 1n, 1n, 0n, 0n]);
    // Sums of a different length round differently: some float32 steps.
    padded.forEach((value, d) => expect(Math.abs(value - (plain[d] ?? Number.NaN))).toBeLessThan(1e-4));
  });
});
