import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createImageDecoder } from '../../src/clip/images/decode-image.ts';
import { DEFAULT_MAX_PIXELS } from '../../src/clip/images/image-limits.ts';
import { neededShortSide, readPreprocessing, resizeAndCrop } from '../../src/clip/images/preprocess.ts';
import { lazy } from '../../src/clip/lazy.ts';
import { AppError } from '../../src/errors.ts';
import { nodeDecoders } from '../clip/node-runtime.ts';
import { PROJECT_ROOT } from '../kv/project.ts';
import type { CaseRandom } from './case-random.ts';
import { tryCommand } from './datasets/command-case.ts';
import { tryDataset } from './datasets/dataset-case.ts';
import { makePicture } from './pictures/make-picture.ts';
import { tryManifest } from './stored/manifest-case.ts';
import { tryRecord } from './stored/record-case.ts';

/**
 * A case that runs the code of the Worker, or of a command, in a thread of Node.
 * @returns whether the input was refused; its message must be fit for a caller
 * @throws anything but a proper refusal
 */
export type ThreadCase = (random: CaseRandom) => Promise<{ readonly refusal: string | null }>;

const decoder = lazy(async () => {
  const preprocessor: unknown = JSON.parse(
    await readFile(join(PROJECT_ROOT, 'models/tiny-clip/preprocessor_config.json'), 'utf8'),
  );
  return { decode: createImageDecoder(await nodeDecoders()), preprocessing: readPreprocessing(preprocessor) };
});

/** A picture as the encoder Worker reads it. */
async function decodePicture(random: CaseRandom): Promise<{ refusal: string | null }> {
  const { decode, preprocessing } = await decoder();
  const options = { maxPixels: DEFAULT_MAX_PIXELS, shortSide: neededShortSide(preprocessing) };
  return refusalOf(['BAD_IMAGE', 'IMAGE_TOO_LARGE'], () =>
    decode(makePicture(random), options, (rows) => resizeAndCrop(rows, preprocessing)),
  );
}

async function refusalOf(
  codes: readonly string[],
  work: () => Promise<unknown>,
): Promise<{ refusal: string | null }> {
  try {
    await work();
    return { refusal: null };
  } catch (error) {
    if (error instanceof AppError && codes.includes(error.code)) return { refusal: error.message };
    throw error;
  }
}

export const THREAD_CASES: Readonly<Record<string, ThreadCase>> = {
  decoders: decodePicture,
  records: tryRecord,
  manifests: tryManifest,
  datasets: tryDataset,
  commands: tryCommand,
};
