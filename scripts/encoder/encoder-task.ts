import { workerData } from 'node:worker_threads';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import type { PatchHeat, PatchMethod, PatchQuestion } from '../../src/clip/patches.ts';
import { type Device, loadEncoder } from '../clip/load-encoder.ts';

/** What a thread of the encoder is given when it starts. */
export interface ThreadSettings {
  readonly model: string;
  readonly device: Device;
  /** Of the processor, for one run of the network. */
  readonly threads: number;
  readonly maxPixels: number;
}

/** An AppError as it goes from thread to thread. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** What ONNX Runtime said, which is for the log and not for a client. */
  readonly cause?: string;
}

/** L2-normalised, or why there is none. */
export type Outcome = Float32Array | Failure;

/** One picture to be explained; the file, in memory of its own, is handed over. */
export interface HeatTask {
  readonly file: Uint8Array;
  readonly question: PatchQuestion;
}

/** This file is what a thread loads; each export is a task. The towers load with their first input. */
const encoder = await loadEncoder({ ...(workerData as ThreadSettings), unpacksImages: true });

export async function pictures(files: readonly Uint8Array[]): Promise<Outcome[]> {
  const outcomes = await outcomesOf(files, () => encoder.images.encodeImages(files));
  return outcomes.map((outcome) => (outcome instanceof AppError ? failureOf(outcome) : outcome));
}

export async function texts(list: readonly string[]): Promise<Outcome[]> {
  return outcomesOf(list, () => encoder.text.encodeTexts(list));
}

/** What this encoder can do of heat maps. */
export async function patchMethods(): Promise<readonly PatchMethod[]> {
  return (await encoder.images.patches?.())?.methods ?? [];
}

export async function heat({ file, question }: HeatTask): Promise<PatchHeat | Failure> {
  try {
    const explainer = await encoder.images.patches?.();
    if (explainer == null) throw new AppError('BAD_INPUT', 'This encoder has no heat maps.');
    const outcome = await explainer.explainImage(file, question);
    return outcome instanceof AppError ? failureOf(outcome) : outcome;
  } catch (error) {
    if (error instanceof AppError) return failureOf(error);
    throw error;
  }
}

/** What fails for all of them fails for each: an AppError that is thrown loses its code on its way to another thread. */
async function outcomesOf<T>(
  items: readonly unknown[],
  encode: () => Promise<T[]>,
): Promise<(T | Failure)[]> {
  try {
    return await encode();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return items.map(() => failureOf(error));
  }
}

function failureOf({ code, message, cause }: AppError): Failure {
  return { code, message, ...(cause instanceof Error ? { cause: cause.message } : {}) };
}
