import { createAiClient, type AiModel } from './client.ts';
import { encodeInCalls } from './encode-together.ts';
import { toBase64 } from '../base64.ts';
import type { AiRoute, ImageInputForm } from '../config.ts';
import type { ImageEncoder } from '../image-encoder.ts';
import { sniffFormat } from '../images/image-header.ts';
import { createRequestDeadline } from '../request-deadline.ts';

/** A call's pictures together, in file bytes: base64 keeps them below the platform's 10 MB a call. A larger one goes alone. */
const MAX_CALL_BYTES = 6_000_000;

/** Pictures to the model behind the `AI` binding, in as few calls as it allows. */
export function createAiImageEncoder(model: AiModel, route: AiRoute, dim: number): ImageEncoder {
  return {
    async encodeImages(images, deadline = createRequestDeadline()) {
      const endsAt = deadline(model.timing.now(), route.timeoutMs);
      const client = createAiClient(model, endsAt, route.timeoutMs);
      const write = (together: readonly Uint8Array[]) => ({
        [route.imageField]: writeImages(together, route),
      });
      return encodeInCalls({ client, route, dim, write }, images, [...makeCalls(images, route.maxImages)]);
    },
  };
}

/** Which pictures go into which call: at most `maxImages` and MAX_CALL_BYTES a call, in order. */
function* makeCalls(images: readonly Uint8Array[], maxImages: number): Generator<number[]> {
  let call: number[] = [];
  let bytes = 0;
  for (let i = 0; i < images.length; i++) {
    if (call.length > 0 && (call.length === maxImages || bytes + images[i].length > MAX_CALL_BYTES)) {
      yield call;
      call = [];
      bytes = 0;
    }
    call.push(i);
    bytes += images[i].length;
  }
  if (call.length > 0) yield call;
}

function writeImages(images: readonly Uint8Array[], { imageInput, maxImages }: AiRoute): unknown {
  const written = images.map((bytes) => writeImage(bytes, imageInput));
  return maxImages === 1 ? written[0] : written;
}

function writeImage(bytes: Uint8Array, form: ImageInputForm): unknown {
  if (form === 'base64') return toBase64(bytes);
  // A Uint8Array would become {"0": ...} in JSON.
  if (form === 'bytes') return Array.from(bytes);
  const format = sniffFormat(bytes);
  return `data:${format === null ? 'application/octet-stream' : `image/${format}`};base64,${toBase64(bytes)}`;
}
