import { wrongAnswer } from '../../remote/failure.ts';
import type { HttpPreset } from '../preset.ts';
import { given, isRecord, listAt, rowsByIndex, WHO } from '../rows.ts';

/**
 * vllm-project/vllm (`vllm serve MODEL --runner pooling`): texts by `/v1/embeddings`, which alone can pad them (SigLIP needs
 * `max_length`), pictures in batches by `/v2/embed` in Cohere's shape. With one picture a call they go by `/v1/embeddings` as the message
 * of a chat, for a server that has no /v2. No `input_type`: models without prompts refuse it. Fields: vllm/frontend/entrypoints/pooling,
 * embed/protocol.py and base/protocol.py.
 */
export const vllm: HttpPreset = {
  basePath: '',
  hasTwoPaths: true,
  maxImages: 16,
  maxTexts: 64,
  maxCallBytes: 6_000_000,
  options: ['dimensions', 'textPadding'],
  models: '/v1/models',
  writeTexts: (texts, { model, dimensions, textPadding }) => ({
    path: '/v1/embeddings',
    body: given({ model, input: texts, encoding_format: 'float', dimensions, padding: textPadding }),
  }),
  writeImages(pictures, { model, dimensions, maxImages }) {
    if (maxImages > 1) {
      const images = pictures.map((picture) => picture.dataUri());
      return {
        path: '/v2/embed',
        body: given({ model, images, embedding_types: ['float'], output_dimension: dimensions }),
      };
    }
    const content = pictures.map((picture) => ({ type: 'image_url', image_url: { url: picture.dataUri() } }));
    return {
      path: '/v1/embeddings',
      body: given({ model, messages: [{ role: 'user', content }], encoding_format: 'float', dimensions }),
    };
  },
  readRows(answer, count) {
    if (!isRecord(answer)) throw wrongAnswer(`${WHO} gave no list of vectors`);
    return 'embeddings' in answer ? listAt(answer, 'embeddings', 'float') : rowsByIndex(answer, count);
  },
};
