import { env, WorkerEntrypoint } from 'cloudflare:workers';
import { bundledEncoder } from './clip/towers/bundled-encoder.ts';
import { readMaxAvifPixels, readMaxPixelPasses, readMaxPixels } from './clip/config.ts';
import { rememberImages } from './clip/remember-images.ts';
import { runContract, type EmbeddingAnswer, type PatchAnswer } from './clip/encoder-contract.ts';
import { createTextTower } from './clip/towers/text-tower.ts';
import { createVisionTower } from './clip/towers/vision-tower.ts';

/** Both towers load with their first input, once an isolate. */
const encoder = {
  info: bundledEncoder,
  text: createTextTower(async () => {
    const [{ workerdOnnx }, { bundledTextModel }] = await Promise.all([
      import('./clip/towers/workerd-onnx.ts'),
      import('./clip/towers/bundled-text-model.ts'),
    ]);
    return { runtime: workerdOnnx, files: bundledTextModel };
  }, bundledEncoder.dim),
  maxPixelPasses: readMaxPixelPasses(env),
  images: rememberImages(
    createVisionTower(
      async () => {
        const [{ workerdOnnx }, { bundledVisionModel }, { workerdDecoders }] = await Promise.all([
          import('./clip/towers/workerd-onnx.ts'),
          import('./clip/towers/bundled-vision-model.ts'),
          import('./clip/images/workerd-decoders.ts'),
        ]);
        return { runtime: workerdOnnx, files: bundledVisionModel, decoders: workerdDecoders };
      },
      bundledEncoder.dim,
      readMaxPixels(env),
      readMaxAvifPixels(env),
    ),
  ),
};

/**
 * The embedded encoder behind the `AI` binding's contract: bind this Worker as `AI` with `entrypoint = "AI"`. It runs offline, and
 * deployed it is the CPU fallback for small models.
 */
export class AI extends WorkerEntrypoint {
  /**
   * @param model must be the bundled encoder's id
   * @param inputs `image`: base64, data URI or byte array, or a list of such; `text`: a text or a list; one of the two
   * @returns `{data, shape}`, one L2-normalised vector an input; for `patches` what `runContract` tells
   * @throws Error whose message begins with the platform's code: 5004 bad input, 5007 no such model, 3000 internal
   */
  async run(model: string, inputs: unknown): Promise<EmbeddingAnswer | PatchAnswer> {
    return runContract(encoder, model, inputs);
  }
}

export default {
  fetch(): Response {
    return Response.json({ service: 'alignql-encoder', entrypoint: 'AI' });
  },
};
