import * as v from 'valibot';

/** What OpenAI clients are answered. Types at run time, and part of /openapi.json. */

export const embeddingsAnswerSchema = v.strictObject({
  object: v.literal('list'),
  data: v.array(
    v.strictObject({
      object: v.literal('embedding'),
      index: v.pipe(v.number(), v.integer(), v.minValue(0), v.description('Place in the input, from 0.')),
      embedding: v.pipe(
        v.union([v.array(v.number()), v.string()]),
        v.description('Unit length: numbers, or base64 of little-endian float32, as was asked.'),
      ),
    }),
  ),
  model: v.pipe(v.string(), v.description('Id of the encoder.')),
  usage: v.strictObject({
    prompt_tokens: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.description(
        'Tokens of the texts, where the server counts them; 0 where it does not, and `x-cost` tells what is charged.',
      ),
    ),
    total_tokens: v.pipe(v.number(), v.integer(), v.minValue(0)),
  }),
});

export type EmbeddingsAnswer = v.InferOutput<typeof embeddingsAnswerSchema>;

const modelSchema = v.strictObject({
  id: v.pipe(v.string(), v.description('Id of the encoder.')),
  object: v.literal('model'),
  created: v.pipe(v.number(), v.integer(), v.description('Always 0: nobody keeps it.')),
  owned_by: v.string(),
  dim: v.pipe(v.number(), v.integer(), v.description('Numbers in a vector.')),
  fingerprint: v.pipe(v.string(), v.description('As `Encoder.fingerprint` of schema.graphql.')),
  modalities: v.array(v.picklist(['text', 'image'])),
});

export const modelsAnswerSchema = v.strictObject({ object: v.literal('list'), data: v.array(modelSchema) });

export type ModelsAnswer = v.InferOutput<typeof modelsAnswerSchema>;

export const openAiErrorSchema = v.strictObject({
  error: v.strictObject({
    message: v.string(),
    type: v.string(),
    param: v.nullable(v.string()),
    code: v.pipe(v.string(), v.description('As `ErrorCode` of schema.graphql, or "model_not_found".')),
  }),
});

export type OpenAiErrorBody = v.InferOutput<typeof openAiErrorSchema>;
