import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { loadEncoder } from '../clip/load-encoder.ts';
import { type EmbeddingCache, openEmbeddingCache } from '../embedding-cache/embedding-cache.ts';
import type { PairEncoder } from './encode-pairs.ts';

/**
 * @param maxPixels of one picture, see `LoadOptions`
 * @throws UserError when the model is missing or incomplete
 */
export async function loadPairEncoder(
  model: string | undefined,
  maxPixels?: number,
): Promise<{ readonly info: EncoderInfo; readonly encoder: PairEncoder }> {
  const { info, text, images, textBatchSize, imageBatchSize } = await loadEncoder({ model, maxPixels });
  const encoder = {
    dim: info.dim,
    imageBatchSize,
    textBatchSize,
    encodeImages: async (batch: readonly Uint8Array[]) => images.encodeImages(batch),
    encodeTexts: async (batch: readonly string[]) => text.encodeTexts(batch),
  };
  return { info, encoder };
}

/** The cache of this encoder; damaged entries are told of. */
export async function openCache(
  folder: string,
  info: EncoderInfo,
  tell: (line: string) => void,
): Promise<EmbeddingCache> {
  const cache = await openEmbeddingCache(folder, info);
  if (cache.damagedCount > 0)
    tell(`${cache.damagedCount} damaged entries of the cache ${folder} are encoded again`);
  return cache;
}
