import config from '../../../models/tiny-clip/config.json';
import model from '../../../models/tiny-clip/onnx/vision_model_quantized.onnx';
import preprocessor from '../../../models/tiny-clip/preprocessor_config.json';
import type { VisionTowerFiles } from './vision-tower.ts';

/** The vision tower that is bundled with the encoder Worker. */
export const bundledVisionModel: VisionTowerFiles = { model: new Uint8Array(model), preprocessor, config };
