import { createAiClient, type AiModel } from './client.ts';
import { encodeInCalls } from './encode-together.ts';
import type { AiRoute } from '../config.ts';
import { AppError } from '../../errors.ts';
import { createRequestDeadline } from '../request-deadline.ts';
import type { RequestTextEncoder } from '../text-encoder.ts';

/** Texts to the model behind the `AI` binding, the same that takes the pictures; its own tokenizer truncates. */
export function createAiTextEncoder(model: AiModel, route: AiRoute, dim: number): RequestTextEncoder {
  return {
    async encodeTexts(texts, deadline = createRequestDeadline()) {
      const endsAt = deadline(model.timing.now(), route.timeoutMs);
      const client = createAiClient(model, endsAt, route.timeoutMs);
      const write = (together: readonly string[]) => ({ [route.textField]: together });
      const batches: number[][] = [];
      for (let from = 0; from < texts.length; from += route.maxTexts) {
        const count = Math.min(route.maxTexts, texts.length - from);
        batches.push(Array.from({ length: count }, (_, i) => from + i));
      }
      const results = await encodeInCalls({ client, route, dim, write }, texts, batches);
      return results.map((result) => (result instanceof AppError ? asTextError(result) : result));
    },
  };
}

/** The platform has one code for bad input; here it is no picture that was bad. */
function asTextError(error: AppError): AppError {
  if (error.code !== 'BAD_IMAGE') return error;
  return new AppError('ENCODER_FAILED', error.message, { cause: error });
}
