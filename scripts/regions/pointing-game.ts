import { readFile } from 'node:fs/promises';
import { createImageDecoder, type ImageDecoder } from '../../src/clip/images/decode-image.ts';
import { readPreprocessing, resizeAndCrop } from '../../src/clip/images/preprocess.ts';
import type { RgbImage } from '../../src/clip/images/resample.ts';
import type { PatchExplainer, PatchMethod } from '../../src/clip/patches.ts';
import { createRandom, shuffle } from '../../src/core/random.ts';
import { hotterHalf } from '../../src/core/regions/faithfulness.ts';
import { AppError } from '../../src/errors.ts';
import type { LoadedEncoder } from '../clip/load-encoder.ts';
import { nodeDecoders } from '../clip/node-runtime.ts';
import { OFFLINE_MAX_PIXELS } from '../clip/picture-limit.ts';
import { encodePng } from '../clip/png-file.ts';
import type { CaptionedPicture } from './sample-pictures.ts';

/** Of a composed picture, in pixels. */
const SIDE = 224;

/** How often a method's heat lies in the half that the text is of. */
export interface PointingResult {
  readonly method: PatchMethod;
  readonly wins: number;
  readonly asked: number;
}

/** What a direction has besides the text: the mean of all texts here, taken off as a selection that centres does. */
export async function centredDirections(
  encoder: LoadedEncoder,
  texts: readonly string[],
): Promise<Float32Array[]> {
  const vectors = await encoder.text.encodeTexts(texts);
  const mean = new Float64Array(encoder.info.dim);
  for (const vector of vectors) vector.forEach((x, i) => (mean[i] += x / vectors.length));
  return vectors.map((vector) => vector.map((x, i) => x - mean[i]));
}

/**
 * The pointing game on pictures composed of two: left and right half are the middles of two pictures, each asked for by its caption; the
 * half of it has to be the hotter one. A map that knows nothing wins half of the time, and so does one that prefers the centre.
 * @param pairs how many pictures are composed; two questions each
 */
export async function playPointingGame(
  encoder: LoadedEncoder,
  { explainImage }: PatchExplainer,
  methods: readonly PatchMethod[],
  pictures: readonly CaptionedPicture[],
  { pairs, seed }: { readonly pairs: number; readonly seed: number },
): Promise<PointingResult[]> {
  const chosen = choose(pictures, 2 * pairs, seed);
  const directions = await centredDirections(
    encoder,
    chosen.map(({ caption }) => caption),
  );
  const decode = createImageDecoder(await nodeDecoders());
  const wins = new Map(methods.map((method) => [method, 0]));
  for (let left = 0; left + 1 < chosen.length; left += 2) {
    const image = encodePng(
      sideBySide(await readHalf(decode, chosen[left].file), await readHalf(decode, chosen[left + 1].file)),
    );
    for (const method of methods) {
      for (const [half, at] of [
        ['left', left],
        ['right', left + 1],
      ] as const) {
        const heat = await explainImage(image, { direction: directions[at], method });
        if (heat instanceof AppError) throw heat;
        const isWon = hotterHalf(heat.values, heat.rows, heat.columns) === half;
        wins.set(method, (wins.get(method) ?? 0) + Number(isWon));
      }
    }
  }
  return methods.map((method) => ({ method, wins: wins.get(method) ?? 0, asked: chosen.length }));
}

/** Pictures of different captions, by chance. */
function choose(pictures: readonly CaptionedPicture[], count: number, seed: number): CaptionedPicture[] {
  const order = Uint32Array.from(pictures, (_, i) => i);
  shuffle(order, createRandom(seed));
  const byCaption = new Map([...order].map((i) => [pictures[i].caption, pictures[i]]));
  return [...byCaption.values()].slice(0, count);
}

async function readHalf(decode: ImageDecoder, file: string): Promise<RgbImage> {
  const bytes = new Uint8Array(await readFile(file));
  const options = { maxPixels: OFFLINE_MAX_PIXELS, shortSide: SIDE };
  return decode(bytes, options, (rows) => resizeAndCrop(rows, HALF));
}

const HALF = readPreprocessing({ size: SIDE, crop_size: { width: SIDE / 2, height: SIDE } });

function sideBySide(left: RgbImage, right: RgbImage): RgbImage {
  const data = new Uint8Array(3 * SIDE * SIDE);
  const row = 3 * left.width;
  for (let y = 0; y < SIDE; y++) {
    data.set(left.data.subarray(y * row, (y + 1) * row), y * 2 * row);
    data.set(right.data.subarray(y * row, (y + 1) * row), y * 2 * row + row);
  }
  return { width: SIDE, height: SIDE, data };
}
