import { log } from '../exp-log.ts';
import { ATTENTION_WIDTH } from '../scoring/attention.ts';
import type { AttentionFusion } from '../scoring/attention.ts';
import type { AdamState } from '../gradient/adam.ts';
import { adamStep, createAdamState } from '../gradient/adam.ts';
import { groupedFolds, remainingRows } from '../pairs/folds.ts';
import { createRandom, shuffle } from '../random.ts';
import type { Random } from '../random.ts';
import type { Floats } from '../vector.ts';
import type { AttentionRows, CaptionSets } from './attention-forward.ts';
import { parameterCount, partsOf } from './attention-forward.ts';
import { contrastiveLoss } from './attention-loss.ts';
import { crossCovarianceMap } from '../selection/projection/cross-covariance.ts';
import type { CaptionedImages } from './attention-training-sets.ts';
import { captionedImages, drawCaptionSets } from './attention-training-sets.ts';

export interface AttentionTrainingOptions {
  readonly k: number;
  readonly seed: number;
  /** What is left out is as in `ATTENTION_SCHEDULE`. */
  readonly schedule?: Partial<AttentionSchedule>;
}

/** How attention is trained; `npm run bench -- attention` measures what each of these is worth. */
export interface AttentionSchedule {
  /** Images a batch. */
  readonly batch: number;
  /** Epochs without a better held-out loss before training ends. */
  readonly patience: number;
  /** Share of the sets that are one caption of the image's own, in [0, 1]; the others may hold several, and a foreign one. */
  readonly singleShare: number;
  /** Of Adam. */
  readonly learningRate: number;
  /** Learn anew on all pairs, for as many epochs as gave the lowest held-out loss. */
  readonly refit: boolean;
}

export const ATTENTION_SCHEDULE: AttentionSchedule = {
  batch: 32,
  patience: 4,
  singleShare: 0,
  learningRate: 1e-3,
  refit: false,
};

/** A batch of a few images has few wrong sets to tell apart: what is left over joins the last one. */
const SMALLEST_BATCH = 8;
const MAX_EPOCHS = 50;
/** Of Adam, about: many pairs need fewer epochs, and should not need an hour. At least one epoch is made. */
const MAX_STEPS = 2000;
const INNER_FOLDS = 5;
/** Scales tried at the start, from OpenAI's first (1/0.07) to its cap and below. */
const SCALES = [2, 5, 10, 14, 20, 30, 50, 100];

/**
 * Learn attention by Adam (Kingma and Ba 2015) on an in-batch contrastive loss over sets of captions, some with one of
 * another image in them. Value starts as the coordinates themselves, or for k > 64 as the 64 axes along which images and
 * texts agree most, and output as its transpose: near identity. Query = key start as standard normal numbers, which make
 * logits of 2.8·cosine on average, so that nearer texts count more from the start. The parameters kept are those of the
 * lowest loss on a fifth of the groups that training does not see, the start among them. That bounds how far noise leads,
 * but lucky steps get through: on 60 to 400 pairs of pure noise the start came back in 6 of 24 fits, and a text's cosine to
 * what the others made of it was .80 to 1 on average. Whether a fusion is worth taking is for folds outside to say, as
 * precompute's `auto` asks them. For k > 64, where attention is a projection of rank 64, the start is those axes.
 * @param images unit rows, row-major, [images, k], as identity fusion compares them; `texts` likewise
 * @param pairImage the image row of each pair; `pairText` its text row
 * @param groups one a pair
 * @throws RangeError for lists of different length, no pairs, or fewer groups than inner folds
 * Equal arguments give equal bytes. Processor time at k = 50: about 0.6 s for 400 pairs, 5 s for 10,000.
 */
export function fitAttentionFusion(
  images: Float32Array,
  texts: Float32Array,
  pairImage: Uint32Array,
  pairText: Uint32Array,
  groups: Int32Array,
  { k, seed, schedule: changed = {} }: AttentionTrainingOptions,
): AttentionFusion {
  const schedule = { ...ATTENTION_SCHEDULE, ...changed };
  const count = pairImage.length;
  if (count === 0 || pairText.length !== count || groups.length !== count) {
    throw new RangeError(
      `expected image, text and group of each pair, got ${count}, ${pairText.length} and ${groups.length}`,
    );
  }
  const rows: AttentionRows = { images, texts, k };
  const random = createRandom(seed);
  const held = groupedFolds(groups, INNER_FOLDS, seed)[0];
  const training = captionedImages(remainingRows(count, held), pairImage, pairText, groups);
  const validation = captionedImages(held, pairImage, pairText, groups);
  const judge = batchesOf(validation, random, schedule);
  const start = startingPoint(k, agreeingAxes(rows, training), random);
  chooseScale(start, rows, judge);
  const { best, epochs } = descend(start.slice(), rows, training, judge, schedule, random);
  if (!schedule.refit) return toFusion(best, k);
  const all = captionedImages(Uint32Array.from(groups.keys()), pairImage, pairText, groups);
  const parameters = startFrom(start, k, agreeingAxes(rows, all));
  const learner = createLearner(parameters);
  for (let epoch = 0; epoch < epochs; epoch++) learnOnce(learner, rows, all, schedule, random);
  return toFusion(parameters, k);
}

