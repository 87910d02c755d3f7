import { AppError } from '../../errors.ts';
import {
  createImageDecoder,
  type DecodeOptions,
  type DecoderModules,
  type ImageDecoder,
} from '../images/decode-image.ts';
import type { ImageEncoder } from '../image-encoder.ts';
import { DEFAULT_MAX_PIXELS } from '../images/image-limits.ts';
import { lazy } from './lazy.ts';
import { fixedDimension, runModel } from './onnx-session.ts';
import type { ExternalData, NamedTensor, OnnxRuntime, OnnxSession } from './onnx-session.ts';
import { readModelConfig, type ModelFamily } from '../model-family.ts';
import {
  neededShortSide,
  readPreprocessing,
  resizeAndCrop,
  writePixelValues,
  type Preprocessing,
} from '../images/preprocess.ts';
import type { RgbImage } from '../images/resample.ts';
import { asEncoderFailure, checkDims } from './text-tower.ts';
import { toUnitVectors } from '../unit-vectors.ts';

/** What a vision tower is made of. */
export interface VisionTowerFiles {
  /** vision_model.onnx: pixel_values float32 [batch, 3, height, width] -> what the family calls it, [batch, dim]. */
  readonly model: Uint8Array;
  /** Left out: the weights are in the model. */
  readonly externalData?: readonly ExternalData[];
  /** config.json, parsed: it names the family. */
  readonly config: unknown;
  /** preprocessor_config.json, parsed. */
  readonly preprocessor: unknown;
}

/** Pictures in one run at most: bounds the activations' memory. */
export const IMAGE_BATCH = 16;

type PixelLimits = Omit<DecodeOptions, 'shortSide'>;

interface LoadedTower {
  readonly runtime: OnnxRuntime;
  readonly session: OnnxSession;
  readonly preprocessing: Preprocessing;
  readonly decode: ImageDecoder;
  readonly family: ModelFamily;
}

/**
 * An image encoder that runs where it is called: decoding, preprocessing and the network. Nothing is loaded before the first
 * picture comes.
 * @param dim what the encoder is declared to give, checked against what the model gives
 * @param maxPixels stored pixels above which a picture is refused undecoded
 * @param maxAvifPixels the same for an AVIF, which takes more memory a pixel
 */
export function createVisionTower(
  load: () => Promise<{
    readonly runtime: OnnxRuntime;
    readonly files: VisionTowerFiles;
    readonly decoders: DecoderModules;
  }>,
  dim: number,
  maxPixels = DEFAULT_MAX_PIXELS,
  maxAvifPixels = maxPixels / 2,
): ImageEncoder {
  const limits = { maxPixels, maxAvifPixels };
  const tower = lazy(async (): Promise<LoadedTower> => {
    const { runtime, files, decoders } = await load();
    const preprocessing = readPreprocessing(files.preprocessor);
    return {
      runtime,
      preprocessing,
      family: readModelConfig(files.config).family,
      session: await runtime.createSession(files.model, files.externalData),
      decode: createImageDecoder(decoders),
    };
  });
  return {
    async encodeImages(images) {
      if (images.length === 0) return [];
      const loaded = await asEncoderFailure(tower());
      const { images: together, run } = loaded.runtime.pieces ?? WHOLE;
      const results: (Float32Array | AppError)[] = [];
      for (let from = 0; from < images.length; from += together) {
        const pictures: (RgbImage | AppError)[] = [];
        for (const bytes of images.slice(from, from + together)) {
          pictures.push(await run(() => readPicture(loaded, bytes, limits)));
        }
        const good = pictures.filter((picture): picture is RgbImage => !(picture instanceof AppError));
        const vectors =
          good.length === 0 ? [] : await asEncoderFailure(run(() => encodePictures(loaded, good, dim)));
        let next = 0;
        results.push(...pictures.map((picture) => (picture instanceof AppError ? picture : vectors[next++])));
      }
      return results;
    },
  };
}

const WHOLE = {
  images: IMAGE_BATCH,
  run: async <T>(work: () => T | Promise<T>): Promise<T> => work(),
};

async function readPicture(
  { decode, preprocessing }: LoadedTower,
  bytes: Uint8Array,
  limits: PixelLimits,
): Promise<RgbImage | AppError> {
  try {
    const options = { ...limits, shortSide: neededShortSide(preprocessing) };
    return await decode(bytes, options, (rows) => resizeAndCrop(rows, preprocessing));
  } catch (error) {
    if (error instanceof AppError) return error;
    // A decoder may fail on hostile bytes in ways nobody foresaw; that harms this picture only.
    return new AppError('BAD_IMAGE', 'The image cannot be decoded: its data is damaged', { cause: error });
  }
}

async function encodePictures(
  tower: LoadedTower,
  pictures: readonly RgbImage[],
  dim: number,
): Promise<Float32Array[]> {
  const { preprocessing, runtime, session, family } = tower;
  const { width, height } = preprocessing.output;
  const elements = 3 * width * height;
  const data = new Float32Array(pictures.length * elements);
  pictures.forEach((picture, i) => writePixelValues(picture, preprocessing, data, i * elements));
  const inputs = {
    pixel_values: { data, dims: [pictures.length, 3, height, width] },
    ...(family.mayBeJoint ? { input_ids: shortestTexts(session, pictures.length) } : {}),
  };
  const output = await runModel(runtime, session, inputs, family.imageOutputs);
  checkDims(output.dims, pictures.length, dim);
  return toUnitVectors(output.data, pictures.length, dim);
}

/** A graph of both towers wants texts too, and as many: each of one token. Source: transformers.js, JinaCLIPModel. */
function shortestTexts(session: OnnxSession, count: number): NamedTensor {
  const length = fixedDimension(session, 'input_ids', 1) ?? 1;
  return { data: new BigInt64Array(count * length).fill(1n), dims: [count, length] };
}
