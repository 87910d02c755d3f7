import * as v from 'valibot';
import { AppError } from '../errors.ts';
import type { Logits } from './encoder-info.ts';
import { bundledEncoder, bundledLogits } from './towers/bundled-encoder.ts';

/** CLIP's training clips the scale here, and every published CLIP ends at the clip (Radford et al. 2021, section 2.5). */
const CLIP_LOGIT_SCALE = 100;

const number = v.pipe(v.union([v.number(), v.string()]), v.transform(Number));
const varsSchema = v.object({
  ENCODER_LOGIT_SCALE: v.optional(
    v.pipe(
      number,
      v.check((scale) => scale > 0 && scale < Infinity, 'expected a number above 0'),
    ),
  ),
  ENCODER_LOGIT_BIAS: v.optional(
    v.pipe(
      number,
      v.check((bias) => Number.isFinite(bias), 'expected a number'),
    ),
  ),
});

/**
 * How the encoder's cosines become logits: `scale` is what they are multiplied by before a softmax over labels, `bias` what a
 * model of a sigmoid a pair adds. ENCODER_LOGIT_SCALE and ENCODER_LOGIT_BIAS, or what the bundled model's encoder.json says, or
 * 100 and no bias.
 * @param id of the deployment's encoder
 * @throws AppError INTERNAL when a variable is no such number
 */
export function readLogits(env: object, id: string): Logits {
  const result = v.safeParse(varsSchema, env);
  if (!result.success) {
    const issue = result.issues[0];
    throw new AppError('INTERNAL', `${v.getDotPath(issue) ?? 'env'} is not valid: ${issue.message}`);
  }
  const known = id === bundledEncoder.id ? bundledLogits : null;
  return {
    scale: result.output.ENCODER_LOGIT_SCALE ?? known?.scale ?? CLIP_LOGIT_SCALE,
    bias: result.output.ENCODER_LOGIT_BIAS ?? known?.bias ?? null,
  };
}
