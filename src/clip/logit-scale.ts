import * as v from 'valibot';
import config from '../../models/tiny-clip/config.json';
import { AppError } from '../errors.ts';
import { bundledEncoder } from './towers/bundled-encoder.ts';

/** CLIP's training clips the scale here, and every published CLIP ends at the clip (Radford et al. 2021, section 2.5). */
const CLIP_LOGIT_SCALE = 100;

const configSchema = v.looseObject({ logit_scale_init_value: v.number() });
const varsSchema = v.object({
  ENCODER_LOGIT_SCALE: v.optional(
    v.pipe(
      v.union([v.number(), v.string()]),
      v.transform(Number),
      v.check((scale) => scale > 0 && scale < Infinity, 'expected a number above 0'),
    ),
  ),
});

/**
 * What the encoder's cosines are multiplied by before a softmax over labels: ENCODER_LOGIT_SCALE, or the bundled model's own,
 * whose config.json holds its natural logarithm, or 100.
 * @param id of the deployment's encoder
 * @throws AppError INTERNAL when the variable is no positive number
 */
export function readLogitScale(env: object, id: string): number {
  const result = v.safeParse(varsSchema, env);
  if (!result.success) {
    throw new AppError('INTERNAL', `ENCODER_LOGIT_SCALE is not valid: ${result.issues[0].message}`);
  }
  if (result.output.ENCODER_LOGIT_SCALE !== undefined) return result.output.ENCODER_LOGIT_SCALE;
  if (id !== bundledEncoder.id) return CLIP_LOGIT_SCALE;
  const bundled = v.safeParse(configSchema, config);
  return bundled.success ? Math.exp(bundled.output.logit_scale_init_value) : CLIP_LOGIT_SCALE;
}
