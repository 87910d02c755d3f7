import type { CallOptions, HttpPreset } from '../preset.ts';
import { given, listAt } from '../rows.ts';

const write = (
  inputs: Readonly<Record<string, unknown>>,
  { model, dimensions }: CallOptions,
  task: string | null,
) => ({
  path: '/embed',
  body: given({
    model,
    ...inputs,
    input_type: task,
    embedding_types: ['float'],
    output_dimension: dimensions,
  }),
});

/**
 * api.cohere.com: `POST /v2/embed`, texts or pictures. `input_type` is required, so it always is part of the encoder's identity. At most
 * 96 texts a call; models before embed-v4.0 take one picture a call.
 */
export const cohere: HttpPreset = {
  basePath: '/v2',
  maxImages: 8,
  maxTexts: 96,
  maxCallBytes: 12_000_000,
  options: ['dimensions', 'textTask', 'imageTask'],
  defaults: { textTask: 'search_query', imageTask: 'image' },
  models: null,
  writeTexts: (texts, options) => write({ texts }, options, options.textTask),
  writeImages: (pictures, options) =>
    write({ images: pictures.map((picture) => picture.dataUri()) }, options, options.imageTask),
  readRows: (answer) => listAt(answer, 'embeddings', 'float'),
};
