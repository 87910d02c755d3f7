import path from 'node:path';
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  RawImage,
  type Tensor,
} from '@xenova/transformers';
import { DEFAULT_MODEL } from '../../scripts/clip/model-folder.ts';
import { serveSimply } from './serve-simply.ts';

/** transformers.js on the same folder and the same quantised files, as its documentation shows it. */
env.allowRemoteModels = false;
env.localModelPath = path.dirname(DEFAULT_MODEL);
const id = path.basename(DEFAULT_MODEL);
const [tokenizer, processor, textModel, visionModel] = await Promise.all([
  AutoTokenizer.from_pretrained(id),
  AutoProcessor.from_pretrained(id),
  CLIPTextModelWithProjection.from_pretrained(id, { dtype: 'q8' }),
  CLIPVisionModelWithProjection.from_pretrained(id, { dtype: 'q8' }),
]);

serveSimply({
  async encodeText(text) {
    const inputs: unknown = tokenizer([text], { padding: true, truncation: true });
    const { text_embeds: embeds } = (await textModel(inputs)) as { text_embeds: Tensor };
    return embeds.normalize().data as Float32Array;
  },
  async encodePicture(file) {
    const inputs: unknown = await processor(await RawImage.fromBlob(new Blob([new Uint8Array(file)])));
    const { image_embeds: embeds } = (await visionModel(inputs)) as { image_embeds: Tensor };
    return embeds.normalize().data as Float32Array;
  },
});
