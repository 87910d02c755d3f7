import type { Encoders } from '../clip/create-encoders.ts';
import { readImageHeader } from '../clip/images/image-header.ts';
import { assertPixelPasses } from '../clip/images/pixel-passes.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { countObjects, exists, requireJson } from './bucket.ts';
import { encodePart } from './embedding-part.ts';
import type { IndexPage, IndexedPair, SkippedPair } from './input-index.ts';
import { dataKeys } from './keys.ts';
import { type ReadPicture, readPictures } from './read-pictures.ts';
import type { Task } from './tasks.ts';

/** Of a picture alone: the row is left out. Any other failure is the encoder's, and the batch is tried again. */
const PICTURE_CODES: ReadonlySet<ErrorCode> = new Set([
  'BAD_IMAGE',
  'IMAGE_TOO_LARGE',
  'BAD_INPUT',
  'LIMIT_EXCEEDED',
]);

export interface EncodeLimits {
  /** Of one picture. */
  readonly maxPixels: number;
  /** Of the pictures of one call together. */
  readonly maxPixelPasses: number;
}

type Encoding = Pick<Encoders, 'images' | 'text'> & { readonly dim: number };

/**
 * Encodes the pairs of a part and writes their embeddings under the part's name, unless they are there. Pictures that cannot be read
 * are left out with the reason, and so are captions that the encoder refuses. Of a shard that is whole, `markShard` first.
 * @returns whether it was made just now, and whether its shard lacks no other
 * @throws AppError (ENCODER_*) when the encoder fails, Error when data has changed: the batch is to be tried again
 */
export async function encodeOnePart(
  buckets: { readonly DATASETS: R2Bucket; readonly RUNS: R2Bucket },
  task: Extract<Task, { kind: 'encode' }>,
  encoding: Encoding,
  limits: EncodeLimits,
): Promise<{ readonly isNew: boolean; readonly isLast: boolean }> {
  const { RUNS: runs } = buckets;
  const key = dataKeys.part(task.hash, task.part);
  const isNew = !(await exists(runs, key));
  if (isNew) {
    const page = await requireJson<IndexPage>(runs, dataKeys.page(task.page));
    await runs.put(key, await encodePairs(buckets.DATASETS, page.pairs, encoding, limits));
  }
  return { isNew, isLast: (await countObjects(runs, dataKeys.parts(task.hash))) >= task.parts };
}

async function encodePairs(
  datasets: R2Bucket,
  pairs: readonly IndexedPair[],
  encoding: Encoding,
  limits: EncodeLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const images = new Map<number, Float32Array>();
  const reasons = new Map<number, string>();
  for await (const group of readPictures(datasets, pairs)) {
    await encodeGroup(group, encoding, limits, { images, reasons });
  }
  await assertNotTheEncoder(encoding, { images, reasons });
  const captions = new Set(pairs.flatMap(({ caption }, i) => (images.has(i) ? [caption] : [])));
  const texts = await encodeCaptions(encoding.text, [...captions]);
  const kept: { readonly pair: IndexedPair; readonly i: number; readonly text: Float32Array }[] = [];
  for (const [i, pair] of pairs.entries()) {
    const text = texts.get(pair.caption);
    if (text === undefined || !images.has(i)) continue;
    if (text instanceof AppError) reasons.set(i, `its caption is refused: ${text.message}`);
    else kept.push({ pair, i, text });
  }
  const skipped = pairs.flatMap(({ where, image }, i): SkippedPair[] => {
    const reason = reasons.get(i);
    return reason === undefined ? [] : [{ where, reason: `${image}: ${reason}` }];
  });
  return encodePart({
    rows: kept.map(({ pair: { where, image, caption } }) => ({ where, image, caption })),
    skipped,
    images: matrixOf(
      kept.map(({ i }) => images.get(i)),
      encoding.dim,
    ),
    texts: matrixOf(
      kept.map(({ text }) => text),
      encoding.dim,
    ),
  });
}

/** No encoder that works refuses it. */
const PLAIN_CAPTION = 'a photo';

/**
 * A vector for each caption, or why it has none. What fails is asked about once more, beside a plain caption: where that is
 * answered, the encoder works.
 * @throws AppError (ENCODER_*) when it may be the encoder that failed
 */
