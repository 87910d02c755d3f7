import { createAiClient, type AiBinding, type Timing } from './client.ts';
import { readVectors } from './answer.ts';
import type { AiRoute } from '../config.ts';
import { AppError } from '../../errors.ts';
import type { TextEncoder } from '../text-encoder.ts';

/** Texts to the model behind the `AI` binding, the same that takes the pictures; its own tokenizer truncates. */
export function createAiTextEncoder(
  binding: AiBinding,
  route: AiRoute,
  dim: number,
  timing: Timing,
): TextEncoder {
  return {
    async encodeTexts(texts) {
      const client = createAiClient(binding, route.model, route.timeoutMs, timing);
      const vectors: Float32Array[] = [];
      for (let from = 0; from < texts.length; from += route.maxTexts) {
        const part = texts.slice(from, from + route.maxTexts);
        const answer = await client
          .run({ [route.textField]: part })
          .catch((error: unknown) => Promise.reject(asTextError(error)));
        vectors.push(...readVectors(answer, route.vectorsPath, part.length, dim));
      }
      return vectors;
    },
  };
}

/** The platform has one code for bad input; here it is no picture that was bad. */
function asTextError(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'BAD_IMAGE') return error;
  return new AppError('ENCODER_FAILED', error.message, { cause: error });
}
