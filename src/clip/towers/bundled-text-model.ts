import config from '../../../models/tiny-clip/config.json';
import model from '../../../models/tiny-clip/onnx/text_model_quantized.onnx';
import tokenizer from '../../../models/tiny-clip/tokenizer.json';
import tokenizerConfig from '../../../models/tiny-clip/tokenizer_config.json';
import type { TextTowerFiles } from './text-tower.ts';

/** The text tower that is bundled with the API Worker. Another folder is bundled by aliasing this module (scripts/clip/worker-model.ts). */
export const bundledTextModel: TextTowerFiles = {
  model: new Uint8Array(model),
  tokenizer,
  tokenizerConfig,
  config,
};
