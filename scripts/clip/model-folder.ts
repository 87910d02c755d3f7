import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEncoderFile, type EncoderFile } from '../../src/clip/encoder-info.ts';
import { fingerprintOf } from '../../src/clip/fingerprint.ts';
import { readModelConfig, type ModelConfig } from '../../src/clip/model-family.ts';
import type { ExternalData } from '../../src/clip/towers/onnx-session.ts';
import { AppError } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { FileRefusedError, readRegularFile } from '../files/regular-file.ts';
import { findInCatalogue } from './catalogue.ts';
import { isHubId } from './hub-id.ts';

export const MODELS_FOLDER = path.resolve(import.meta.dirname, '../../models');

/** The encoder of this project, committed with it. */
export const DEFAULT_MODEL = path.join(MODELS_FOLDER, 'tiny-clip');

/** A model in the Hugging Face layout: absolute paths of what is used. */
export interface ModelFolder {
  readonly folder: string;
  readonly textModel: string;
  /** The same file as `textModel` where both towers are one graph. */
  readonly visionModel: string;
  /** What the two keep their weights in outside themselves, such as text_model.onnx_data. */
  readonly dataFiles: readonly string[];
  readonly config: string;
  readonly tokenizer: string;
  /** null: the model has none. */
  readonly tokenizerConfig: string | null;
  readonly preprocessor: string;
}

/** Endings of the weights' files as transformers.js names them, by precision; the first of which a folder has both towers is taken. */
export const PRECISIONS = {
  q8: '_quantized',
  fp32: '',
  fp16: '_fp16',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
} as const;

export type Precision = keyof typeof PRECISIONS;

/**
 * Find a model by folder or by hub id (then under models/, where `model fetch` puts it). Of two precisions the quantised one is
 * taken. The towers are onnx/text_model and onnx/vision_model, or together onnx/model.
 * @throws UserError naming what is missing and what to run
 */
export function findModel(model: string): ModelFolder {
  const below = isHubId(model) ? [path.join(MODELS_FOLDER, model)] : [];
  const folder = [path.resolve(model), ...below].find(existsSync);
  if (folder === undefined) {
    throw new UserError(
      `There is no model ${model}: no such folder, nor one under models/. ${howToFetch(model)}`,
    );
  }
  const need = (...names: readonly string[]): string => {
    const name = names.find((candidate) => existsSync(path.join(folder, candidate)));
    if (name !== undefined) return path.join(folder, name);
    throw new UserError(`The model folder ${folder} lacks ${names.join(' or ')}. ${howToFetch(model)}`);
  };
  const towers = findTowers(folder) ?? {
    textModel: need('onnx/text_model_quantized.onnx', 'onnx/text_model.onnx'),
    visionModel: need('onnx/vision_model_quantized.onnx', 'onnx/vision_model.onnx'),
  };
  const tokenizerConfig = path.join(folder, 'tokenizer_config.json');
  return {
    folder,
    ...towers,
    dataFiles: [...new Set(Object.values(towers).flatMap(findDataFiles))],
    config: need('config.json'),
    tokenizer: need('tokenizer.json'),
    tokenizerConfig: existsSync(tokenizerConfig) ? tokenizerConfig : null,
    preprocessor: need('preprocessor_config.json'),
  };
}

/** Both towers in one precision: in files of their own, or in one. */
function findTowers(folder: string): Pick<ModelFolder, 'textModel' | 'visionModel'> | null {
  const suffixes = Object.values(PRECISIONS);
  const apart = suffixes.map((suffix) => ({
    textModel: `text_model${suffix}.onnx`,
    visionModel: `vision_model${suffix}.onnx`,
  }));
  const joint = suffixes.map((suffix) => ({
    textModel: `model${suffix}.onnx`,
    visionModel: `model${suffix}.onnx`,
  }));
  for (const { textModel, visionModel } of [...apart, ...joint]) {
    const towers = {
      textModel: path.join(folder, 'onnx', textModel),
      visionModel: path.join(folder, 'onnx', visionModel),
    };
    if (Object.values(towers).every(existsSync)) return towers;
  }
  return null;
}

/** A model names these files itself; exports call them `<model>_data`, with `_1` and so on where there are more. */
function findDataFiles(model: string): string[] {
  const folder = path.dirname(model);
  const isData = (name: string): boolean =>
    name.startsWith(`${path.basename(model)}_data`) && /_data(_\d+)?$/.test(name);
  return readdirSync(folder)
    .filter(isData)
    .map((name) => path.join(folder, name));
}

function dataFilesOf(model: string, { dataFiles }: Pick<ModelFolder, 'dataFiles'>): string[] {
  return dataFiles.filter((file) => path.basename(file).startsWith(`${path.basename(model)}_data`));
}

/** What the two towers weigh with their data files, in 10^6 bytes. */
export function towerMegabytes(model: ModelFolder): { readonly text: number; readonly image: number } {
  const sizeOf = (tower: string): number => {
    const files = [tower, ...dataFilesOf(tower, model)];
    return Math.round(files.reduce((sum, file) => sum + statSync(file).size, 0) / 1e5) / 10;
  };
  return { text: sizeOf(model.textModel), image: sizeOf(model.visionModel) };
}

