import type { CallOptions, HttpPreset } from '../preset.ts';
import { given, rowsByIndex } from '../rows.ts';

/** The fields of both kinds of call. Numbers, not base64: a peer of another byte order would give wrong vectors unseen. */
const common = ({ model, dimensions }: CallOptions): Readonly<Record<string, unknown>> =>
  given({ model, encoding_format: 'float', dimensions });

/**
 * `POST /v1/embeddings` as OpenAI has it. OpenAI itself takes no pictures; they go in Infinity's form, `modality` beside `input`, as
 * this project's own encoder takes them too. Texts carry no field that OpenAI does not know.
 */
export const openai: HttpPreset = {
  basePath: '/v1',
  maxImages: 16,
  maxTexts: 64,
  maxCallBytes: 6_000_000,
  options: ['dimensions'],
  models: '/models',
  patches: '/patches',
  writeTexts: (texts, options) => ({ path: '/embeddings', body: { ...common(options), input: texts } }),
  writeImages: (pictures, options) => ({
    path: '/embeddings',
    body: { ...common(options), modality: 'image', input: pictures.map((picture) => picture.dataUri()) },
  }),
  readRows: rowsByIndex,
};
