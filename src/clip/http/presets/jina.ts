import type { CallOptions, HttpPreset } from '../preset.ts';
import { given, rowsByIndex } from '../rows.ts';

/** Jina's field for the form is `embedding_type`, not OpenAI's `encoding_format`. */
const write = (input: readonly unknown[], { model, dimensions }: CallOptions, task: string | null) => ({
  path: '/embeddings',
  body: given({ model, input, embedding_type: 'float', normalized: true, dimensions, task }),
});

/** api.jina.ai: `POST /v1/embeddings` with a list of `{text}` or `{image}`, one kind an item. */
export const jina: HttpPreset = {
  basePath: '/v1',
  maxImages: 8,
  maxTexts: 64,
  maxCallBytes: 6_000_000,
  options: ['dimensions', 'textTask', 'imageTask'],
  models: null,
  writeTexts: (texts, options) =>
    write(
      texts.map((text) => ({ text })),
      options,
      options.textTask,
    ),
  writeImages: (pictures, options) =>
    write(
      pictures.map((picture) => ({ image: picture.dataUri() })),
      options,
      options.imageTask,
    ),
  readRows: rowsByIndex,
};
