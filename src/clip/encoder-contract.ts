import * as v from 'valibot';
import { AppError, againAs } from '../errors.ts';
import { fromBase64 } from './base64.ts';
import type { EncoderInfo } from './encoder-info.ts';
import type { ImageEncoder } from './image-encoder.ts';
import { readImageHeader } from './images/image-header.ts';
import { NETWORK_PASSES, countPixelPasses } from './images/pixel-passes.ts';
import { type PatchHeatJson, readPatchQuestion, writePatchHeat } from './remote/patches-wire.ts';
import type { PatchMethod } from './patches.ts';
import type { TextEncoder } from './text-encoder.ts';

/** What `run` answers; the shape of Workers AI's embedding models. */
export interface EmbeddingAnswer {
  readonly data: number[][];
  readonly shape: number[];
}

/** What `run` answers where `patches` is asked for: which methods there are, or the heat map of one picture. */
export type PatchAnswer = { readonly methods: readonly PatchMethod[] } | { readonly heat: PatchHeatJson };

/** A byte array may be an array of numbers, as Workers AI takes it, or a typed array, which a service binding carries as it is. */
const image = v.union([v.string(), v.instance(Uint8Array), v.pipe(v.array(v.number()), v.minLength(1))]);

const inputsSchema = v.object({
  image: v.optional(v.union([image, v.array(image)])),
  text: v.optional(v.union([v.string(), v.array(v.string())])),
  patches: v.optional(v.unknown()),
});

/** Errors the way the platform throws them: a four-digit code, a colon, the message. */
function platformError(code: number, message: string): Error {
  return new Error(`${code}: ${message}`);
}

/** An encoder as it is served to others. */
export interface ServedEncoder {
  readonly info: EncoderInfo;
  readonly images: ImageEncoder;
  readonly text: TextEncoder;
  /** What the images of one call may cost together, in pixel passes. */
  readonly maxPixelPasses: number;
}

/**
 * `AI.run` for one encoder.
 * @param model must be `encoder.info.id`
 * @param inputs unchecked: `image` or `text`, single or a list; or `patches`, alone or with one `image`
 * @throws Error `5007: No such model ...`, `5004: ...` for bad input, `3000: ...` when the encoder fails
 */
export async function runContract(
  encoder: ServedEncoder,
  model: string,
  inputs: unknown,
): Promise<EmbeddingAnswer | PatchAnswer> {
  if (model !== encoder.info.id) throw platformError(5007, `No such model ${model}`);
  const parsed = v.safeParse(inputsSchema, inputs);
  if (!parsed.success)
    throw platformError(5004, 'expected image (base64, data URI or bytes) or text, single or a list');
  const { image: images, text: texts, patches } = parsed.output;
  if (patches !== undefined) return asPlatform(() => answerPatches(encoder, images, patches));
  if ((images === undefined) === (texts === undefined))
    throw platformError(5004, 'expected either image or text');
  return asPlatform(async () => {
    const vectors =
      images === undefined ? await encodeTexts(encoder.text, texts) : await encodeImages(encoder, images);
    return { data: vectors.map((vector) => Array.from(vector)), shape: [vectors.length, encoder.info.dim] };
  });
}

/** Errors as the platform throws them. */
async function asPlatform<Answer>(answer: () => Promise<Answer>): Promise<Answer> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof AppError && error.code !== 'ENCODER_FAILED')
      throw platformError(5004, error.message);
    if (error instanceof AppError) throw platformError(3000, error.message);
    throw error;
  }
}

/** @param images one, or none to ask for the methods */
async function answerPatches(
  { info, images: encoder, maxPixelPasses }: ServedEncoder,
  images: ImageInput | ImageInput[] | undefined,
  question: unknown,
): Promise<PatchAnswer> {
  const explainer = (await encoder.patches?.()) ?? null;
  if (images === undefined) return { methods: explainer?.methods ?? [] };
  if (isImageList(images)) throw new AppError('BAD_INPUT', 'expected one image to explain');
  const asked = readPatchQuestion(question, info.dim);
  if (explainer?.methods.includes(asked.method) !== true)
    throw new AppError('BAD_INPUT', `${info.id} has no heat map by ${asked.method}`);
  const bytes = readImage(images);
  assertAffordable([bytes], maxPixelPasses);
  const heat = await explainer.explainImage(bytes, asked);
  if (heat instanceof AppError) throw heat;
  return { heat: writePatchHeat(heat) };
}

type ImageInput = v.InferOutput<typeof image>;

function encodeTexts(encoder: TextEncoder, texts: string | string[] | undefined): Promise<Float32Array[]> {
  return encoder.encodeTexts(typeof texts === 'string' ? [texts] : (texts ?? []));
}

async function encodeImages(
  { images: encoder, maxPixelPasses }: ServedEncoder,
  images: ImageInput | ImageInput[],
): Promise<Float32Array[]> {
  const list = (isImageList(images) ? images : [images]).map(readImage);
  assertAffordable(list, maxPixelPasses);
  const results = await encoder.encodeImages(list);
  return results.map((result, i) => {
    if (!(result instanceof AppError)) return result;
    throw new AppError(result.code, list.length === 1 ? result.message : `image ${i}: ${result.message}`, {
      cause: result,
      ...againAs(result),
    });
  });
}

/** By their headers. What is no picture costs nothing, and fails where it is decoded. */
function assertAffordable(images: readonly Uint8Array[], allowed: number): void {
  let asked = 0;
  for (const bytes of images) {
    const header = readImageHeader(bytes);
    if (!(header instanceof AppError)) asked += NETWORK_PASSES + countPixelPasses(bytes, header);
  }
  if (asked <= allowed) return;
  throw new AppError(
    'LIMIT_EXCEEDED',
    `expected images of at most ${allowed} pixel passes in one call, got ${images.length} of ${asked}`,
  );
}

function isImageList(images: ImageInput | ImageInput[]): images is ImageInput[] {
  return Array.isArray(images) && typeof images[0] !== 'number';
}

function readImage(input: ImageInput): Uint8Array {
  if (typeof input !== 'string') return input instanceof Uint8Array ? input : Uint8Array.from(input);
  const base64 = /^data:[^,]*;base64,/.test(input) ? input.slice(input.indexOf(',') + 1) : input;
  const bytes = fromBase64(base64);
  if (bytes === null) throw new AppError('BAD_IMAGE', 'the image is no base64');
  return bytes;
}
