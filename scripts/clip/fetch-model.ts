import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  type ProgressInfo,
} from '@xenova/transformers';
import { UserError } from '../cli/user-error.ts';

export interface FetchOptions {
  /** Hub id under which the encoder will be known. */
  readonly id: string;
  /** The repository that holds its ONNX files, when that is another one. */
  readonly from: string;
  readonly revision: string;
  /** `q8`: the _quantized files, a quarter of the size; `fp32`: the full ones. */
  readonly precision: 'q8' | 'fp32';
  /** Where the model's folder will be. */
  readonly out: string;
  /** A mirror of the hub; null: the hub itself. */
  readonly host: string | null;
  readonly onProgress: (file: string, loadedBytes: number, totalBytes: number) => void;
}

/**
 * OpenAI publishes CLIP without ONNX files; transformers.js's author keeps exports of the same checkpoints.
 * @param id as the user wrote it
 */
export function onnxRepository(id: string): string {
  return id.replace(/^openai\/(?=clip-vit-)/, 'Xenova/');
}

/**
 * Bring a CLIP from the hub into the layout of models/. Everything arrives in a folder beside `out` first and is opened once,
 * so that a broken download leaves nothing behind.
 * @throws UserError when the hub cannot be reached, or the repository lacks what a CLIP needs
 */
export async function fetchModel(options: FetchOptions): Promise<void> {
  const staging = path.join(nearestFolder(options.out), `.fetch-${randomUUID()}`);
  await mkdir(staging);
  try {
    await download(options, staging);
    await rm(options.out, { recursive: true, force: true });
    await mkdir(path.dirname(options.out), { recursive: true });
    await rename(downloadedFolder(options, staging), options.out);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** On the disk of `out`, so that the result can be moved there, and without making folders that a failure would leave. */
function nearestFolder(out: string): string {
  const parent = path.dirname(path.resolve(out));
  return existsSync(parent) ? parent : nearestFolder(parent);
}

async function download(options: FetchOptions, cacheDir: string): Promise<void> {
  env.cacheDir = cacheDir;
  env.allowLocalModels = false;
  env.allowRemoteModels = true;
  if (options.host !== null) env.remoteHost = options.host.endsWith('/') ? options.host : `${options.host}/`;
  // The library keeps what it is given, so every call gets an object of its own.
  const load = () => ({
    revision: options.revision,
    dtype: options.precision,
    progress_callback: (event: ProgressInfo) => {
      if (event.status === 'progress') options.onProgress(event.file, event.loaded, event.total);
    },
  });
  try {
    await AutoTokenizer.from_pretrained(options.from, load());
    await AutoProcessor.from_pretrained(options.from, load());
    await (await CLIPTextModelWithProjection.from_pretrained(options.from, load())).dispose();
    await (await CLIPVisionModelWithProjection.from_pretrained(options.from, load())).dispose();
  } catch (error) {
    throw explain(error, options);
  }
}

/** The library stores `main` under the repository's name and any other revision in a folder of its own below it. */
function downloadedFolder({ from, revision }: FetchOptions, cacheDir: string): string {
  return path.join(cacheDir, from, ...(revision === 'main' ? [] : [revision]));
}

const NEEDED_FILES =
  'config.json, preprocessor_config.json, tokenizer.json, onnx/text_model_quantized.onnx and onnx/vision_model_quantized.onnx';

function explain(error: unknown, { from, id, revision, precision }: FetchOptions): UserError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const byHand = `copy a folder with ${NEEDED_FILES} to models/${id} by hand`;
  if (error instanceof TypeError && error.message === 'fetch failed') {
    return new UserError(`The hub cannot be reached (${reason}). Run this where it can, or ${byHand}.`, {
      cause: error,
    });
  }
  return new UserError(
    `${from} at ${revision} gave no CLIP in precision ${precision}: ${reason} Name another repository with --from, or ${byHand}.`,
    { cause: error },
  );
}
