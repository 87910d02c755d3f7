import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import type { PatchMethod } from '../../src/clip/patches.ts';
import { writeModels } from '../../src/rest/openai/write-answer.ts';
import { describeModel, findModel } from '../clip/model-folder.ts';

/** CLIP's training clips the scale here, and every published CLIP ends at the clip (Radford et al. 2021, section 2.5). */
const CLIP_LOGIT_SCALE = 100;

/**
 * What `GET /v1/models` answers: OpenAI's fields, and what a client must know of an encoder: how its cosines are read as logits, scale ·
 * cosine + bias. The bias is null for a model that was trained by a softmax. `patch_methods`: the heat maps that `POST /v1/patches` makes.
 */
export async function describeServed(
  info: EncoderInfo,
  model: string,
  patchMethods: readonly PatchMethod[],
): Promise<ReturnType<typeof writeModels>> {
  const { object, data } = writeModels(info);
  const { logitScale = CLIP_LOGIT_SCALE, logitBias = null } = await describeModel(findModel(model));
  const told = { logit_scale: logitScale, logit_bias: logitBias, patch_methods: patchMethods };
  return { object, data: data.map((card) => ({ ...card, ...told })) };
}
