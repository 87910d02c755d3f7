import { createAiClient, type AiClient, type AiModel } from './client.ts';
import { readVectors } from './answer.ts';
import { makeBatches } from '../remote/batches.ts';
import { toDataUri } from '../remote/data-uri.ts';
import { keepAnswer } from '../lazy.ts';
import { encodeInCalls } from '../remote/encode-in-calls.ts';
import { remotePatches } from '../remote/patches.ts';
import { readPatchHeat, readPatchMethods, writePatchQuestion } from '../remote/patches-wire.ts';
import { toBase64 } from '../base64.ts';
import type { AiRoute, ImageInputForm } from '../config.ts';
import type { ImageEncoder } from '../image-encoder.ts';
import { createRequestDeadline } from '../request-deadline.ts';

/** A call's pictures together, in file bytes: base64 keeps them below the platform's 10 MB a call. A larger one goes alone. */
const MAX_CALL_BYTES = 6_000_000;

const WHO = 'The AI model';

/** Pictures to the model behind the `AI` binding, in as few calls as it allows. */
export function createAiImageEncoder(model: AiModel, route: AiRoute, dim: number): ImageEncoder {
  return {
    async encodeImages(images, deadline = createRequestDeadline()) {
      const client = clientOf(model, route, deadline);
      const encode = async (together: readonly Uint8Array[]) => {
        const answer = await client.run({ [route.imageField]: writeImages(together, route) });
        return readVectors(answer, route.vectorsPath, together.length, dim);
      };
      const sizes = images.map((image) => image.length);
      return encodeInCalls(encode, images, makeBatches(sizes, route.maxImages, MAX_CALL_BYTES));
    },
    patches: keepAnswer(async () =>
      route.hasPatches
        ? remotePatches(
            readPatchMethods(fieldOf(await clientOf(model, route).run({ patches: true }), 'methods')),
            async (image, question, deadline) => {
              const inputs = { image: toBase64(image), patches: writePatchQuestion(question) };
              const answer = await clientOf(model, route, deadline).run(inputs);
              return readPatchHeat(fieldOf(answer, 'heat'), question.method, WHO);
            },
          )
        : null,
    ),
  };
}

function clientOf(model: AiModel, { timeoutMs }: AiRoute, deadline = createRequestDeadline()): AiClient {
  return createAiClient(model, deadline(model.timing.now(), timeoutMs), timeoutMs);
}

function fieldOf(answer: unknown, name: string): unknown {
  return typeof answer === 'object' && answer !== null && name in answer
    ? (answer as Record<string, unknown>)[name]
    : undefined;
}

function writeImages(images: readonly Uint8Array[], { imageInput, maxImages }: AiRoute): unknown {
  const written = images.map((bytes) => writeImage(bytes, imageInput));
  return maxImages === 1 ? written[0] : written;
}

function writeImage(bytes: Uint8Array, form: ImageInputForm): unknown {
  if (form === 'base64') return toBase64(bytes);
  // A Uint8Array would become {"0": ...} in JSON.
  if (form === 'bytes') return Array.from(bytes);
  return toDataUri(bytes);
}
