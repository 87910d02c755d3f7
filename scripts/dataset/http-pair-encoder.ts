import { AppError, quote } from '../../src/errors.ts';
import { originOf } from '../../src/clip/http/http-route.ts';
import { readImageHeader } from '../../src/clip/images/image-header.ts';
import { UserError } from '../cli/user-error.ts';
import { explain, type HttpEncoder } from '../clip/http-encoder.ts';
import { OFFLINE_MAX_PIXELS } from '../clip/picture-limit.ts';
import type { PairEncoder } from './encode-pairs.ts';

/** As many calls run at a time; a batch of so many keeps all of them busy. */
const CALLS_A_BATCH = 4;

/** What says that the server will not go on, whatever it is given next. */
const ENDS_ALL: ReadonlySet<string> = new Set(['ENCODER_BUSY', 'ENCODER_TIMEOUT', 'ENCODER_QUOTA']);

/**
 * An encoder behind HTTP as a dataset is encoded by it. A picture that it refuses is left out with its reason; where it fails as a whole
 * the command ends, and a second run goes on from the cache.
 */
export function httpPairEncoder(
  { info, route, images, text }: HttpEncoder,
  maxPixels = OFFLINE_MAX_PIXELS,
): PairEncoder {
  const fail = (error: AppError, what = ''): UserError =>
    new UserError(`The encoder at ${originOf(route)}${what}: ${explain(error)}`, { cause: error });
  return {
    dim: info.dim,
    imageBatchSize: CALLS_A_BATCH * route.options.maxImages,
    textBatchSize: CALLS_A_BATCH * route.maxTexts,
    async encodeImages(batch) {
      const refused = batch.map((bytes) => refuseUnsent(bytes, maxPixels));
      const sent = await images.encodeImages(batch.filter((_, i) => refused[i] === null));
      const failures = sent.filter((result) => result instanceof AppError);
      // One picture that the server stumbles over is that picture's; a server that gives none is down.
      const end = failures.find(
        ({ code }) => ENDS_ALL.has(code) || (code === 'ENCODER_FAILED' && failures.length === sent.length),
      );
      if (end !== undefined) throw fail(end);
      let next = 0;
      return refused.map((error) => error ?? sent[next++]);
    },
    async encodeTexts(batch) {
      const results = await text.encodeTexts(batch);
      return results.map((result, i) => {
        if (result instanceof AppError) throw fail(result, `, at the caption ${quote(batch[i])}`);
        return result;
      });
    },
  };
}

/** What needs no server to be refused: no picture, or one of too many pixels. */
function refuseUnsent(bytes: Uint8Array, maxPixels: number): AppError | null {
  const header = readImageHeader(bytes);
  if (header instanceof AppError) return header;
  const { width, height } = header;
  if (width * height <= maxPixels) return null;
  return new AppError(
    'IMAGE_TOO_LARGE',
    `expected at most ${maxPixels} pixels, got ${width} x ${height}: raise --max-pixels, or scale it down`,
  );
}
