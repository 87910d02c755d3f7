import { Piscina } from 'piscina';
import { UserError } from '../cli/user-error.ts';
import { drawTestPicture } from '../clip/test-picture.ts';
import type { PatchHeat, PatchMethod } from '../../src/clip/patches.ts';
import type { Failure, HeatTask, Outcome, ThreadSettings } from './encoder-task.ts';

/** Both towers on threads of their own: whoever is served on this thread does not wait for a picture of another. */
export interface EncoderThreads {
  /** Batches that run at once. */
  readonly count: number;
  /** The files, in memory of their own, are handed over. */
  readonly encodePictures: (files: readonly Uint8Array[]) => Promise<Outcome[]>;
  readonly encodeTexts: (texts: readonly string[]) => Promise<Outcome[]>;
  readonly patchMethods: readonly PatchMethod[];
  readonly explain: (task: HeatTask) => Promise<PatchHeat | Failure>;
  readonly close: () => Promise<void>;
}

/**
 * Starts the threads and has each encode one picture and one text, so that what is wrong with a model is told before anyone is
 * served.
 * @param count threads, each with sessions of its own
 * @throws UserError when the model cannot be run
 */
export async function startEncoderThreads(settings: ThreadSettings, count: number): Promise<EncoderThreads> {
  const pool = new Piscina({
    filename: new URL('./encoder-task.ts', import.meta.url).href,
    minThreads: count,
    maxThreads: count,
    idleTimeout: Infinity,
    workerData: settings,
  });
  const encodePictures = (files: readonly Uint8Array[]): Promise<Outcome[]> =>
    pool.run(files, {
      name: 'pictures',
      transferList: files.map(({ buffer }) => buffer as ArrayBuffer),
    }) as Promise<Outcome[]>;
  const encodeTexts = (texts: readonly string[]): Promise<Outcome[]> =>
    pool.run(texts, { name: 'texts' }) as Promise<Outcome[]>;
  const explain = (task: HeatTask): Promise<PatchHeat | Failure> =>
    pool.run(task, { name: 'heat', transferList: [task.file.buffer as ArrayBuffer] }) as Promise<
      PatchHeat | Failure
    >;
  const close = (): Promise<void> => pool.destroy();
  try {
    // One alone first, which tells what is wrong once; then as many at once as there are threads, so that each gets one.
    for (const threads of [1, count]) {
      for (const warmUp of [() => encodePictures([testPicture()]), () => encodeTexts(['a text'])]) {
        const outcomes = (await Promise.all(Array.from({ length: threads }, warmUp))).flat();
        const failure = outcomes.find(isFailure);
        if (failure !== undefined) throw cannotRun(settings.model, failure);
      }
    }
    const patchMethods = (await pool.run(undefined, { name: 'patchMethods' })) as readonly PatchMethod[];
    return { count, encodePictures, encodeTexts, patchMethods, explain, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export function isFailure(outcome: Outcome | PatchHeat): outcome is Failure {
  return 'code' in outcome;
}

/** In memory of its own, to be handed over. */
function testPicture(): Uint8Array {
  return new Uint8Array(drawTestPicture());
}

function cannotRun(model: string, { message, cause }: Failure): UserError {
  return new UserError(`The model ${model} cannot be run: ${cause ?? message}`);
}
