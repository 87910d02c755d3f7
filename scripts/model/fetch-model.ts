import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { findInCatalogue } from '../clip/catalogue.ts';
import { checkHubId, checkRevision, isHubId } from '../clip/hub-id.ts';
import {
  type ModelDescription,
  MODELS_FOLDER,
  type Precision,
  writeDescription,
} from '../clip/model-folder.ts';
import { checkModelPlace, replaceFolder } from '../clip/model-place.ts';
import { checkModel } from './check-model.ts';
import { downloadFile } from './download-file.ts';
import { openRepository } from './hub-repository.ts';
import { lockFolder } from './lock-folder.ts';
import { chooseFiles } from './wanted-files.ts';

export interface FetchOptions {
  /** Hub id under which the encoder will be known. */
  readonly id: string;
  /** The repository that holds its ONNX files; null: the catalogue's, else `id` itself. */
  readonly from: string | null;
  readonly revision: string;
  /** Of both towers; null: the catalogue's, else `q8`, a quarter of the full size. */
  readonly precision: Precision | null;
  /** Where the model's folder will be. */
  readonly out: string;
  /** A mirror of the hub; null: the hub itself. */
  readonly host: string | null;
  readonly onProgress: (file: string, loadedBytes: number, totalBytes: number) => void;
}

/** The repository of the hub that has ONNX files of a model. */
export function onnxRepository(id: string): string {
  return findInCatalogue(id)?.from ?? id;
}

/**
 * Bring a model from the hub into the layout of models/, with its encoder.json. Everything arrives in the folder `<out>.fetching`, every
 * file is checked against the hash that the hub lists, and the model is opened and tried once: what was at `out` before stays
 * until then. A fetch that ends early leaves that folder, and the next one goes on with it.
 * @throws UserError when an id is malformed, something other than a fetched model is at `out`, the hub cannot be reached, the
 *   repository lacks what a model needs, a file arrives damaged, or the model does not run
 */
export async function fetchModel(options: FetchOptions): Promise<ModelDescription> {
  const { id, revision, precision } = options;
  const from = options.from ?? onnxRepository(id);
  checkHubId(from, '--from');
  checkRevision(revision);
  const host = chooseHost(options.host);
  const place = await checkModelPlace(options.out);
  const repository = await openRepository({ id: from, revision, host });
  const known = findInCatalogue(id);
  const files = chooseFiles(repository.files, `${from} at ${revision}`, {
    text: precision ?? 'q8',
    image: precision ?? known?.imagePrecision ?? 'q8',
  });
  const staging = `${place}.fetching`;
  await mkdir(path.dirname(staging), { recursive: true });
  const unlock = await lockFolder(staging);
  try {
    await removeOthers(
      staging,
      files.map((file) => file.path),
    );
    const total = files.reduce((sum, file) => sum + file.bytes, 0);
    let before = 0;
    for (const file of files) {
      await downloadFile(repository, file, path.join(staging, file.path), (bytes) => {
        options.onProgress(file.path, before + bytes, total);
      });
      before += file.bytes;
    }
    const description = await writeDescription(staging, { id, revision });
    await tryModel(staging, from);
    // Once more: a download takes minutes, in which something else may have been put there.
    await checkModelPlace(place);
    const replaced = `${staging}-replaced`;
    await rm(replaced, { recursive: true, force: true });
    await unlock();
    await replaceFolder(staging, place, replaced);
    await rm(replaced, { recursive: true, force: true });
    return { ...description, folder: place };
  } finally {
    await unlock();
  }
}

/**
 * The mirror that was named, or that HF_ENDPOINT of the environment names; null: the hub.
 * @throws UserError unless it is an http(s) URL
 */
function chooseHost(given: string | null): string | null {
  const named = process.env.HF_ENDPOINT ? { host: process.env.HF_ENDPOINT, by: 'HF_ENDPOINT is' } : null;
  const chosen = given === null ? named : { host: given, by: '--host' };
  if (chosen === null) return null;
  if (/^https?:$/.test(URL.parse(chosen.host)?.protocol ?? '')) return chosen.host;
  throw new UserError(`${chosen.by} ${chosen.host}: expected a URL, such as https://huggingface.co`);
}

/** What an earlier fetch of something else left. */
async function removeOthers(staging: string, wanted: readonly string[]): Promise<void> {
  const entries = await readdir(staging, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    if (!wanted.includes(path.relative(staging, file).split(path.sep).join('/'))) await rm(file);
  }
}

/** @throws UserError when what was brought does not run: then nothing of it is kept, since it arrived as the hub has it */
async function tryModel(staging: string, from: string): Promise<void> {
  try {
    await checkModel(staging);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`The model of ${from} arrived whole but does not run here: ${reason}`, {
      cause: error,
    });
  }
}

/** Whether a model could be brought from the hub and is not there, neither as a folder nor under its id. */
export function canBeFetched(model: string): boolean {
  const isThere = [model, path.join(MODELS_FOLDER, model)].some((folder) => existsSync(folder));
  // `models/…` is how a folder of this project is written; the hub has no owner of that name.
  return !isThere && model.includes('/') && !model.startsWith('models/') && isHubId(model);
}
