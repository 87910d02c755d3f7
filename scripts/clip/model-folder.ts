import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEncoderFile, type EncoderFile } from '../../src/clip/encoder-info.ts';
import { fingerprintOf } from '../../src/clip/fingerprint.ts';
import { UserError } from '../cli/user-error.ts';
import { FileRefusedError, readRegularFile } from '../files/regular-file.ts';
import { isHubId } from './hub-id.ts';

export const MODELS_FOLDER = path.resolve(import.meta.dirname, '../../models');

/** The encoder of this project, committed with it. */
export const DEFAULT_MODEL = path.join(MODELS_FOLDER, 'tiny-clip');

/** A model in the Hugging Face layout: absolute paths of what is used. */
export interface ModelFolder {
  readonly folder: string;
  readonly textModel: string;
  readonly visionModel: string;
  readonly config: string;
  readonly tokenizer: string;
  /** null: the model has none. */
  readonly tokenizerConfig: string | null;
  readonly preprocessor: string;
}

/**
 * Find a model by folder or by hub id (then under models/, where `model fetch` puts it). Of two precisions the quantised one is
 * taken.
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
  const tokenizerConfig = path.join(folder, 'tokenizer_config.json');
  return {
    folder,
    textModel: need('onnx/text_model_quantized.onnx', 'onnx/text_model.onnx'),
    visionModel: need('onnx/vision_model_quantized.onnx', 'onnx/vision_model.onnx'),
    config: need('config.json'),
    tokenizer: need('tokenizer.json'),
    tokenizerConfig: existsSync(tokenizerConfig) ? tokenizerConfig : null,
    preprocessor: need('preprocessor_config.json'),
  };
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
}

/**
 * What a model's encoder.json should say, computed from its files.
 * @throws UserError when config.json names no projection_dim
 */
export async function describeModel(model: ModelFolder, given: Description = {}): Promise<EncoderFile> {
  const present = await readEncoderFile(model.folder);
  const used = [
    model.textModel,
    model.visionModel,
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
  return {
    id: given.id ?? present?.id ?? defaultId(model.folder),
    dim: await readDim(model.config),
    fingerprint: fingerprintOf(files),
    ...(revision === undefined ? {} : { revision }),
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

async function readDim(config: string): Promise<number> {
  const { projection_dim: dim } = (await readJson(config)) as { projection_dim?: unknown };
  if (typeof dim === 'number' && Number.isInteger(dim) && dim > 0) return dim;
  throw new UserError(
    `${config}: projection_dim is ${JSON.stringify(dim)}, expected the length of the embeddings`,
  );
}
