import { isBlank } from '../../src/clip/blank-text.ts';
import type { EncoderInfo } from '../../src/clip/encoder-info.ts';
import { AppError } from '../../src/errors.ts';
import type { EmbeddingsAnswer } from '../../src/rest/openai/answer-schemas.ts';
import {
  type EmbeddingItem,
  type EmbeddingsRequest,
  EmbeddingsRequestError,
  readEmbeddingsRequest,
} from '../../src/rest/openai/read-request.ts';
import { assertServed, writeEmbeddings } from '../../src/rest/openai/write-answer.ts';
import type { Batcher } from './batcher.ts';
import type { PatchHeat, PatchMethod } from '../../src/clip/patches.ts';
import type { Failure, HeatTask, Outcome } from './encoder-task.ts';
import { isFailure } from './encoder-threads.ts';
import { readPicture } from './picture-bytes.ts';
import type { Share } from './room.ts';

/** Inputs of one request at most: OpenAI's limit for texts, and a memory's for pictures. */
export const MAX_TEXTS = 2048;
export const MAX_PICTURES = 64;
/** Far above what any CLIP reads of a text. */
const MAX_TEXT_CHARACTERS = 100_000;

/** Characters of a number in JSON at most, with its comma: -1.2345678901234567e-10 */
const NUMBER_CHARACTERS = 25;
/** Of what stands around a vector. */
const ITEM_CHARACTERS = 64;

/** Bytes of the longest answer at most. */
export function maxAnswerBytes({ dim }: Pick<EncoderInfo, 'dim'>): number {
  return MAX_TEXTS * (ITEM_CHARACTERS + dim * NUMBER_CHARACTERS);
}

/** Bytes of an answer at most. */
function answerBytes({ items, encodingFormat, dimensions }: EmbeddingsRequest, { dim }: EncoderInfo): number {
  const numbers = dimensions ?? dim;
  const ofVector =
    encodingFormat === 'base64' ? Math.ceil((numbers * 4) / 3) * 4 : numbers * NUMBER_CHARACTERS;
  return items.length * (ITEM_CHARACTERS + ofVector);
}

/** What answers embeddings requests. */
export interface Embedder {
  readonly info: EncoderInfo;
  readonly maxPixels: number;
  readonly pictures: Batcher<Uint8Array, Outcome>;
  readonly texts: Batcher<string, Outcome>;
  readonly heats: Batcher<HeatTask, PatchHeat | Failure>;
  readonly patchMethods: readonly PatchMethod[];
}

/**
 * Answers `POST /v1/embeddings`. Everything is checked before anything is encoded.
 * @param body parsed JSON
 * @param share of the request, which makes room for the answer too
 * @param signal aborted when the client has left
 * @throws EmbeddingsRequestError for what is wrong with the request; AppError ENCODER_BUSY, ENCODER_FAILED
 */
export async function embed(
  body: unknown,
  { info, maxPixels, pictures, texts }: Embedder,
  share: Share,
  signal: AbortSignal,
): Promise<EmbeddingsAnswer> {
  const request = readEmbeddingsRequest(body, MAX_TEXTS);
  assertServed(request, info);
  assertPictureCount(request.items.filter(({ kind }) => kind === 'image').length);
  share.holdToo(answerBytes(request, info));
  const count = request.items.length;
  const inputs = request.items.map((item, i) => readItem(item, i, { count, maxPixels }));
  const files = inputs.filter((input): input is Uint8Array => typeof input !== 'string');
  const captions = inputs.filter((input): input is string => typeof input === 'string');
  // What fails for one modality fails for the request, and need not be encoded for the other.
  const failed = new AbortController();
  const until = AbortSignal.any([signal, failed.signal]);
  const [ofFiles, ofCaptions] = await Promise.all([
    pictures.encode(files, until),
    texts.encode(captions, until),
  ]).catch((error: unknown) => {
    failed.abort(error);
    throw error;
  });
  const outcomes = { picture: ofFiles.values(), text: ofCaptions.values() };
  const vectors = inputs.map((input, i) => {
    const { value } = (typeof input === 'string' ? outcomes.text : outcomes.picture).next();
    if (value === undefined) throw new Error(`expected ${count} outcomes, got ${i}`);
    if (isFailure(value)) throw ofItem(value, i, count);
    return value;
  });
  return writeEmbeddings(request, info, vectors, 0);
}

function readItem(item: EmbeddingItem, index: number, { count, maxPixels }: ItemTerms): string | Uint8Array {
  try {
    if (item.kind === 'text') return readText(item.text);
    if ('url' in item) throw new AppError('URL_REFUSED', NO_FETCH);
    return readPicture(item.base64, maxPixels);
  } catch (error) {
    throw error instanceof AppError ? ofItem(error, index, count) : error;
  }
}

interface ItemTerms {
  readonly count: number;
  readonly maxPixels: number;
}

const NO_FETCH = 'Pictures are not fetched here: send their bytes as a data URI, data:image/...;base64,... .';

function readText(text: string): string {
  if (isBlank(text)) throw new AppError('BAD_INPUT', 'Expected a text, got nothing that can be seen.');
  if (text.length <= MAX_TEXT_CHARACTERS) return text;
  throw new AppError(
    'LIMIT_EXCEEDED',
    `Expected a text of at most ${MAX_TEXT_CHARACTERS} characters, got ${text.length}.`,
  );
}

/** Says which of several it was. */
function ofItem(
  { code, message }: Pick<Failure, 'code' | 'message'>,
  index: number,
  count: number,
): EmbeddingsRequestError {
  const place = count === 1 ? '' : `Item ${index} of ${count}, counted from 0: `;
  return new EmbeddingsRequestError(code, place + message, count === 1 ? 'input' : `input[${index}]`);
}

function assertPictureCount(count: number): void {
  if (count <= MAX_PICTURES) return;
  const message = `Expected at most ${MAX_PICTURES} pictures in one request, got ${count}.`;
  throw new EmbeddingsRequestError('LIMIT_EXCEEDED', message, 'input');
}
