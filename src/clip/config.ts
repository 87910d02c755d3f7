import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import type { EncoderInfo } from './encoder-info.ts';
import { httpEncoderId, type HttpRoute, readHttpRoute, shiftsOf } from './http/http-route.ts';
import { DEFAULT_MAX_PIXEL_PASSES, DEFAULT_MAX_PIXELS } from './images/image-limits.ts';
import { parseVars, text, wholeNumber } from './vars.ts';
import { DEFAULT_DEADLINE_MS } from './request-deadline.ts';

/** In what form a picture goes into the call: base64 text, the same behind `data:image/...;base64,`, or an array of byte values. */
export type ImageInputForm = 'base64' | 'data-uri' | 'bytes';

/** How the model behind the `AI` binding is called and where its answer holds the vectors. */
export interface AiRoute {
  readonly model: string;
  readonly imageInput: ImageInputForm;
  readonly imageField: string;
  readonly textField: string;
  /** Steps from the answer to a list of vectors; `*` takes every element of a list. */
  readonly vectorsPath: readonly string[];
  /** Pictures a call; with 1 the field holds the picture itself, with more a list. */
  readonly maxImages: number;
  readonly maxTexts: number;
  /** Whether it is this project's encoder Worker, or one of its contract, which can be asked for heat maps. */
  readonly hasPatches: boolean;
  /** For one request's encoding, all calls and retries together. */
  readonly timeoutMs: number;
}

/** Where texts or pictures are encoded: in this Worker, behind the `AI` binding, or behind HTTP. */
export type RouteName = 'worker' | 'ai' | 'http';

export interface EncoderConfig {
  readonly info: EncoderInfo;
  readonly imageRoute: Exclude<RouteName, 'worker'>;
  readonly textRoute: RouteName;
  readonly ai: AiRoute;
  /** Null where neither route is `http`. */
  readonly http: HttpRoute | null;
  /** What a server that tells the fingerprint of its model must tell; null where ours is a hash of what is declared. */
  readonly peerFingerprint: string | null;
}

const varsSchema = v.object({
  ENCODER_ID: v.optional(text),
  ENCODER_DIM: v.optional(wholeNumber(1, 8192)),
  ENCODER_FINGERPRINT: v.optional(
    v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits')),
  ),
  ENCODER_REVISION: v.optional(text, 'unknown'),
  AI_MODEL: v.optional(text),
  AI_IMAGE_INPUT: v.optional(v.picklist(['base64', 'data-uri', 'bytes']), 'base64'),
  AI_IMAGE_FIELD: v.optional(text, 'image'),
  AI_TEXT_FIELD: v.optional(text, 'text'),
  AI_VECTORS_PATH: v.optional(
    v.pipe(text, v.regex(/^[^.]+(\.[^.]+)*$/, 'expected names with dots between them')),
    'data',
  ),
  AI_MAX_IMAGES: v.optional(wholeNumber(1, 256), 1),
  AI_MAX_TEXTS: v.optional(wholeNumber(1, 1024), 64),
  AI_PATCHES: v.optional(v.picklist(['on', 'off'], 'expected "on" or "off"')),
  AI_TIMEOUT_MS: v.optional(wholeNumber(100, 300_000), DEFAULT_DEADLINE_MS),
  IMAGE_ROUTE: v.optional(v.picklist(['ai', 'http'], 'expected "ai" or "http"'), 'ai'),
  TEXT_ROUTE: v.optional(v.picklist(['worker', 'ai', 'http'], 'expected "worker", "ai" or "http"'), 'worker'),
});

const pixelsSchema = v.object({
  MAX_IMAGE_PIXELS: v.optional(wholeNumber(1, 1e9), DEFAULT_MAX_PIXELS),
  MAX_AVIF_PIXELS: v.optional(wholeNumber(1, 1e9)),
  MAX_PIXEL_PASSES: v.optional(wholeNumber(1, 2 ** 31 - 1), DEFAULT_MAX_PIXEL_PASSES),
});

/**
 * MAX_IMAGE_PIXELS, a variable of both Workers: stored pixels above which a picture is refused, by the API unsent, by the encoder
 * Worker undecoded.
 * @throws AppError INTERNAL naming the variable and what was expected
 */
export function readMaxPixels(env: object): number {
  return parseVars(pixelsSchema, env).MAX_IMAGE_PIXELS;
}

/**
 * MAX_AVIF_PIXELS, a variable of the encoder Worker: the same for an AVIF, which takes two to three times the memory and four times
 * the time. Half of MAX_IMAGE_PIXELS where it is not set.
 * @throws AppError INTERNAL naming the variable and what was expected
 */
export function readMaxAvifPixels(env: object): number {
  return parseVars(pixelsSchema, env).MAX_AVIF_PIXELS ?? halfOf(readMaxPixels(env));
}

function halfOf(pixels: number): number {
  return Math.max(1, Math.floor(pixels / 2));
}

/**
 * MAX_PIXEL_PASSES, a variable of both Workers: what the pictures of one request, or of one call of the encoder, may cost together, see
 * `countPixelPasses`.
 * @throws AppError INTERNAL naming the variable and what was expected
 */
export function readMaxPixelPasses(env: object): number {
  return parseVars(pixelsSchema, env).MAX_PIXEL_PASSES;
}

const embeddingCacheSchema = v.object({
  EMBEDDING_CACHE: v.optional(
    v.picklist(['shared', 'isolate', 'off'], 'expected "shared", "isolate" or "off"'),
    'shared',
  ),
  EMBEDDING_CACHE_WAIT_MS: v.optional(wholeNumber(1, 10_000), 30),
});

