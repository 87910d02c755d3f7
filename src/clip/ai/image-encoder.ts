import { AppError } from '../../errors.ts';
import { createAiClient, type AiBinding, type AiClient, type Timing } from './client.ts';
import { mayBeOneInput } from './errors.ts';
import { readVectors } from './answer.ts';
import { toBase64 } from '../base64.ts';
import type { AiRoute, ImageInputForm } from '../config.ts';
import type { ImageEncoder } from '../image-encoder.ts';
import { sniffFormat } from '../images/image-header.ts';

/** A call's pictures together, in file bytes: base64 keeps them below the platform's 10 MB a call. A larger one goes alone. */
const MAX_CALL_BYTES = 6_000_000;

/** A Worker may have six connections open at once; the rest is left to URL fetches and storage. */
const MAX_CONCURRENT_CALLS = 4;

/**
 * Calls of one request that may fail for unknown reasons before it is the model that is taken to be down: finding one bad picture of
 * sixteen costs five.
 */
const MAX_UNEXPLAINED_FAILURES = 8;

type Result = Float32Array | AppError;

/** Pictures to the model behind the `AI` binding, in as few calls as it allows. */
export function createAiImageEncoder(
  binding: AiBinding,
  route: AiRoute,
  dim: number,
  timing: Timing,
): ImageEncoder {
  return {
    async encodeImages(images) {
      const client = createAiClient(binding, route.model, route.timeoutMs, timing);
      const request: EncodingRequest = { client, route, dim, unexplained: [] };
      const results: Result[] = new Array<Result>(images.length);
      const pending = [...makeCalls(images, route.maxImages)];
      const worker = async (): Promise<void> => {
        for (let indices = pending.shift(); indices !== undefined; indices = pending.shift()) {
          const together = indices.map((i) => images[i]);
          const answers = await encodeTogether(request, together);
          answers.forEach((answer, i) => (results[indices[i]] = answer));
        }
      };
      await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENT_CALLS, pending.length) }, worker));
      return results;
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

/** What the calls of one request share. */
interface EncodingRequest {
  readonly client: AiClient;
  readonly route: AiRoute;
  readonly dim: number;
  /** The unexplained failures so far. */
  readonly unexplained: AppError[];
}

/**
 * One call; when one of its pictures may be why it failed, the halves on their own, one after the other, so that a bad picture fails
 * alone. Other failures (busy, quota, time, no such model) are every picture's and are not asked about again.
 */
async function encodeTogether(request: EncodingRequest, images: readonly Uint8Array[]): Promise<Result[]> {
  const { client, route, dim, unexplained } = request;
  const modelIsDown = unexplained.at(MAX_UNEXPLAINED_FAILURES - 1);
  if (modelIsDown !== undefined) return images.map(() => modelIsDown);
  try {
    const answer = await client.run({ [route.imageField]: writeImages(images, route) });
    return readVectors(answer, route.vectorsPath, images.length, dim);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code !== 'BAD_IMAGE') unexplained.push(error);
    if (images.length === 1 || !mayBeOneInput(error)) {
      return images.map(() => error);
    }
    const middle = images.length >> 1;
    const first = await encodeTogether(request, images.slice(0, middle));
    return [...first, ...(await encodeTogether(request, images.slice(middle)))];
  }
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
