import * as v from 'valibot';

/**
 * What `POST /v1/embeddings` takes, in OpenAI's form and in the three in which others extend it to pictures: Infinity's `modality`, Jina's
 * `{image}` items and vLLM's `messages`. It is read at run time, and /openapi.json is made of it.
 */

const textItem = v.pipe(v.strictObject({ text: v.string() }), v.description('A text, as Jina takes it.'));
const imageItem = v.pipe(
  v.strictObject({
    image: v.pipe(v.string(), v.description('An https URL, base64, or a data URI with base64.')),
  }),
  v.description('A picture, as Jina takes it.'),
);

export const inputSchema = v.pipe(
  v.union([v.string(), v.array(v.union([v.string(), textItem, imageItem]))]),
  v.description(
    'A text or a list of texts; with `modality` "image", pictures as https URLs or data URIs. The items of a list may also be `{"text": ...}` and `{"image": ...}`, mixed. Token ids are refused.',
  ),
);

const textPart = v.strictObject({ type: v.literal('text'), text: v.string() });
const imagePart = v.strictObject({
  type: v.literal('image_url'),
  image_url: v.strictObject({
    url: v.pipe(v.string(), v.description('An https URL, or a data URI with base64.')),
    detail: v.optional(v.string()),
  }),
});
const messagesSchema = v.pipe(
  v.strictTuple([
    v.strictObject({
      role: v.literal('user'),
      content: v.union([v.string(), v.strictTuple([v.union([textPart, imagePart])])]),
    }),
  ]),
  v.description('In place of `input`, as vLLM takes it: one message of one part, a text or a picture.'),
);

const encodingFormat = v.picklist(['float', 'base64'], 'expected "float" or "base64"');

export const embeddingsRequestSchema = v.strictObject({
  model: v.pipe(
    v.optional(v.string()),
    v.description('The id of the encoder that runs here, as /v1/models tells it; left out, it is that one.'),
  ),
  input: v.optional(inputSchema),
  messages: v.optional(messagesSchema),
  modality: v.pipe(
    v.optional(v.picklist(['text', 'image'], 'expected "text" or "image"')),
    v.description('What the strings of `input` are, as Infinity takes it; "text" when left out.'),
  ),
  encoding_format: v.pipe(
    v.optional(encodingFormat),
    v.description('"base64" is of little-endian float32 numbers; "float", a list of numbers, when left out.'),
  ),
  embedding_type: v.pipe(v.optional(encodingFormat), v.description("Jina's name of `encoding_format`.")),
  dimensions: v.pipe(
    v.optional(
      v.pipe(
        v.number('expected a whole number above 0'),
        v.integer('expected a whole number above 0'),
        v.minValue(1, 'expected a whole number above 0'),
      ),
    ),
    v.description(
      "How many numbers of each vector to give, at most the encoder's dim: the first ones, scaled to unit length again.",
    ),
  ),
  normalized: v.pipe(
    v.optional(v.literal(true, 'expected true: vectors have unit length here')),
    v.description("Jina's; vectors always have unit length, so false is refused."),
  ),
  user: v.pipe(v.optional(v.string()), v.description('Taken and not used.')),
});

export type EmbeddingsBody = v.InferOutput<typeof embeddingsRequestSchema>;
