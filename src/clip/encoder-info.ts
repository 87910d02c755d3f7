import * as v from 'valibot';
import { AppError } from '../errors.ts';

/**
 * What names an encoder. Vectors of different ids are never compared; a changed fingerprint under one id is an error too.
 * `fingerprint`: lower-case hex SHA-256, over the model's own bytes where we hold them, else over what is declared.
 */
export interface EncoderInfo {
  readonly id: string;
  readonly dim: number;
  readonly fingerprint: string;
}

const HEX_SHA256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected a lower-case hex SHA-256'));

/** How the network was trained to read a cosine as a logit: scale · cosine + bias. */
export interface Logits {
  /** Above 0. */
  readonly scale: number;
  /** Of a model that was trained with a sigmoid a pair (SigLIP); null for one of a softmax, which no bias changes. */
  readonly bias: number | null;
}

const encoderFileSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  dim: v.pipe(v.number(), v.integer(), v.minValue(1)),
  fingerprint: HEX_SHA256,
  revision: v.optional(v.string()),
  logitScale: v.optional(
    v.pipe(
      v.number(),
      v.check((scale) => scale > 0, 'expected a number above 0'),
    ),
  ),
  logitBias: v.optional(v.number()),
  files: v.record(v.string(), HEX_SHA256),
});

/** The content of `models/<name>/encoder.json`, written by `npm run -s model -- describe`. `files`: path -> SHA-256. */
export type EncoderFile = v.InferOutput<typeof encoderFileSchema>;

/**
 * @param value the parsed JSON of an encoder.json
 * @param source where it came from, for the message
 * @throws AppError BAD_INPUT when it is not one
 */
export function parseEncoderFile(value: unknown, source: string): EncoderFile {
  const result = v.safeParse(encoderFileSchema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new AppError(
    'BAD_INPUT',
    `${source} is no encoder description: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}. ` +
      'Delete it, then write it anew: npm run -s model -- describe DIR',
  );
}
