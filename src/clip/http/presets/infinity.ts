import type { HttpPreset } from '../preset.ts';
import { openai } from './openai.ts';

/**
 * michaelfeil/infinity: the same bodies without `/v1` unless its operator set a prefix, which then belongs into the base URL. At most
 * 32 pictures and 2048 texts a call (libs/infinity_emb/infinity_emb/fastapi_schemas/pymodels.py, ITEMS_LIMIT_SMALL and ITEMS_LIMIT).
 */
export const infinity: HttpPreset = {
  ...openai,
  basePath: '',
  maxImages: 32,
  maxTexts: 256,
  writeTexts: (texts, options) => {
    const { path, body } = openai.writeTexts(texts, options);
    return { path, body: { ...body, modality: 'text' } };
  },
};