/**
 * EMBEDDING_CACHE (default `shared`) and EMBEDDING_CACHE_WAIT_MS (default 30): which embeddings are kept for whoever asks next, and how
 * long a request waits for what other isolates keep.
 * @throws AppError INTERNAL naming the variable and what was expected
 */
export function readEmbeddingCacheVars(env: object): {
  readonly mode: 'shared' | 'isolate' | 'off';
  readonly waitMs: number;
} {
  const vars = parseVars(embeddingCacheSchema, env);
  return { mode: vars.EMBEDDING_CACHE, waitMs: vars.EMBEDDING_CACHE_WAIT_MS };
}

type Vars = v.InferOutput<typeof varsSchema>;

/**
 * Read the encoder's configuration from the Worker's variables. Defaults, where the variable is absent:
 * ENCODER_ID and ENCODER_DIM those of the bundled model, or by ENCODER_MODEL and ENCODER_DIMENSIONS behind HTTP; ENCODER_FINGERPRINT the
 * bundled model's under its id, else a hash of what is declared; ENCODER_REVISION `unknown`; AI_MODEL = ENCODER_ID; AI_IMAGE_INPUT
 * `base64`; AI_IMAGE_FIELD `image`; AI_TEXT_FIELD `text`; AI_VECTORS_PATH `data`; AI_MAX_IMAGES 1; AI_MAX_TEXTS 64; AI_PATCHES `on` for
 * the bundled model, else `off`; AI_TIMEOUT_MS 20000; IMAGE_ROUTE `ai`; TEXT_ROUTE `worker`; those of the HTTP route, see `readHttpRoute`.
 * @param env the Worker's env, or any object with these variables; others are ignored
 * @param bundled the encoder whose text tower is bundled with the Worker
 * @throws AppError INTERNAL naming the variable, what was expected and what to change
 */
export function readEncoderConfig(env: object, bundled: EncoderInfo): EncoderConfig {
  const vars = parseVars(varsSchema, env);
  const { IMAGE_ROUTE: imageRoute, TEXT_ROUTE: textRoute } = vars;
  const isHttp = imageRoute === 'http' || textRoute === 'http';
  const http = isHttp ? readHttpRoute(env, vars.ENCODER_ID ?? bundled.id) : null;
  const id = vars.ENCODER_ID ?? (http === null ? bundled.id : httpEncoderId(http));
  if (textRoute === 'worker' && id !== bundled.id) {
    throw new AppError(
      'INTERNAL',
      `TEXT_ROUTE is "worker", which runs the text tower of ${bundled.id}, but ENCODER_ID is ${id}: set TEXT_ROUTE = "ai" or "http", or bundle that model`,
    );
  }
  const ai = readRoute(vars, id, bundled);
  const dim = readDim(vars.ENCODER_DIM ?? http?.options.dimensions ?? undefined, id, bundled);
  const isBundled = id === bundled.id && (http === null || Object.keys(shiftsOf(http)).length === 0);
  const declared = (): string =>
    http === null
      ? declaredFingerprint(id, dim, vars.ENCODER_REVISION, ai)
      : declaredHttpFingerprint(id, dim, http, imageRoute === 'ai' || textRoute === 'ai' ? ai : null);
  const known = vars.ENCODER_FINGERPRINT ?? (isBundled ? bundled.fingerprint : null);
  const isWhole = http !== null && Object.keys(shiftsOf(http)).length === 0;
  const info = { id, dim, fingerprint: known ?? declared() };
  return { info, imageRoute, textRoute, ai, http, peerFingerprint: isWhole ? known : null };
}

/** @throws AppError INTERNAL when it is not known, or is not the bundled model's under its id */
function readDim(given: number | undefined, id: string, bundled: EncoderInfo): number {
  const dim = given ?? (id === bundled.id ? bundled.dim : undefined);
  if (dim === undefined)
    throw new AppError('INTERNAL', `ENCODER_DIM is not set: expected the length of the vectors of ${id}`);
  if (id === bundled.id && dim !== bundled.dim) {
    throw new AppError(
      'INTERNAL',
      `ENCODER_DIM is ${dim}: expected ${bundled.dim}, the length of the vectors of ${id}`,
    );
  }
  return dim;
}

function readRoute(vars: Vars, id: string, bundled: EncoderInfo): AiRoute {
  return {
    model: vars.AI_MODEL ?? id,
    imageInput: vars.AI_IMAGE_INPUT,
    imageField: vars.AI_IMAGE_FIELD,
    textField: vars.AI_TEXT_FIELD,
    vectorsPath: vars.AI_VECTORS_PATH.split('.'),
    maxImages: vars.AI_MAX_IMAGES,
    maxTexts: vars.AI_MAX_TEXTS,
    hasPatches: (vars.AI_PATCHES ?? (id === bundled.id ? 'on' : 'off')) === 'on',
    timeoutMs: vars.AI_TIMEOUT_MS,
  };
}

/** What can be said of a model whose bytes are elsewhere: hex SHA-256 of all that is declared about its vectors. */
function declaredFingerprint(id: string, dim: number, revision: string, ai: AiRoute): string {
  return hashOf([
    id,
    dim,
    revision,
    ai.model,
    ai.imageInput,
    ai.imageField,
    ai.textField,
    ai.vectorsPath.join('.'),
  ]);
}

/** The same of a peer behind HTTP: which kind of server it is counts too, since each prepares pictures in its own way. */
function declaredHttpFingerprint(id: string, dim: number, http: HttpRoute, ai: AiRoute | null): string {
  const { presetName, revision, options } = http;
  const shifts = Object.entries(shiftsOf(http));
  return hashOf([
    'http',
    id,
    dim,
    revision,
    presetName,
    options.model,
    shifts,
    ai === null ? null : ai.model,
  ]);
}

function hashOf(declared: readonly unknown[]): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(declared))));
}
