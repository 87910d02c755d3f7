import { readVectors } from './answer.ts';
import { createAiClient, type AiModel } from './client.ts';
import { makeBatches } from '../remote/batches.ts';
import { encodeInCalls } from '../remote/encode-in-calls.ts';
import { asTextError } from '../remote/failure.ts';
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
      const encode = async (together: readonly string[]) => {
        const answer = await client.run({ [route.textField]: together });
        return readVectors(answer, route.vectorsPath, together.length, dim);
      };
      const sizes = texts.map(({ length }) => length);
      const results = await encodeInCalls(encode, texts, makeBatches(sizes, route.maxTexts, Infinity));
      return results.map((result) => (result instanceof AppError ? asTextError(result) : result));
    },
  };
}
