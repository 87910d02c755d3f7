import type { CallOptions, HttpPreset } from '../preset.ts';
import { given, rowsByIndex } from '../rows.ts';

const write = (contents: readonly unknown[], { model, dimensions }: CallOptions, task: string | null) => ({
  path: '/multimodalembeddings',
  body: given({
    model,
    inputs: contents.map((content) => ({ content: [content] })),
    input_type: task,
    output_dimension: dimensions,
  }),
});

/** api.voyageai.com: `POST /v1/multimodalembeddings`, at most 1000 inputs a call; a picture of at most 20 MB and 16 megapixels. */
export const voyage: HttpPreset = {
  basePath: '/v1',
  maxImages: 16,
  maxTexts: 128,
  maxCallBytes: 12_000_000,
  options: ['dimensions', 'textTask', 'imageTask'],
  models: null,
  writeTexts: (texts, options) =>
    write(
      texts.map((text) => ({ type: 'text', text })),
      options,
      options.textTask,
    ),
  writeImages: (pictures, options) =>
    write(
      pictures.map((picture) => ({ type: 'image_base64', image_base64: picture.dataUri() })),
      options,
      options.imageTask,
    ),
  readRows: rowsByIndex,
};
