import { AppError } from '../../errors.ts';
import type { DecodeOptions, ImageDecoder } from '../images/decode-image.ts';
import { neededShortSide, type Preprocessing, writePixelValues } from '../images/preprocess.ts';
import type { RgbRows } from '../images/raster.ts';
import type { RgbImage } from '../images/resample.ts';
import type { ModelFamily } from '../model-family.ts';
import type { PatchMethod, PatchQuestion } from '../patches.ts';
import { toUnitVectors } from '../unit-vectors.ts';
import {
  type ExternalData,
  fixedDimension,
  type FloatOutput,
  type NamedTensor,
  type OnnxRuntime,
  type OnnxSession,
  type Pieces,
  runModel,
} from './onnx-session.ts';
import { checkDims } from './text-tower.ts';

/** Pictures in one run at most: bounds the activations' memory. */
export const IMAGE_BATCH = 16;

type PixelLimits = Omit<DecodeOptions, 'shortSide'>;

/** A graph of the tower that also gives what its regions are explained by. */
export interface RegionFiles {
  readonly model: Uint8Array;
  readonly externalData?: readonly ExternalData[];
  readonly maps: RegionMaps;
}

/** From a graph's outputs at one picture to a number a patch. */
export interface RegionMaps {
  /** The one that is best measured first; with OCCLUSION, which the tower can in any case, where that is not the last. */
  readonly methods: readonly PatchMethod[];
  /** What the graph has to give. */
  readonly outputs: readonly string[];
  /**
   * @param outputs those of one picture
   * @returns row by row from top left
   * @throws RangeError, or AppError ENCODER_FAILED, where they are not of the shape that was expected
   */
  readonly heat: (outputs: Readonly<Record<string, FloatOutput>>, question: PatchQuestion) => Float32Array;
}

/** A vision tower that is ready, as its parts use it. */
export interface LoadedTower {
  readonly runtime: OnnxRuntime;
  readonly session: OnnxSession;
  readonly preprocessing: Preprocessing;
  readonly decode: ImageDecoder;
  readonly family: ModelFamily;
  readonly regions: () => Promise<RegionFiles | null>;
  readonly limits: PixelLimits;
}

/** How the work of a tower is cut up where it is run. */
export function piecesOf({ runtime }: LoadedTower): Pick<Pieces, 'images' | 'run'> {
  return runtime.pieces ?? WHOLE;
}

const WHOLE = {
  images: IMAGE_BATCH,
  run: async <T>(work: () => T | Promise<T>): Promise<T> => work(),
};

/** @param use of the upright picture, which is valid during the call only */
export async function readPicture<Result>(
  { decode, preprocessing, limits }: LoadedTower,
  bytes: Uint8Array,
  use: (rows: RgbRows) => Result,
): Promise<Result | AppError> {
  try {
    return await decode(bytes, { ...limits, shortSide: neededShortSide(preprocessing) }, use);
  } catch (error) {
    if (error instanceof AppError) return error;
    // A decoder may fail on hostile bytes in ways nobody foresaw; that harms this picture only.
    return new AppError('BAD_IMAGE', 'The image cannot be decoded: its data is damaged', { cause: error });
  }
}

export async function encodePictures(
  tower: LoadedTower,
  pictures: readonly RgbImage[],
  dim: number,
): Promise<Float32Array[]> {
  const { runtime, session, family } = tower;
  const output = await runModel(runtime, session, towerInputs(tower, session, pictures), family.imageOutputs);
  checkDims(output.dims, pictures.length, dim);
  return toUnitVectors(output.data, pictures.length, dim);
}

/** What a graph of the tower is fed for some pictures of its size. */
export function towerInputs(
  { preprocessing, family }: LoadedTower,
  session: OnnxSession,
  pictures: readonly RgbImage[],
): Readonly<Record<string, NamedTensor>> {
  const { width, height } = preprocessing.output;
  const elements = 3 * width * height;
  const data = new Float32Array(pictures.length * elements);
  pictures.forEach((picture, i) => writePixelValues(picture, preprocessing, data, i * elements));
  return {
    pixel_values: { data, dims: [pictures.length, 3, height, width] },
    ...(family.mayBeJoint ? { input_ids: shortestTexts(session, pictures.length) } : {}),
  };
}

/** A graph of both towers wants texts too, and as many: each of one token. Source: transformers.js, JinaCLIPModel. */
function shortestTexts(session: OnnxSession, count: number): NamedTensor {
  const length = fixedDimension(session, 'input_ids', 1) ?? 1;
  return { data: new BigInt64Array(count * length).fill(1n), dims: [count, length] };
}
