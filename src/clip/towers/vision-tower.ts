import { AppError } from '../../errors.ts';
import { createImageDecoder, type DecoderModules } from '../images/decode-image.ts';
import type { ImageEncoder } from '../image-encoder.ts';
import { DEFAULT_MAX_PIXELS } from '../images/image-limits.ts';
import { readPreprocessing, resizeAndCrop } from '../images/preprocess.ts';
import type { RgbImage } from '../images/resample.ts';
import { readModelConfig } from '../model-family.ts';
import { lazy } from '../lazy.ts';
import { encodePictures, type LoadedTower, piecesOf, readPicture, type RegionFiles } from './loaded-tower.ts';
import type { ExternalData, OnnxRuntime } from './onnx-session.ts';
import { createPatchExplainer } from './patch-explainer.ts';
import { asEncoderFailure } from './text-tower.ts';

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
  /** How its last block becomes a heat map, where that was worked out. Left out, or null: by what the model itself gives. */
  readonly regions?: () => Promise<RegionFiles | null>;
}

/** A vision tower's files, and what runs them and reads pictures. */
export interface VisionTowerParts {
  readonly runtime: OnnxRuntime;
  readonly files: VisionTowerFiles;
  readonly decoders: DecoderModules;
}

/** A vision tower that is ready. */
export async function openTower(
  { runtime, files, decoders }: VisionTowerParts,
  limits: LoadedTower['limits'],
): Promise<LoadedTower> {
  return {
    runtime,
    preprocessing: readPreprocessing(files.preprocessor),
    family: readModelConfig(files.config).family,
    session: await runtime.createSession(files.model, files.externalData),
    decode: createImageDecoder(decoders),
    regions: files.regions ?? (async () => null),
    limits,
  };
}

/**
 * An image encoder that runs where it is called: decoding, preprocessing and the network. Nothing is loaded before the first
 * picture comes.
 * @param dim what the encoder is declared to give, checked against what the model gives
 * @param maxPixels stored pixels above which a picture is refused undecoded
 * @param maxAvifPixels the same for an AVIF, which takes more memory a pixel
 */
export function createVisionTower(
  load: () => Promise<VisionTowerParts>,
  dim: number,
  maxPixels = DEFAULT_MAX_PIXELS,
  maxAvifPixels = maxPixels / 2,
): ImageEncoder {
  const limits = { maxPixels, maxAvifPixels };
  const tower = lazy(async () => openTower(await load(), limits));
  return {
    patches: lazy(async () => createPatchExplainer(await asEncoderFailure(tower()), dim)),
    async encodeImages(images) {
      if (images.length === 0) return [];
      const loaded = await asEncoderFailure(tower());
      const { images: together, run } = piecesOf(loaded);
      const results: (Float32Array | AppError)[] = [];
      for (let from = 0; from < images.length; from += together) {
        const pictures: (RgbImage | AppError)[] = [];
        for (const bytes of images.slice(from, from + together)) {
          pictures.push(
            await run(() => readPicture(loaded, bytes, (rows) => resizeAndCrop(rows, loaded.preprocessing))),
          );
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
