import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { type ModelConfig, readModelConfig } from '../../src/clip/model-family.ts';
import { writeModels } from '../../src/rest/openai/write-answer.ts';
import { findModel, readJson } from '../clip/model-folder.ts';

/** CLIP's training clips the scale here, and every published CLIP ends at the clip (Radford et al. 2021, section 2.5). */
const CLIP_LOGIT_SCALE = 100;
/** ln(1 / 0.07), where CLIP's training begins: published configurations say this, not where it ended. */
const INITIAL_LOG_SCALE = 2.6592;

/** What `GET /v1/models` answers: OpenAI's fields, and what a client must know of an encoder before it compares its vectors. */
export async function describeServed(
  info: EncoderInfo,
  model: string,
): Promise<ReturnType<typeof writeModels>> {
  const { object, data } = writeModels(info);
  const logit_scale = logitScaleOf(readModelConfig(await readJson(findModel(model).config)));
  return { object, data: data.map((card) => ({ ...card, logit_scale })) };
}

/** The factor on cosines before a softmax over labels; null where config.json does not say and the family has none in common. */
function logitScaleOf({ family, logLogitScale }: ModelConfig): number | null {
  if (logLogitScale !== null && logLogitScale !== INITIAL_LOG_SCALE) return Math.exp(logLogitScale);
  return family.name === 'clip' ? CLIP_LOGIT_SCALE : null;
}
