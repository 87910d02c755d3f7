import { createHash } from 'node:crypto';
import { createImageDecoder } from '../../src/clip/images/decode-image.ts';
import { resample } from '../../src/clip/images/resample.ts';
import { AppError } from '../../src/errors.ts';
import { MAX_THUMBNAIL_BYTES } from '../../src/storage/publish-corpus.ts';
import type { Progress } from '../cli/progress.ts';
import { nodeDecoders } from '../clip/node-runtime.ts';
import { OFFLINE_MAX_PIXELS } from '../clip/picture-limit.ts';
import { loadWebpEncoder } from '../clip/webp-file.ts';
import type { ImageSource } from '../dataset/pair-source.ts';

/** Of the longer side, in pixels; smaller pictures are not enlarged. */
export const THUMBNAIL_SIDE = 128;

const ID_DIGITS = 32;

/** Small pictures, by the name of their source and by what they hold. */
export interface MadeThumbnails {
  readonly idByName: ReadonlyMap<string, string>;
  /** Equal thumbnails once. */
  readonly bytesById: ReadonlyMap<string, Uint8Array>;
}

/**
 * Thumbnails of whole pictures, uncut. One that cannot be read or decoded any more has none. All are in memory, 1 to 6 KiB each.
 * @param done told of every picture
 */
export async function makeThumbnails(
  images: Iterable<ImageSource>,
  maxPixels: number = OFFLINE_MAX_PIXELS,
  done: Progress['add'] = () => undefined,
): Promise<MadeThumbnails> {
  const thumbnailOf = await createThumbnailer(maxPixels);
  const idByName = new Map<string, string>();
  const bytesById = new Map<string, Uint8Array>();
  for (const { name, read } of images) {
    // What went wrong was told when the picture was encoded, or has happened since: then the next run will tell.
    const bytes = await read().then(thumbnailOf, () => null);
    if (bytes !== null) {
      const id = createHash('sha256').update(bytes).digest('hex').slice(0, ID_DIGITS);
      idByName.set(name, id);
      bytesById.set(id, bytes);
    }
    done(1);
  }
  return { idByName, bytesById };
}

/** A picture file as a thumbnail; null for what does not open. */
async function createThumbnailer(
  maxPixels: number,
): Promise<(file: Uint8Array) => Promise<Uint8Array | null>> {
  const decode = createImageDecoder(await nodeDecoders());
  const encode = await loadWebpEncoder();
  return async (file) => {
    try {
      const small = await decode(file, { maxPixels, shortSide: THUMBNAIL_SIDE }, (rows) => {
        const scale = Math.min(1, THUMBNAIL_SIDE / Math.max(rows.width, rows.height));
        const width = Math.max(1, Math.round(rows.width * scale));
        const height = Math.max(1, Math.round(rows.height * scale));
        return resample(rows, { width, height }, { left: 0, top: 0, width, height }, 'bicubic');
      });
      // Of quality 70, or lower where that would be more bytes.
      return encode(small, MAX_THUMBNAIL_BYTES);
    } catch (error) {
      if (error instanceof AppError) return null;
      throw error;
    }
  };
}
