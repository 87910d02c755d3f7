import * as v from 'valibot';
import { type PatchHeatJson, readPatchQuestion, writePatchHeat } from '../../src/clip/remote/patches-wire.ts';
import { AppError } from '../../src/errors.ts';
import { EmbeddingsRequestError } from '../../src/rest/openai/read-request.ts';
import { assertServed } from '../../src/rest/openai/write-answer.ts';
import type { Embedder } from './embed.ts';
import { isFailure } from './encoder-threads.ts';
import { readPicture } from './picture-bytes.ts';
import type { Share } from './room.ts';

const bodySchema = v.object({
  model: v.optional(v.string()),
  input: v.string('expected input as a data URI'),
});

/** Of a preview in base64, and what stands around it. */
const ANSWER_BYTES = 500_000;

/**
 * Answers `POST /v1/patches`: `{model?, input, direction, method}`, where `input` is a picture as `/v1/embeddings` takes it.
 * @param body parsed JSON
 * @param share of the request, which makes room for the answer too
 * @param signal aborted when the client has left
 * @throws AppError BAD_INPUT, BAD_VECTOR, BAD_IMAGE, IMAGE_TOO_LARGE, ENCODER_BUSY, ENCODER_FAILED
 */
export async function explainPicture(
  body: unknown,
  { info, maxPixels, heats, patchMethods }: Embedder,
  share: Share,
  signal: AbortSignal,
): Promise<PatchHeatJson> {
  const read = v.safeParse(bodySchema, body);
  if (!read.success) throw new AppError('BAD_INPUT', `The body: ${read.issues[0].message}`);
  assertServed({ model: read.output.model ?? null, dimensions: null }, info);
  const question = readPatchQuestion(body, info.dim);
  if (!patchMethods.includes(question.method)) {
    const offered = patchMethods.length === 0 ? 'it has none' : `it has ${patchMethods.join(', ')}`;
    throw new EmbeddingsRequestError('BAD_INPUT', `No heat map by ${question.method}: ${offered}.`, 'method');
  }
  const file = readPicture(read.output.input, maxPixels);
  share.holdToo(ANSWER_BYTES);
  const [outcome] = await heats.encode([{ file, question }], signal);
  if (isFailure(outcome)) throw new AppError(outcome.code, outcome.message);
  return writePatchHeat(outcome);
}
