import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  RawImage,
  type Tensor,
} from '@xenova/transformers';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { loadEncoder, type LoadedEncoder } from '../../scripts/clip/load-encoder.ts';
import { DEFAULT_MODEL } from '../../scripts/clip/model-folder.ts';
import { cosineSimilarity } from '../../src/core/vector.ts';

const PHOTOGRAPHS = new URL('../../../shared/data/labelled-photos/images/', import.meta.url);
const havePhotographs = existsSync(PHOTOGRAPHS);
const FIXTURES = new URL('../fixtures/images/', import.meta.url);

/**
 * The kinds that transformers.js reads as we do. It does not turn pictures upright nor lay alpha over white (it drops the alpha), so
 * those kinds differ on purpose.
 */
const COMPARABLE = [
  'baseline.jpg',
  'baseline-444.jpg',
  'progressive.jpg',
  'rgb.png',
  'palette.png',
  'interlaced.png',
  'still.gif',
  'lossy.webp',
  'lossless.webp',
];

const { crop_size: CROP } = JSON.parse(
  readFileSync(path.join(DEFAULT_MODEL, 'preprocessor_config.json'), 'utf8'),
) as { crop_size: { width: number } };
const SIZE = CROP.width;

describe('agreement with transformers.js on the same model folder', () => {
  let ours: LoadedEncoder;
  let tokenizer: Awaited<ReturnType<typeof AutoTokenizer.from_pretrained>>;
  let processor: Awaited<ReturnType<typeof AutoProcessor.from_pretrained>>;
  let textModel: Awaited<ReturnType<typeof CLIPTextModelWithProjection.from_pretrained>>;
  let visionModel: Awaited<ReturnType<typeof CLIPVisionModelWithProjection.from_pretrained>>;

  beforeAll(async () => {
    env.allowRemoteModels = false;
    env.localModelPath = path.dirname(DEFAULT_MODEL);
    const id = path.basename(DEFAULT_MODEL);
    ours = await loadEncoder({ threads: 1 });
    tokenizer = await AutoTokenizer.from_pretrained(id);
    processor = await AutoProcessor.from_pretrained(id);
    textModel = await CLIPTextModelWithProjection.from_pretrained(id, { dtype: 'q8' });
    visionModel = await CLIPVisionModelWithProjection.from_pretrained(id, { dtype: 'q8' });
  });

  async function theirImage(file: URL): Promise<Float32Array> {
    const inputs: unknown = await processor(await RawImage.read(fileURLToPath(file)));
    const { image_embeds: embeds } = (await visionModel(inputs)) as { image_embeds: Tensor };
    return embeds.data as Float32Array;
  }

  async function agreement(files: readonly URL[]): Promise<number[]> {
    const cosines: number[] = [];
    for (const file of files) {
      const [vector] = await ours.images.encodeImages([new Uint8Array(readFileSync(file))]);
      if (vector instanceof Error) throw vector;
      cosines.push(cosineSimilarity(vector, await theirImage(file)));
    }
    return cosines;
  }

  function report(what: string, cosines: readonly number[]): void {
    const mean = cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
    console.info(
      `against transformers.js, ${what}: mean cosine ${mean.toFixed(5)}, lowest ${Math.min(...cosines).toFixed(5)}`,
    );
  }

  // Texts that fit: where it truncates, transformers.js 4.3.1 drops the end token, at which CLIP pools.
  it('gives the same text vectors', async () => {
    const texts = [
      'a cat',
      '',
      'A Photo  of\ttwo dogs!',
      '一只红色的猫',
      "it's 3 o'clock",
      'naïve café',
      '😀',
    ];
    const inputs = tokenizer(texts, { padding: true, truncation: true }) as { input_ids: Tensor };
    const { text_embeds: embeds } = (await textModel(inputs)) as { text_embeds: Tensor };
    const vectors = await ours.text.encodeTexts(texts);
    const cosines = vectors.map((vector, i) =>
      cosineSimilarity(
        vector,
        (embeds.data as Float32Array).subarray(i * ours.info.dim, (i + 1) * ours.info.dim),
      ),
    );
    report(`${texts.length} texts`, cosines);
    // The same ids through the same network: only the order of float32 sums differs.
    expect(Math.min(...cosines)).toBeGreaterThan(0.9999);
  });

  it('gives the same vectors of pictures that need no resizing', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'alignql-transformers-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const cosines = await agreement(
      await Promise.all(
        COMPARABLE.map(async (name) => {
          const file = path.join(folder, `${name}.png`);
          const picture = await RawImage.read(fileURLToPath(new URL(name, FIXTURES)));
          await (await picture.resize(SIZE, SIZE)).save(file);
          return pathToFileURL(file);
        }),
      ),
    );
    report(`${cosines.length} pictures of the model's own size`, cosines);
    // Equal pixels through the same network: only the order of float32 sums differs.
    expect(Math.min(...cosines)).toBeGreaterThan(0.9999);
  });

  // transformers.js shrinks by sharp's affine transform, which does not antialias as Pillow does and training did; ours
  // equals Pillow (resample.test.ts). How far the vectors part then is the network's own sensitivity to aliasing: it is
  // measured here, and the bounds only catch a picture read wrongly (swapped channels bring the lowest of 40 photographs to 0.75).
  it('stays near on pictures that are shrunk', async () => {
    const cosines = await agreement(COMPARABLE.map((name) => new URL(name, FIXTURES)));
    report(COMPARABLE.join(', '), cosines);
    expect(Math.min(...cosines)).toBeGreaterThan(0.9);
  });

  it.skipIf(!havePhotographs)('stays near on 100 photographs', async () => {
    const names = readdirSync(PHOTOGRAPHS).filter((name) => name.endsWith('.jpg'));
    const cosines = await agreement(names.map((name) => new URL(name, PHOTOGRAPHS)));
    report('100 photographs', cosines);
    expect(cosines).toHaveLength(100);
    expect(Math.min(...cosines)).toBeGreaterThan(0.85);
  });
});
