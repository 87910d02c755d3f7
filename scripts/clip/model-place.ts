import { readdirSync, realpathSync, statSync } from 'node:fs';
import { lstat, mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { readEncoderFile } from './model-folder.ts';

/** What a fetch brings, and the description that it adds. */
const FETCHED_FILES: ReadonlySet<string> = new Set([
  'config.json',
  'encoder.json',
  'generation_config.json',
  'merges.txt',
  'preprocessor_config.json',
  'processor_config.json',
  'special_tokens_map.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.json',
]);
const WEIGHTS = /^[\w.-]+\.onnx(_data(_\d+)?)?$/;

/**
 * Where a fetched model may be put: a path with nothing at it, an empty folder, or a folder with a model of an earlier fetch and
 * nothing else, which is then replaced.
 * @returns the path, absolute, without symbolic links
 * @throws UserError when something else is there, which must stay
 */
export async function checkModelPlace(out: string): Promise<string> {
  const entry = await lstat(out).catch(() => null);
  if (entry === null) return path.resolve(out);
  const place = entry.isSymbolicLink() ? followLink(out) : realpathSync(out);
  if (!(await lstat(place)).isDirectory()) throw refusal(out, 'it is a file, expected a folder');
  const names = readdirSync(place);
  if (names.length === 0) return place;
  const stranger =
    names.find((name) => !FETCHED_FILES.has(name) && name !== 'onnx') ?? strangerIn(place, 'onnx');
  if (stranger !== undefined) {
    throw refusal(out, `it holds ${stranger}, which is no part of a fetched model`);
  }
  if (!(await isDescribed(place))) throw refusal(out, 'it holds no encoder.json, which a fetched model has');
  return place;
}

function followLink(out: string): string {
  try {
    return realpathSync(out);
  } catch (cause) {
    throw refusal(out, 'it is a symbolic link to nothing', { cause });
  }
}

/** What lies beside the weights. */
function strangerIn(place: string, folder: string): string | undefined {
  const weights = path.join(place, folder);
  const entry = statSync(weights, { throwIfNoEntry: false });
  if (entry === undefined) return undefined;
  if (!entry.isDirectory()) return folder;
  const stranger = readdirSync(weights).find((name) => !WEIGHTS.test(name));
  return stranger === undefined ? undefined : `${folder}/${stranger}`;
}

async function isDescribed(folder: string): Promise<boolean> {
  try {
    return (await readEncoderFile(folder)) !== null;
  } catch (error) {
    if (error instanceof AppError || error instanceof UserError) return false;
    throw error;
  }
}

function refusal(out: string, reason: string, options?: ErrorOptions): UserError {
  return new UserError(
    `${out} stays as it is: ${reason}. Choose a new folder with --out, or one that an earlier fetch made.`,
    options,
  );
}

/**
 * Put a folder in the place of what is there; when that fails, what was there is there again.
 * @param aside a path on the same disk, for what was there
 */
export async function replaceFolder(fresh: string, place: string, aside: string): Promise<void> {
  await mkdir(path.dirname(place), { recursive: true });
  const hadOne = (await lstat(place).catch(() => null)) !== null;
  if (hadOne) await rename(place, aside);
  try {
    await rename(fresh, place);
  } catch (error) {
    if (hadOne) await rename(aside, place);
    throw error;
  }
}
