import * as v from 'valibot';
import { AppError } from '../errors.ts';

/**
 * What a model of two towers calls its parts and how it was trained to take texts. Where each line was read: docs/models.md.
 */
export interface ModelFamily {
  /** `model_type` in config.json. */
  readonly name: 'clip' | 'siglip' | 'jina_clip';
  /** Outputs of the towers' graphs that are the embeddings, before normalisation; the first that a graph has is taken. */
  readonly textOutputs: readonly string[];
  readonly imageOutputs: readonly string[];
  /** Texts are padded to the full length, and the network reads the padding. */
  readonly padsToMaximum: boolean;
  /** How many tokens a text has at most where the files do not say. */
  readonly defaultMaxTokens: number | null;
  /** Longer texts cost more than they are worth here, whatever the files allow. */
  readonly mostTokens: number;
  /** The two towers may be one graph that wants both inputs. */
  readonly mayBeJoint: boolean;
}

const FAMILIES: readonly ModelFamily[] = [
  {
    name: 'clip',
    textOutputs: ['text_embeds'],
    imageOutputs: ['image_embeds'],
    padsToMaximum: false,
    defaultMaxTokens: null,
    mostTokens: Infinity,
    mayBeJoint: false,
  },
  {
    name: 'siglip',
    // SigLIP has no projection: what is pooled is the embedding.
    textOutputs: ['text_embeds', 'pooler_output'],
    imageOutputs: ['image_embeds', 'pooler_output'],
    padsToMaximum: true,
    defaultMaxTokens: 64,
    mostTokens: Infinity,
    mayBeJoint: false,
  },
  {
    name: 'jina_clip',
    textOutputs: ['text_embeddings', 'text_embeds'],
    imageOutputs: ['image_embeddings', 'image_embeds'],
    padsToMaximum: false,
    defaultMaxTokens: 512,
    mostTokens: 512,
    mayBeJoint: true,
  },
];

const length = v.pipe(v.number(), v.integer(), v.minValue(1));
const configSchema = v.looseObject({
  model_type: v.optional(v.string(), 'clip'),
  projection_dim: v.optional(length),
  logit_scale_init_value: v.optional(v.number()),
  text_config: v.optional(
    v.looseObject({
      hidden_size: v.optional(length),
      projection_size: v.optional(length),
      max_position_embeddings: v.optional(v.number()),
      pad_token_id: v.optional(v.nullable(v.number())),
    }),
    {},
  ),
  vision_config: v.optional(v.looseObject({ image_size: v.optional(length) }), {}),
});

/** What a config.json says, as far as it matters here. */
export interface ModelConfig {
  readonly family: ModelFamily;
  /** Length of the embeddings; null: the file does not say. */
  readonly dim: number | null;
  /** Tokens of a text at most; null: the file does not say. */
  readonly maxTokens: number | null;
  readonly padTokenId: number | null;
  /** Natural logarithm of the logit scale as the file has it: often the value that training began with. */
  readonly logLogitScale: number | null;
}

/** SiglipTextConfig leaves out what is its default. */
const SIGLIP_HIDDEN_SIZE = 768;

/**
 * Read a model's config.json, parsed.
 * @throws AppError INTERNAL naming the field, what was expected and what came
 */
export function readModelConfig(config: unknown): ModelConfig {
  const result = v.safeParse(configSchema, config);
  if (!result.success) {
    const issue = result.issues[0];
    throw new AppError('INTERNAL', `config.json: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
  }
  const { model_type: type, projection_dim: projection, text_config: text } = result.output;
  const family = FAMILIES.find(({ name }) => name === type);
  if (family === undefined) {
    const names = FAMILIES.map(({ name }) => name).join(', ');
    throw new AppError(
      'INTERNAL',
      `config.json: model_type is ${JSON.stringify(type)}, expected one of ${names} (docs/models.md)`,
    );
  }
  return {
    family,
    dim: family.name === 'siglip' ? siglipDim(text) : (projection ?? null),
    maxTokens: text.max_position_embeddings ?? family.defaultMaxTokens,
    padTokenId: text.pad_token_id ?? null,
    logLogitScale: result.output.logit_scale_init_value ?? null,
  };
}

type TextConfig = v.InferOutput<typeof configSchema>['text_config'];

function siglipDim({ projection_size: projected, hidden_size: hidden }: TextConfig): number {
  return projected ?? hidden ?? SIGLIP_HIDDEN_SIZE;
}
