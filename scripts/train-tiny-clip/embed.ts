/**
 * Run the exported towers on prepared input, as users do: onnxruntime-node and @huggingface/tokenizers, one thread.
 *
 *   node embed.ts MODEL_FOLDER JOB_FOLDER [--full]
 *
 * Reads JOB/pixels.u8 (RGB, [count, size, size, 3]) and JOB/captions.json (strings). Writes JOB/images.f32 and
 * JOB/texts.f32 (row-major embeddings as the graphs give them), JOB/tokens.json (ids a caption) and prints timings as
 * JSON. `--full` takes the float32 graphs in place of the quantised ones.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { tell } from '../cli/messages.ts';

const IMAGE_BATCH = 32;
const TEXT_BATCH = 64;

interface Preprocessor {
  readonly crop_size: { readonly width: number };
  readonly image_mean: readonly number[];
  readonly image_std: readonly number[];
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

function openTower(modelFolder: string, tower: 'text' | 'vision', full: boolean): Promise<InferenceSession> {
  const file = join(modelFolder, 'onnx', `${tower}_model${full ? '' : '_quantized'}.onnx`);
  return InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
}

/** Float32 data of a named output; throws when the graph does not have it. */
function floats(outputs: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`the graph gave no float32 output ${name}`);
  return data;
}

/** [count, size, size, 3] bytes to a [count, 3, size, size] tensor, normalised per channel. */
function toPixelValues(bytes: Uint8Array, size: number, preprocessor: Preprocessor): Tensor {
  const plane = size * size;
  const count = bytes.length / (3 * plane);
  const values = new Float32Array(bytes.length);
  for (let image = 0; image < count; image++) {
    for (let channel = 0; channel < 3; channel++) {
      const mean = preprocessor.image_mean[channel] ?? 0;
      const std = preprocessor.image_std[channel] ?? 1;
      const target = (image * 3 + channel) * plane;
      for (let i = 0; i < plane; i++) {
        values[target + i] = ((bytes[(image * plane + i) * 3 + channel] ?? 0) / 255 - mean) / std;
      }
    }
  }
  return new Tensor('float32', values, [count, 3, size, size]);
}

async function embedImages(modelFolder: string, bytes: Uint8Array, full: boolean): Promise<Float32Array> {
  const preprocessor = readJson<Preprocessor>(join(modelFolder, 'preprocessor_config.json'));
  const size = preprocessor.crop_size.width;
  const imageBytes = 3 * size * size;
  const session = await openTower(modelFolder, 'vision', full);
  const rows: Float32Array[] = [];
  for (let start = 0; start < bytes.length; start += IMAGE_BATCH * imageBytes) {
    const part = bytes.subarray(start, start + IMAGE_BATCH * imageBytes);
    const outputs = await session.run({ pixel_values: toPixelValues(part, size, preprocessor) });
    rows.push(floats(outputs, 'image_embeds'));
  }
  return concatenate(rows);
}

/** One [batch, longest] int64 tensor and its mask. */
function toTokenTensors(ids: readonly (readonly number[])[], padId: number): { ids: Tensor; mask: Tensor } {
  const longest = Math.max(...ids.map((row) => row.length));
  const padded = new BigInt64Array(ids.length * longest).fill(BigInt(padId));
  const mask = new BigInt64Array(ids.length * longest);
  ids.forEach((row, r) => {
    row.forEach((id, i) => {
      padded[r * longest + i] = BigInt(id);
      mask[r * longest + i] = 1n;
    });
  });
  const shape = [ids.length, longest];
  return { ids: new Tensor('int64', padded, shape), mask: new Tensor('int64', mask, shape) };
}

function tokenise(modelFolder: string, captions: readonly string[]): { ids: number[][]; padId: number } {
  const settings = readJson<{ model_max_length: number }>(join(modelFolder, 'tokenizer_config.json'));
  const config = readJson<{ text_config: { eos_token_id: number } }>(join(modelFolder, 'config.json'));
  const tokenizer = new Tokenizer(readJson(join(modelFolder, 'tokenizer.json')), settings);
  const endId = config.text_config.eos_token_id;
  const ids = captions.map((caption) => {
    const row = tokenizer.encode(caption).ids;
    return row.length <= settings.model_max_length
      ? row
      : [...row.slice(0, settings.model_max_length - 1), endId];
  });
  return { ids, padId: endId };
}

async function embedTexts(
  modelFolder: string,
  ids: readonly number[][],
  padId: number,
  full: boolean,
): Promise<Float32Array> {
  const session = await openTower(modelFolder, 'text', full);
  const rows: Float32Array[] = [];
  for (let start = 0; start < ids.length; start += TEXT_BATCH) {
    const tensors = toTokenTensors(ids.slice(start, start + TEXT_BATCH), padId);
    const outputs = await session.run({ input_ids: tensors.ids, attention_mask: tensors.mask });
    rows.push(floats(outputs, 'text_embeds'));
  }
  return concatenate(rows);
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** Median milliseconds of single-item runs. */
async function medianMs(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    const start = performance.now();
    await run();
    if (i >= 10) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1] ?? Number.NaN;
}

async function measureSpeed(
  modelFolder: string,
  full: boolean,
): Promise<{ imageMs: number; textMs: number }> {
  const size = readJson<Preprocessor>(join(modelFolder, 'preprocessor_config.json')).crop_size.width;
  const vision = await openTower(modelFolder, 'vision', full);
  const pixels = new Tensor('float32', new Float32Array(3 * size * size), [1, 3, size, size]);
  const text = await openTower(modelFolder, 'text', full);
  const { ids, mask } = toTokenTensors([Array.from({ length: 8 }, (_, i) => i + 300)], 0);
  return {
    imageMs: await medianMs(() => vision.run({ pixel_values: pixels })),
    textMs: await medianMs(() => text.run({ input_ids: ids, attention_mask: mask })),
  };
}

function writeFloats(path: string, values: Float32Array): void {
  writeFileSync(path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

async function main(modelFolder: string, jobFolder: string, full: boolean): Promise<void> {
  const captions = readJson<string[]>(join(jobFolder, 'captions.json'));
  const { ids, padId } = tokenise(modelFolder, captions);
  writeFileSync(join(jobFolder, 'tokens.json'), JSON.stringify(ids));
  writeFloats(
    join(jobFolder, 'images.f32'),
    await embedImages(modelFolder, readFileSync(join(jobFolder, 'pixels.u8')), full),
  );
  writeFloats(join(jobFolder, 'texts.f32'), await embedTexts(modelFolder, ids, padId, full));
  process.stdout.write(`${JSON.stringify(await measureSpeed(modelFolder, full))}\n`);
}

const [modelFolder, jobFolder, flag] = process.argv.slice(2);
if (modelFolder === undefined || jobFolder === undefined) {
  tell('usage: node embed.ts MODEL_FOLDER JOB_FOLDER [--full]');
  process.exit(1);
}
await main(modelFolder, jobFolder, flag === '--full');
