import { coverCells, meanColour } from '../clip/images/cover-part.ts';
import { createImageDecoder } from '../clip/images/decode-image.ts';
import { encodePng } from '../clip/images/encode-png.ts';
import { type RgbImage, resample } from '../clip/images/resample.ts';
import { PREVIEW_SIDE, type PatchHeat } from '../clip/patches.ts';
import { lazy } from '../clip/lazy.ts';
import { occlusionHeat, planOcclusion } from '../core/regions/occlusion.ts';
import { AppError } from '../errors.ts';
import type { RequestScope } from './request-scope.ts';

/**
 * Stored pixels that this Worker decodes at most, which has less room than the encoder's: a JPEG of any permitted size is decoded
 * smaller, an AVIF takes two to three times the memory.
 */
const MOST_PIXELS = 2_500_000;
const MOST_AVIF_PIXELS = 1_000_000;

const decoder = lazy(async () => {
  const { workerdDecoders } = await import('../clip/images/workerd-decoders.ts');
  return createImageDecoder(workerdDecoders);
});

/**
 * A heat map for an encoder that can only encode: how much the score falls when a part of the picture is covered by its mean colour.
 * @param covered pictures to encode besides the whole, at least 4; the cells are a square grid over the whole picture
 * @param score of an embedding
 * @throws AppError BAD_IMAGE, IMAGE_TOO_LARGE, LIMIT_EXCEEDED for too many pictures in a request, ENCODER_*
 */
export async function occlude(
  bytes: Uint8Array,
  covered: number,
  score: (embedding: Float32Array) => number,
  { budget, encoders, embeddings: { deadline }, maxPixels }: RequestScope,
): Promise<PatchHeat> {
  budget.spend('encodedImages', covered + 1);
  const preview = await readSmall(bytes, maxPixels());
  const plan = planOcclusion(covered, Math.min(preview.width, preview.height));
  const colour = meanColour(preview);
  const pictures = [preview, ...plan.windows.map((window) => coverCells(preview, window, plan, colour))];
  const files: Uint8Array[] = [];
  for (const picture of pictures) files.push(await encodePng(picture));
  const [whole, ...parts] = (await encoders().images.encodeImages(files, deadline)).map((outcome) => {
    if (outcome instanceof AppError) throw outcome;
    return score(outcome);
  });
  return {
    method: 'OCCLUSION',
    rows: plan.rows,
    columns: plan.columns,
    values: occlusionHeat(plan, whole, Float64Array.from(parts)),
    seen: { left: 0, top: 0, width: 1, height: 1 },
    preview,
  };
}

/** The whole picture, no longer than a preview. */
async function readSmall(bytes: Uint8Array, maxPixels: number): Promise<RgbImage> {
  const isJpeg = bytes[0] === 0xff;
  const options = {
    maxPixels: isJpeg ? maxPixels : Math.min(maxPixels, MOST_PIXELS),
    maxAvifPixels: Math.min(maxPixels, MOST_AVIF_PIXELS),
    shortSide: PREVIEW_SIDE,
  };
  const decode = await decoder();
  return decode(bytes, options, (rows) => {
    const { width, height } = rows.extent ?? rows;
    const scale = Math.min(1, PREVIEW_SIDE / Math.max(width, height));
    const size = {
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale)),
    };
    return resample(rows, size, { left: 0, top: 0, ...size }, 'bilinear');
  });
}
