import { AppError } from '../../errors.ts';
import { toBase64 } from '../base64.ts';
import type { ImageEncoder } from '../image-encoder.ts';
import type { PatchExplainer } from '../patches.ts';
import { makeBatches } from '../remote/batches.ts';
import { mediaTypeOf, toDataUri } from '../remote/data-uri.ts';
import { keepAnswer } from '../lazy.ts';
import { encodeInCalls } from '../remote/encode-in-calls.ts';
import { asTextError, EncoderFailure } from '../remote/failure.ts';
import { remotePatches } from '../remote/patches.ts';
import { readPatchHeat, readPatchMethods, writePatchQuestion } from '../remote/patches-wire.ts';
import { readVector } from '../remote/read-vector.ts';
import { createRequestDeadline, type RequestDeadline } from '../request-deadline.ts';
import type { RequestTextEncoder } from '../text-encoder.ts';
import { listPeerModels } from './describe-peer.ts';
import { createHttpClient, createHttpSender, type HttpPeer } from './http-client.ts';
import type { HttpRoute } from './http-route.ts';
import type { HttpCall, Picture } from './preset.ts';
import { expectCount, WHO } from './rows.ts';

/**
 * An encoder behind HTTP: pictures and texts in calls as large as the peer takes them, halved when one input may be why a call failed;
 * retried inside the request's deadline; every vector checked and normalised.
 * @param dim of the vectors
 */
export function createHttpEncoder(
  peer: HttpPeer,
  dim: number,
): { readonly images: ImageEncoder; readonly text: RequestTextEncoder } {
  const { route } = peer;
  const { preset } = route;
  return {
    images: {
      encodeImages(images, deadline) {
        const sizes = images.map((image) => image.length);
        const batches = makeBatches(sizes, route.options.maxImages, preset.maxCallBytes);
        const write = (together: readonly Uint8Array[]): HttpCall =>
          preset.writeImages(together.map(toPicture), route.options);
        return encode(peer, dim, write, images, batches, deadline);
      },
      patches: keepAnswer(() => findPatches(peer)),
    },
    text: {
      async encodeTexts(texts, deadline) {
        const sizes = texts.map((text) => text.length);
        const batches = makeBatches(sizes, route.maxTexts, Infinity);
        const write = (together: readonly string[]): HttpCall =>
          preset.writeTexts(together.map(promptOf(route)), route.options);
        const results = await encode(peer, dim, write, texts, batches, deadline);
        return results.map((result) => (result instanceof AppError ? asTextError(result) : result));
      },
    },
  };
}

/** A peer that is not this project's own lists no methods, has no list, or gives it to other keys: it may encode all the same. */
async function findPatches(peer: HttpPeer): Promise<PatchExplainer | null> {
  const { preset, path, options, deadlineMs } = peer.route;
  const { patches } = preset;
  if (patches === undefined || path !== null) return null;
  const models = await listPeerModels(peer).catch((error: unknown) => {
    if (error instanceof EncoderFailure && error.code === 'ENCODER_FAILED' && !error.isUnavailable)
      return null;
    throw error;
  });
  const card = models?.find(({ id }) => id === options.model);
  return remotePatches(readPatchMethods(card?.patch_methods), async (image, question, deadline) => {
    const endsAt = (deadline ?? createRequestDeadline())(peer.timing.now(), deadlineMs);
    const sender = createHttpSender(peer);
    const body = { model: options.model, input: toDataUri(image), ...writePatchQuestion(question) };
    const call = sender.prepare({ path: patches, body });
    const answer = await createHttpClient(peer, endsAt).run((givenUp) => sender.post(call, givenUp));
    return readPatchHeat(answer, question.method, WHO);
  });
}

async function encode<Input>(
  peer: HttpPeer,
  dim: number,
  write: (together: readonly Input[]) => HttpCall,
  inputs: readonly Input[],
  batches: readonly (readonly number[])[],
  deadline: RequestDeadline = createRequestDeadline(),
): Promise<(Float32Array | AppError)[]> {
  const { route, timing } = peer;
  const client = createHttpClient(peer, deadline(timing.now(), route.deadlineMs));
  const sender = createHttpSender(peer);
  return encodeInCalls(
    async (together) => {
      const call = sender.prepare(write(together));
      const answer = await client.run((givenUp) => sender.post(call, givenUp));
      const rows = route.preset.readRows(answer, together.length, route.options);
      expectCount(rows, together.length);
      return rows.map((row) => readVector(row, dim, WHO));
    },
    inputs,
    batches,
  );
}

function toPicture(given: Uint8Array): Picture {
  const bytes = given as Uint8Array<ArrayBuffer>; // of a request's body or a file, never of shared memory
  return {
    bytes,
    mediaType: mediaTypeOf(bytes),
    base64: () => toBase64(bytes),
    dataUri: () => toDataUri(bytes),
  };
}

/** `{text}` in the prompt is where the text goes. */
function promptOf({ prompt }: HttpRoute): (text: string) => string {
  if (prompt === null) return (text) => text;
  return (text) => prompt.replace('{text}', () => text);
}
