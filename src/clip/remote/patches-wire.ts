import * as v from 'valibot';
import { AppError, quote } from '../../errors.ts';
import { fromBase64, toBase64 } from '../base64.ts';
import {
  PATCH_METHODS,
  PREVIEW_SIDE,
  type PatchHeat,
  type PatchMethod,
  type PatchQuestion,
} from '../patches.ts';
import { encodeVector } from '../vector-text.ts';
import { wrongAnswer } from './failure.ts';

/**
 * Questions about patches and their answers as JSON, the same behind a binding and behind HTTP: vectors as base64 of little-endian
 * float32, pixels as base64 of RGB.
 */
export interface PatchQuestionJson {
  readonly direction: string;
  readonly method: PatchMethod;
}

export function writePatchQuestion({ direction, method }: PatchQuestion): PatchQuestionJson {
  return { direction: encodeVector(direction), method };
}

const questionSchema = v.object({
  direction: v.string('expected direction as base64 of float32'),
  method: v.picklist(PATCH_METHODS, `expected method as one of ${PATCH_METHODS.join(', ')}`),
});

/** @throws AppError BAD_INPUT, BAD_VECTOR */
export function readPatchQuestion(given: unknown, dim: number): PatchQuestion {
  const read = v.safeParse(questionSchema, given);
  if (!read.success) throw new AppError('BAD_INPUT', `patches: ${read.issues[0].message}`);
  const direction = readNumbers(read.output.direction, dim);
  if (direction !== null) return { direction, method: read.output.method };
  throw new AppError('BAD_VECTOR', `Expected direction as base64 of ${dim} finite float32 numbers.`);
}

/** What of a list are methods that are known here, in its order. */
export function readPatchMethods(given: unknown): PatchMethod[] {
  if (!Array.isArray(given)) return [];
  return given.filter((name): name is PatchMethod => PATCH_METHODS.some((method) => method === name));
}

export interface PatchHeatJson extends Pick<PatchHeat, 'method' | 'rows' | 'columns' | 'seen'> {
  readonly values: string;
  readonly preview: { readonly width: number; readonly height: number; readonly data: string };
}

export function writePatchHeat({ method, rows, columns, values, seen, preview }: PatchHeat): PatchHeatJson {
  const { width, height, data } = preview;
  return {
    method,
    rows,
    columns,
    values: encodeVector(values),
    seen,
    preview: { width, height, data: toBase64(data) },
  };
}

const count = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** Patches a side at most: those of 8 pixels in a picture of 1,024. */
const MOST_PATCHES = 128;

const heatSchema = v.object({
  method: v.picklist(PATCH_METHODS),
  rows: count(MOST_PATCHES),
  columns: count(MOST_PATCHES),
  values: v.string(),
  seen: v.object({ left: share, top: share, width: share, height: share }),
  preview: v.object({ width: count(PREVIEW_SIDE), height: count(PREVIEW_SIDE), data: v.string() }),
});

/**
 * @param who gave it, as a message begins
 * @throws EncoderFailure where it is no heat map by the method that was asked for
 */
export function readPatchHeat(given: unknown, asked: PatchMethod, who: string): PatchHeat {
  const read = v.safeParse(heatSchema, given);
  if (!read.success)
    throw wrongAnswer(`${who} gave no heat map (${v.getDotPath(read.issues[0]) ?? 'the whole'})`);
  const { method, rows, columns, preview, ...heat } = read.output;
  if (method !== asked) throw wrongAnswer(`${who} gave a heat map by ${quote(method)}, expected ${asked}`);
  const values = readNumbers(heat.values, rows * columns);
  if (values === null) throw wrongAnswer(`${who} gave no heat map of ${rows * columns} finite numbers`);
  const data = fromBase64(preview.data);
  if (data?.length !== preview.width * preview.height * 3)
    throw wrongAnswer(`${who} gave no picture to its heat map`);
  return { method, rows, columns, values, seen: heat.seen, preview: { ...preview, data } };
}

/** Little-endian float32 of any norm; null where they are not so many, or not finite. */
function readNumbers(text: string, length: number): Float32Array | null {
  const bytes = fromBase64(text);
  if (bytes?.length !== 4 * length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const numbers = Float32Array.from({ length }, (_, i) => view.getFloat32(4 * i, true));
  return numbers.every(Number.isFinite) ? numbers : null;
}
