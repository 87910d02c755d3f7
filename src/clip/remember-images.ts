import { sha256Hex } from './content-hash.ts';
import { LRUCache } from 'lru-cache';
import type { AppError } from '../errors.ts';
import type { ImageEncoder } from './image-encoder.ts';

/** Four calls of 64 pictures, which is the most that one request has; 256 KB of vectors of 256 numbers. */
const MAX_OUTCOMES = 256;
/** A picture that failed for want of memory may be decoded later. */
const TTL_MS = 60_000;

/**
 * An encoder that knows what its last pictures gave, errors included, by the SHA-256 of their bytes. A caller who gets one error for a
 * call of many pictures asks again for halves of it: each picture is decoded once all the same, and one damaged picture among dear
 * ones does not make them dearer.
 */
export function rememberImages(encoder: ImageEncoder): ImageEncoder {
  const outcomes = new LRUCache<string, Float32Array | AppError>({ max: MAX_OUTCOMES, ttl: TTL_MS });
  return {
    ...encoder,
    async encodeImages(images) {
      const keys = await Promise.all(images.map(sha256Hex));
      const known = keys.map((key) => outcomes.get(key));
      const missing = images.filter((_, i) => known[i] === undefined);
      const encoded = await encoder.encodeImages(missing);
      let next = 0;
      return keys.map((key, i) => {
        const outcome = known[i] ?? encoded[next++];
        outcomes.set(key, outcome);
        return outcome;
      });
    },
  };
}
