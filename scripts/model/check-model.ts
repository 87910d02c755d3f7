import { existsSync } from 'node:fs';
import path from 'node:path';
import { cosineSimilarity } from '../../src/core/vector.ts';
import { AppError } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { fromBase64, readGolden } from '../clip/golden.ts';
import { fitsIsolate } from '../clip/isolate-room.ts';
import { loadEncoder, type LoadedEncoder } from '../clip/load-encoder.ts';
import { describeModel, findModel, type ModelFolder, towerMegabytes } from '../clip/model-folder.ts';
import { drawTestPicture } from '../clip/test-picture.ts';

const CHECK_TEXT = 'a red square on white';
const OTHER_TEXT = 'two dogs asleep in the snow';
/** Of the same text alone and beside another: padding must not leak into it. Quantised towers round by what else is in a run. */
const LEAST_TOGETHER = 0.98;
/** Above it two texts are one to the encoder. */
const SAME = 0.9999;
/** Against vectors that another machine made. */
const LEAST_GOLDEN = 0.999;

export interface CheckedModel {
  readonly id: string;
  readonly dim: number;
  readonly fingerprint: string;
  readonly logitScale: number | null;
  readonly logitBias: number | null;
  /** Pictures and texts of the folder's golden.json whose vectors came out the same; null: the folder has none. */
  readonly golden: { readonly items: number; readonly lowestCosine: number } | null;
  readonly megabytes: { readonly text: number; readonly image: number };
  /** An estimate by size: whether the API Worker can hold the text tower, the encoder Worker both. Node holds every one. */
  readonly fits: { readonly apiWorker: boolean; readonly encoderWorker: boolean; readonly node: true };
  readonly cosine: number;
  readonly times: Readonly<Record<string, number>>;
}

/**
 * Load a model and use it as the commands would.
 * @throws UserError when the folder is no model, or its vectors are not what they should be
 */
export async function checkModel(model: string): Promise<CheckedModel> {
  const folder = findModel(model);
  const started = performance.now();
  const encoder = await loadEncoder({ model });
  const times: Record<string, number> = { openMs: elapsed(started) };
  const [text, picture] = await encodeTwice(encoder, times);
  await assertTextsStandAlone(encoder, text);
  const { logitScale = null, logitBias = null } = await describeModel(folder);
  const megabytes = towerMegabytes(folder);
  return {
    ...encoder.info,
    logitScale,
    logitBias,
    golden: await compareGolden(folder, encoder),
    megabytes,
    fits: {
      apiWorker: fitsIsolate(megabytes.text),
      encoderWorker: fitsIsolate(Math.max(megabytes.text, megabytes.image)),
      node: true,
    },
    cosine: cosineSimilarity(text, picture),
    times,
  };
}

async function encodeTwice(
  encoder: LoadedEncoder,
  times: Record<string, number>,
): Promise<[Float32Array, Float32Array]> {
  const bytes = drawTestPicture();
  const vectors: [Float32Array, Float32Array][] = [];
  for (const round of ['first', 'second']) {
    const textFrom = performance.now();
    const [text] = await encoder.text.encodeTexts([CHECK_TEXT]);
    times[`${round}TextMs`] = elapsed(textFrom);
    const imageFrom = performance.now();
    const [image] = await encoder.images.encodeImages([bytes]);
    times[`${round}ImageMs`] = elapsed(imageFrom);
    if (image instanceof AppError) throw image;
    vectors.push([text, image]);
  }
  return vectors[1];
}

/** @throws UserError when a text beside another gets other numbers than alone */
async function assertTextsStandAlone(encoder: LoadedEncoder, alone: Float32Array): Promise<void> {
  const [beside, other] = await encoder.text.encodeTexts([CHECK_TEXT, `${OTHER_TEXT}, and more`]);
  const same = cosineSimilarity(alone, beside);
  if (same < LEAST_TOGETHER) {
    throw new UserError(
      `The text tower gives ${JSON.stringify(CHECK_TEXT)} another vector beside another text (cosine ${same.toFixed(4)}, expected 1): it reads what it is padded with`,
    );
  }
  if (cosineSimilarity(beside, other) > SAME) {
    throw new UserError('The text tower gives different texts the same vector');
  }
}

/** @throws UserError when the folder brings vectors of its own and they come out differently */
async function compareGolden(
  { folder }: ModelFolder,
  { text, images }: LoadedEncoder,
): Promise<CheckedModel['golden']> {
  const file = path.join(folder, 'golden.json');
  if (!existsSync(file)) return null;
  const { items } = await readGolden(file);
  let lowestCosine = 1;
  for (const item of items) {
    const [ours] =
      item.image === undefined
        ? await text.encodeTexts([item.text ?? ''])
        : await images.encodeImages([new Uint8Array(Buffer.from(item.image, 'base64'))]);
    if (ours instanceof AppError) throw ours;
    const theirs = fromBase64(item.vector);
    const cosine = theirs.length === ours.length ? cosineSimilarity(theirs, ours) : 0;
    if (!(cosine >= LEAST_GOLDEN)) {
      const what = item.text === undefined ? 'a picture' : JSON.stringify(item.text);
      throw new UserError(
        `${file} has another vector of ${what}: cosine ${cosine.toFixed(4)}, expected at least ${LEAST_GOLDEN}`,
      );
    }
    lowestCosine = Math.min(lowestCosine, cosine);
  }
  return items.length === 0 ? null : { items: items.length, lowestCosine };
}

function elapsed(fromMs: number): number {
  return Math.round((performance.now() - fromMs) * 10) / 10;
}
