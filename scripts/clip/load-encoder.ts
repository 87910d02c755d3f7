import { availableParallelism } from 'node:os';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import type { ImageEncoder } from '../../src/clip/image-encoder.ts';
import type { TextEncoder } from '../../src/clip/text-encoder.ts';
import { createTextTower, TEXT_BATCH, type TextTowerFiles } from '../../src/clip/towers/text-tower.ts';
import { IMAGE_BATCH, type LoadedTower } from '../../src/clip/towers/loaded-tower.ts';
import type { RegionFiles } from '../../src/clip/towers/loaded-tower.ts';
import { createVisionTower, openTower, type VisionTowerFiles } from '../../src/clip/towers/vision-tower.ts';
import { tell } from '../cli/messages.ts';
import { UserError } from '../cli/user-error.ts';
import {
  DEFAULT_MODEL,
  describeModel,
  findModel,
  readDataFiles,
  readEncoderFile,
  readJson,
  readModelFile,
  type ModelFolder,
} from './model-folder.ts';
import { nodeDecoders, nodeOnnx } from './node-runtime.ts';
import { OFFLINE_MAX_PIXELS } from './picture-limit.ts';
import { readRegionFiles, regionFileOf } from './region-graph.ts';

export interface LoadedEncoder {
  readonly info: EncoderInfo;
  readonly text: TextEncoder;
  readonly images: ImageEncoder;
  /** Texts and pictures that one run of the network takes; larger lists are split, so progress is best shown in these steps. */
  readonly textBatchSize: number;
  readonly imageBatchSize: number;
}

/** What runs the network: this machine's processor, or an NVIDIA card by ONNX Runtime's CUDA provider. */
export type Device = 'cpu' | 'cuda';

export interface LoadOptions {
  /** A folder in the Hugging Face layout, or a hub id that `model fetch` brought. Default: models/tiny-clip. */
  readonly model?: string | undefined;
  /** Threads a run of the network uses. Default: what the machine has. */
  readonly threads?: number | undefined;
  /** Default: cpu. */
  readonly device?: Device | undefined;
  /** Run a small picture tower in float32, see `nodeOnnx`. Default: as it is stored. */
  readonly unpacksImages?: boolean | undefined;
  /** Stored pixels above which a picture is refused undecoded. Default: `OFFLINE_MAX_PIXELS`. */
  readonly maxPixels?: number | undefined;
}

/**
 * Both towers of a model in Node: the same decoding, preprocessing and tokenizing as at the edge, on ONNX Runtime's native build.
 * The towers themselves load with their first input.
 * @throws UserError when the model is missing or incomplete, or its encoder.json does not fit its files
 */
export async function loadEncoder({
  model = DEFAULT_MODEL,
  threads = availableParallelism(),
  device = 'cpu',
  unpacksImages = false,
  maxPixels = OFFLINE_MAX_PIXELS,
}: LoadOptions = {}): Promise<LoadedEncoder> {
  const folder = findModel(model);
  const info = await identify(folder);
  const runtime = nodeOnnx(threads, device);
  const imageRuntime = nodeOnnx(threads, device, unpacksImages);
  return {
    info,
    text: createTextTower(async () => ({ runtime, files: await readTextFiles(folder) }), info.dim),
    images: createVisionTower(
      async () => ({
        runtime: imageRuntime,
        files: await readVisionFiles(folder),
        decoders: await nodeDecoders(),
      }),
      info.dim,
      maxPixels,
    ),
    textBatchSize: TEXT_BATCH,
    imageBatchSize: IMAGE_BATCH,
  };
}

/** The picture tower of a model in Node, as its parts are used. @throws UserError when the model is missing or incomplete */
export async function openVisionTower({
  model = DEFAULT_MODEL,
  threads = availableParallelism(),
  maxPixels = OFFLINE_MAX_PIXELS,
}: LoadOptions = {}): Promise<LoadedTower> {
  const [files, decoders] = await Promise.all([readVisionFiles(findModel(model)), nodeDecoders()]);
  return openTower({ runtime: nodeOnnx(threads), files, decoders }, { maxPixels });
}

async function identify(folder: ModelFolder): Promise<EncoderInfo> {
  const [written, { id, dim, fingerprint }] = await Promise.all([
    readEncoderFile(folder.folder),
    describeModel(folder),
  ]);
  if (written !== null && (written.fingerprint !== fingerprint || written.dim !== dim)) {
    throw new UserError(
      `${folder.folder}/encoder.json does not fit the model's files, which have changed since. Write it anew: npm run -s model -- describe ${folder.folder}`,
    );
  }
  return { id, dim, fingerprint };
}

async function readTextFiles(folder: ModelFolder): Promise<TextTowerFiles> {
  return {
    ...(await readTower(folder.textModel, folder)),
    tokenizer: await readJson(folder.tokenizer),
    tokenizerConfig: folder.tokenizerConfig === null ? null : await readJson(folder.tokenizerConfig),
    config: await readJson(folder.config),
  };
}

async function readVisionFiles(folder: ModelFolder): Promise<VisionTowerFiles> {
  return {
    ...(await readTower(folder.visionModel, folder)),
    preprocessor: await readJson(folder.preprocessor),
    config: await readJson(folder.config),
    regions: () => usableRegions(folder),
  };
}

/** A region graph is made anew by one command: for want of it no embedding is to fail. */
async function usableRegions(folder: ModelFolder): Promise<RegionFiles | null> {
  try {
    return await readRegionFiles(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tell(
      `warning: heat maps by covering parts of pictures only, since ${regionFileOf(folder)} cannot be used: ${reason}. Make it anew: npm run -s model -- regions ${folder.folder}`,
    );
    return null;
  }
}

async function readTower(
  file: string,
  folder: ModelFolder,
): Promise<Pick<TextTowerFiles, 'model' | 'externalData'>> {
  const externalData = await readDataFiles(file, folder);
  return { model: await readModelFile(file), ...(externalData === undefined ? {} : { externalData }) };
}
