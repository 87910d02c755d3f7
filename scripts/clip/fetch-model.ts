import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  type ProgressInfo,
} from '@xenova/transformers';
import { explainSystemError } from '../cli/system-error.ts';
import { UserError } from '../cli/user-error.ts';
import { checkHubId, checkRevision } from './hub-id.ts';
import { type ModelDescription, writeDescription } from './model-folder.ts';
import { checkModelPlace, replaceFolder } from './model-place.ts';

/** As shells say of Ctrl-C. */
const EXIT_INTERRUPTED = 130;

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
 * Bring a CLIP from the hub into the layout of models/, with its encoder.json. Everything arrives in a folder beside `out` first, is
 * opened once and described: a broken download leaves nothing behind, and a model that was there before as it was.
 * @throws UserError when an id is malformed, something other than a fetched model is at `out`, the hub cannot be
 *   reached, or the repository lacks what a CLIP needs
 */
export async function fetchModel(options: FetchOptions): Promise<ModelDescription> {
  checkHubId(options.from, '--from');
  checkRevision(options.revision);
  checkHost(options.host);
  const place = await checkModelPlace(options.out);
  const staging = path.join(nearestFolder(place), `.fetch-${randomUUID()}`);
  await mkdir(staging);
  const stop = removeAtExit(staging);
  try {
    const fresh = downloadedFolder(options, staging);
    const description = await downloadAndDescribe(options, staging, fresh);
    // Once more: a download takes minutes, in which something else may have been put there.
    await checkModelPlace(place);
    // Not in the folder that is removed when the process ends here.
    const replaced = `${staging}-replaced`;
    await replaceFolder(fresh, place, replaced);
    await rm(replaced, { recursive: true, force: true });
    return { ...description, folder: place };
  } finally {
    stop();
    await rm(staging, { recursive: true, force: true });
  }
}

/**
 * A disk that is full in the middle of a download, and Ctrl-C, end the process at once; half a download is of no use to anyone.
 * @returns what calls this off
 */
function removeAtExit(folder: string): () => void {
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  const interrupt = (): void => {
    process.exit(EXIT_INTERRUPTED);
  };
  process.once('exit', remove).once('SIGINT', interrupt).once('SIGTERM', interrupt);
  return () => {
    process.off('exit', remove).off('SIGINT', interrupt).off('SIGTERM', interrupt);
  };
}

/** @throws UserError unless it is null or an http(s) URL */
function checkHost(host: string | null): void {
  if (host === null || /^https?:$/.test(URL.parse(host)?.protocol ?? '')) return;
  throw new UserError(`--host ${host}: expected a URL, such as https://huggingface.co`);
}

/** On the disk of `out`, so that the result can be moved there, and without making folders that a failure would leave. */
function nearestFolder(out: string): string {
  const parent = path.dirname(path.resolve(out));
  return existsSync(parent) ? parent : nearestFolder(parent);
}

async function downloadAndDescribe(
  options: FetchOptions,
  staging: string,
  folder: string,
): Promise<ModelDescription> {
  try {
    await download(options, staging);
    return await writeDescription(folder, { id: options.id, revision: options.revision });
  } catch (error) {
    throw explain(error, options, folder);
  }
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
  await AutoTokenizer.from_pretrained(options.from, load());
  await AutoProcessor.from_pretrained(options.from, load());
  await (await CLIPTextModelWithProjection.from_pretrained(options.from, load())).dispose();
  await (await CLIPVisionModelWithProjection.from_pretrained(options.from, load())).dispose();
}

/** The library stores `main` under the repository's name and any other revision in a folder of its own below it. */
function downloadedFolder({ from, revision }: FetchOptions, cacheDir: string): string {
  return path.join(cacheDir, from, ...(revision === 'main' ? [] : [revision]));
}

const NEEDED_FILES =
  'config.json, preprocessor_config.json, tokenizer.json, onnx/text_model_quantized.onnx and onnx/vision_model_quantized.onnx';

/** @param folder where the download lies, which is gone when this is read */
function explain(error: unknown, { from, id, revision, precision }: FetchOptions, folder: string): unknown {
  if (explainSystemError(error) !== null) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = (cause instanceof Error ? cause.message : String(cause)).replaceAll(folder, from);
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