async function encodeCaptions(
  encoder: Encoding['text'],
  captions: readonly string[],
): Promise<Map<string, Float32Array | AppError>> {
  const results = new Map<string, Float32Array | AppError>();
  for (const [i, first] of (await encoder.encodeTexts(captions)).entries()) {
    results.set(captions[i], first instanceof AppError ? await askAgain(encoder, captions[i], first) : first);
  }
  return results;
}

async function askAgain(
  encoder: Encoding['text'],
  caption: string,
  failure: AppError,
): Promise<Float32Array | AppError> {
  if (!mayBeTheCaption(failure)) throw failure;
  const [plain, again] = await encoder.encodeTexts([PLAIN_CAPTION, caption]);
  if (plain instanceof AppError) throw plain;
  if (again instanceof AppError && !mayBeTheCaption(again)) throw again;
  return again;
}

/** Encoders elsewhere tell a text that they refuse as they tell a failure of their own. */
function mayBeTheCaption({ code, retryable }: AppError): boolean {
  return !retryable && (code === 'ENCODER_FAILED' || PICTURE_CODES.has(code));
}

interface Outcomes {
  readonly images: Map<number, Float32Array>;
  readonly reasons: Map<number, string>;
}

/** PNG, 32 x 32, grey: no encoder that works refuses it. */
const PLAIN_PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAJklEQVR42u3NMQ0AAAwDoEqv9KrYsQQMkB6LQCAQCAQCgUAg+BIMLd4AWwUPN68AAAAASUVORK5CYII=';

/**
 * A wrong setting looks like bad pictures, all of them: an encoder that refuses whatever it is sent makes no skipped rows.
 * @throws Error when no picture of the part was encoded, and a plain one is refused as well
 */
async function assertNotTheEncoder(
  { images: encoder }: Pick<Encoding, 'images'>,
  { images, reasons }: Outcomes,
): Promise<void> {
  if (images.size > 0 || reasons.size === 0) return;
  const plain = Uint8Array.from(atob(PLAIN_PICTURE), (char) => char.charCodeAt(0));
  const [result] = await encoder.encodeImages([plain]);
  if (!(result instanceof AppError)) return;
  const [first] = reasons.values();
  throw new Error(
    `the encoder refuses every picture, a plain one of 32 x 32 pixels too (${result.message}): check its settings. The first of the part: ${first}`,
    { cause: result },
  );
}

/** Calls of as many pictures as may be decoded together. */
async function encodeGroup(
  group: readonly (readonly [number, ReadPicture])[],
  { images: encoder }: Encoding,
  limits: EncodeLimits,
  { images, reasons }: Outcomes,
): Promise<void> {
  let call: { readonly index: number; readonly bytes: Uint8Array }[] = [];
  let passes = 0;
  const flush = async (): Promise<void> => {
    const results = await encoder.encodeImages(call.map(({ bytes }) => bytes));
    for (const [i, { index }] of call.entries()) {
      const result = results[i];
      if (!(result instanceof AppError)) images.set(index, result);
      else if (PICTURE_CODES.has(result.code)) reasons.set(index, result.message);
      else throw result;
    }
    call = [];
    passes = 0;
  };
  for (const [index, picture] of group) {
    const cost = picture instanceof Uint8Array ? passesOf(picture, limits) : picture.reason;
    if (typeof cost === 'string' || !(picture instanceof Uint8Array)) {
      reasons.set(index, String(cost));
      continue;
    }
    if (passes + cost > limits.maxPixelPasses) await flush();
    call.push({ index, bytes: picture });
    passes += cost;
  }
  if (call.length > 0) await flush();
}

/** What decoding takes, or why the picture is refused unsent. */
function passesOf(bytes: Uint8Array, { maxPixels, maxPixelPasses }: EncodeLimits): number | string {
  const header = readImageHeader(bytes);
  if (header instanceof AppError) return header.message;
  const { width, height } = header;
  if (width * height > maxPixels) return `expected at most ${maxPixels} pixels, got ${width} x ${height}`;
  try {
    const passes = assertPixelPasses(bytes, header, maxPixels);
    if (passes <= maxPixelPasses) return passes;
    return `expected at most ${maxPixelPasses} pixel passes, got ${passes}`;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.message;
  }
}

function matrixOf(rows: readonly (Float32Array | undefined)[], dim: number): Float32Array {
  const matrix = new Float32Array(rows.length * dim);
  for (const [i, row] of rows.entries()) {
    if (row?.length !== dim)
      throw new Error(`expected a vector of ${dim} numbers, got ${row?.length ?? 'none'}`);
    matrix.set(row, i * dim);
  }
  return matrix;
}