/** The weights that a model keeps in files of its own; undefined where it has none. */
export async function readDataFiles(
  model: string,
  folder: ModelFolder,
): Promise<readonly ExternalData[] | undefined> {
  const own = dataFilesOf(model, folder);
  if (own.length === 0) return undefined;
  return Promise.all(
    own.map(async (file) => ({ path: path.basename(file), data: await readModelFile(file) })),
  );
}

function howToFetch(model: string): string {
  const id = isHubId(model) && model.includes('/') ? model : 'openai/clip-vit-base-patch32';
  return `Where the hub can be reached: npm run -s model -- fetch ${id}`;
}

/** @throws UserError when it is no regular file */
export async function readModelFile(file: string): Promise<Uint8Array> {
  try {
    return await readRegularFile(file);
  } catch (cause) {
    if (!(cause instanceof FileRefusedError)) throw cause;
    throw new UserError(`${file} of the model cannot be read: ${cause.message}.`, { cause });
  }
}

/** @throws UserError when the file is no JSON */
export async function readJson(file: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readModelFile(file));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The model's encoder.json, or null when it has none. */
export async function readEncoderFile(folder: string): Promise<EncoderFile | null> {
  const file = path.join(folder, 'encoder.json');
  return existsSync(file) ? parseEncoderFile(await readJson(file), file) : null;
}

export interface Description {
  /** Default: that of the present encoder.json, else the path below models/, else the folder's name. */
  readonly id?: string | undefined;
  readonly revision?: string | undefined;
  /** Defaults: those of the present encoder.json, else of the catalogue for the id, else what config.json says of training's end. */
  readonly logitScale?: number | undefined;
  readonly logitBias?: number | undefined;
}

/**
 * What a model's encoder.json should say, computed from its files.
 * @throws UserError when config.json is of no family that is known, or does not say how long the vectors are
 */
export async function describeModel(model: ModelFolder, given: Description = {}): Promise<EncoderFile> {
  const present = await readEncoderFile(model.folder);
  const used = [
    ...new Set([model.textModel, model.visionModel, ...model.dataFiles]),
    model.config,
    model.tokenizer,
    model.tokenizerConfig,
    model.preprocessor,
  ];
  const files: Record<string, string> = {};
  for (const file of used.filter((name) => name !== null).sort()) {
    const name = path.relative(model.folder, file).split(path.sep).join('/');
    files[name] = createHash('sha256')
      .update(await readModelFile(file))
      .digest('hex');
  }
  const revision = given.revision ?? present?.revision;
  const id = given.id ?? present?.id ?? defaultId(model.folder);
  const config = await readConfigFile(model.config);
  const known = findInCatalogue(id)?.logits;
  const logitScale = given.logitScale ?? present?.logitScale ?? known?.scale ?? trainedScale(config);
  const logitBias = given.logitBias ?? present?.logitBias ?? known?.bias ?? undefined;
  return {
    id,
    dim: dimOf(config, model.config),
    fingerprint: fingerprintOf(files),
    ...(revision === undefined ? {} : { revision }),
    ...(logitScale === undefined ? {} : { logitScale }),
    ...(logitBias === undefined ? {} : { logitBias }),
    files,
  };
}

/** What encoder.json says, and the folder that it is in, absolute. */
export type ModelDescription = EncoderFile & { readonly folder: string };

/** Write the encoder.json of a model folder. */
export async function writeDescription(folder: string, given: Description): Promise<ModelDescription> {
  const model = findModel(folder);
  const description = await describeModel(model, given);
  await writeFile(path.join(model.folder, 'encoder.json'), `${JSON.stringify(description, null, 2)}\n`);
  return { ...description, folder: model.folder };
}

function defaultId(folder: string): string {
  const inside = path.relative(MODELS_FOLDER, folder);
  return inside.startsWith('..') ? path.basename(folder) : inside.split(path.sep).join('/');
}

/** With which training begins (Radford et al. 2021): a file that has it says nothing of where it ended. */
const FIRST_LOG_SCALE = 2.6592;

function trainedScale({ logLogitScale }: ModelConfig): number | undefined {
  if (logLogitScale === null || Math.abs(logLogitScale - FIRST_LOG_SCALE) < 1e-3) return undefined;
  return Math.exp(logLogitScale);
}

function dimOf({ dim }: ModelConfig, file: string): number {
  if (dim !== null) return dim;
  throw new UserError(`${file}: projection_dim is undefined, expected the length of the embeddings`);
}

/** @throws UserError when it is no config.json of a family that is known */
async function readConfigFile(file: string): Promise<ModelConfig> {
  const config = await readJson(file);
  try {
    return readModelConfig(config);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new UserError(`${path.dirname(file)}: ${error.message}`, { cause: error });
  }
}