interface Learner {
  readonly parameters: Float64Array;
  readonly gradient: Float64Array;
  readonly state: AdamState;
}

function createLearner(parameters: Float64Array): Learner {
  return {
    parameters,
    gradient: new Float64Array(parameters.length),
    state: createAdamState(parameters.length),
  };
}

/** One pass over all images, a step a batch; the parameters change in place. */
function learnOnce(
  { parameters, gradient, state }: Learner,
  rows: AttentionRows,
  known: CaptionedImages,
  schedule: AttentionSchedule,
  random: Random,
): void {
  for (const sets of batchesOf(known, random, schedule)) {
    contrastiveLoss(parameters, rows, sets, gradient);
    adamStep(parameters, gradient, state, schedule.learningRate);
  }
}

/** Adam until the held-out loss stops falling. @returns the parameters of its lowest, and after how many epochs */
function descend(
  parameters: Float64Array,
  rows: AttentionRows,
  training: CaptionedImages,
  judge: readonly CaptionSets[],
  schedule: AttentionSchedule,
  random: Random,
): { readonly best: Float64Array; readonly epochs: number } {
  const learner = createLearner(parameters);
  let best = parameters.slice();
  let epochs = 0;
  let lowest = meanLoss(parameters, rows, judge);
  const most = Math.min(MAX_EPOCHS, Math.ceil((MAX_STEPS * schedule.batch) / training.images.length));
  for (let epoch = 1; epoch <= most && epoch - epochs <= schedule.patience; epoch++) {
    learnOnce(learner, rows, training, schedule, random);
    const loss = meanLoss(parameters, rows, judge);
    if (!(loss < lowest)) continue;
    lowest = loss;
    best = parameters.slice();
    epochs = epoch;
  }
  return { best, epochs };
}

/** Every image once, in random order, each with a set of captions. */
function batchesOf(
  known: CaptionedImages,
  random: Random,
  { batch, singleShare }: AttentionSchedule,
): CaptionSets[] {
  const order = known.images.slice();
  shuffle(order, random);
  const batches: CaptionSets[] = [];
  for (let start = 0; start < order.length;) {
    const left = order.length - start;
    const size = left < batch + SMALLEST_BATCH ? left : batch;
    batches.push(drawCaptionSets(known, order.slice(start, start + size), random, singleShare));
    start += size;
  }
  return batches;
}

function meanLoss(parameters: Float64Array, rows: AttentionRows, batches: readonly CaptionSets[]): number {
  let sum = 0;
  let count = 0;
  for (const sets of batches) {
    sum += sets.images.length * contrastiveLoss(parameters, rows, sets);
    count += sets.images.length;
  }
  return sum / count;
}

/** @param axes row-major, [64, k]; null for the coordinates themselves */
function startingPoint(k: number, axes: Float32Array | null, random: Random): Float64Array {
  const parameters = new Float64Array(parameterCount(k));
  const { query, key } = partsOf(parameters, k);
  for (let i = 0; i < query.length; i++) {
    query[i] = random.nextGaussian();
    key[i] = query[i];
  }
  return startFrom(parameters, k, axes);
}

/** A copy of a start whose value and output are those of the axes. */
function startFrom(start: Float64Array, k: number, axes: Float32Array | null): Float64Array {
  const parameters = start.slice();
  const { value, output } = partsOf(parameters, k);
  for (let i = 0; i < Math.min(k, ATTENTION_WIDTH); i++) {
    for (let j = 0; j < k; j++) {
      value[i * k + j] = axes === null ? Number(i === j) : axes[i * k + j];
      output[j * ATTENTION_WIDTH + i] = value[i * k + j];
    }
  }
  return parameters;
}

/** The 64 axes along which images and texts agree most; null where the coordinates are no more than that. */
function agreeingAxes({ images, texts, k }: AttentionRows, { pairs }: CaptionedImages): Float32Array | null {
  if (k <= ATTENTION_WIDTH) return null;
  const gather = (rows: Floats, indices: readonly number[]): Float64Array => {
    const gathered = new Float64Array(indices.length * k);
    indices.forEach((row, i) => gathered.set(rows.subarray(row * k, (row + 1) * k), i * k));
    return gathered;
  };
  const ofImages = gather(
    images,
    pairs.map(([image]) => image),
  );
  const ofTexts = gather(
    texts,
    pairs.map(([, text]) => text),
  );
  return crossCovarianceMap(ofImages, ofTexts, k, ATTENTION_WIDTH).map;
}

/** The scale of the lowest loss at the start, so that what is learned first is not the scale. */
function chooseScale(parameters: Float64Array, rows: AttentionRows, batches: readonly CaptionSets[]): void {
  const last = parameters.length - 1;
  const losses = SCALES.map((scale) => {
    parameters[last] = log(scale);
    return meanLoss(parameters, rows, batches);
  });
  parameters[last] = log(SCALES[losses.indexOf(Math.min(...losses))]);
}

function toFusion(parameters: Float64Array, k: number): AttentionFusion {
  const { query, key, value, output } = partsOf(parameters, k);
  return {
    kind: 'attention',
    query: Float32Array.from(query),
    key: Float32Array.from(key),
    value: Float32Array.from(value),
    output: Float32Array.from(output),
  };
}
