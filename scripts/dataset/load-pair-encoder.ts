import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { type HttpChoice, openHttpEncoder } from '../clip/http-encoder.ts';
import { loadEncoder } from '../clip/load-encoder.ts';
import { type EmbeddingCache, openEmbeddingCache } from '../embedding-cache/embedding-cache.ts';
import type { PairEncoder } from './encode-pairs.ts';
import { httpPairEncoder } from './http-pair-encoder.ts';

/** Which encoder: a model of this machine, or a server. */
export interface EncoderChoice {
  /** A folder in the Hugging Face layout, or a hub id; models/tiny-clip by default. */
  readonly model?: string | undefined;
  /** In place of a model. */
  readonly http?: HttpChoice | undefined;
  /** Of one picture, see `LoadOptions`. */
  readonly maxPixels?: number | undefined;
}

/** @throws UserError when the model is missing or incomplete, or the server does not answer */
export async function loadPairEncoder({ model, http, maxPixels }: EncoderChoice = {}): Promise<{
  readonly info: EncoderInfo;
  readonly encoder: PairEncoder;
}> {
  if (http !== undefined) {
    const opened = await openHttpEncoder(http);
    return { info: opened.info, encoder: httpPairEncoder(opened, maxPixels) };
  }
  const { info, text, images, textBatchSize, imageBatchSize } = await loadEncoder({ model, maxPixels });
  const encoder = {
    dim: info.dim,
    imageBatchSize,
    textBatchSize,
    encodeImages: async (batch: readonly Uint8Array[]) => images.encodeImages(batch),
    encodeTexts: async (batch: readonly string[]) => text.encodeTexts(batch),
    ...(text.truncates && { truncates: text.truncates }),
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
