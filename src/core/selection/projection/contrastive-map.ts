import { log } from '../../exp-log.ts';
import type { AdamState } from '../../gradient/adam.ts';
import { adamStep, createAdamState } from '../../gradient/adam.ts';
import { groupedFolds, remainingRows } from '../../pairs/folds.ts';
import type { Random } from '../../random.ts';
import { createRandom } from '../../random.ts';
import type { ContrastedRows, ContrastiveParameters } from './contrastive-gradient.ts';
import { contrastiveMapGradient, contrastiveMapLoss } from './contrastive-gradient.ts';
import { BATCH, batchesOf, bestScale, someRows } from './contrast-scale.ts';
import { crossCovarianceMap } from './cross-covariance.ts';

export interface ContrastiveMaps {
  /** Row-major, shape [at least k, dim] each: the first rows are the map to fewer coordinates. */
  readonly image: Float32Array;
  readonly text: Float32Array;
  /** Passes over all pairs; 0 where the start was best. */
  readonly epochs: number;
}

/** Judged at so many coordinates; those beyond the last stay the axes that they start as. */
const WIDTHS = [16, 32, 64, 128];
const MAX_EPOCHS = 200;
/** Of Adam, about: many pairs need fewer epochs. At least one epoch is made. */
const MAX_STEPS = 2000;
/** Epochs without a better held-out loss before training ends. */
const PATIENCE = 5;
const INNER_FOLDS = 5;
/** Entries of orthonormal rows are about 1/√dim: ten steps of this move one of 512 by a fifteenth. */
const MAP_RATE = 3e-4;
const SCALE_RATE = 1e-3;
/**
 * Learn a linear map of each modality by Adam on the in-batch contrastive loss of pairs, at several widths at once
 * (`nestedContrast`). Both start as the axes of the cross-covariance. How many epochs is what gives the lowest loss on a fifth of
 * the groups held out; then both are learned anew on all pairs for as many.
 * @param k coordinates that will be asked for, 1 to dim
 * @param seed of the split and the order of pairs; equal arguments give equal bytes
 * @throws RangeError for no rows, unequal shapes, NaN or Infinity
 * O(epochs·count·dim·128). Fewer groups than `2·INNER_FOLDS` leave the start as it is.
 */
export function fitContrastiveMaps(rows: ContrastedRows, k: number, seed: number): ContrastiveMaps {
  const { dim, groups } = rows;
  const axes = crossCovarianceMap(rows.images, rows.texts, dim, Math.max(k, mostLearned(dim))).map;
  if (new Set(groups).size < 2 * INNER_FOLDS) return { image: axes, text: axes.slice(), epochs: 0 };
  const random = createRandom(seed);
  const held = groupedFolds(groups, INNER_FOLDS, seed)[0];
  const inner = someRows(rows, remainingRows(groups.length, held));
  const outer = someRows(rows, held);
  const innerAxes = crossCovarianceMap(inner.images, inner.texts, dim, mostLearned(dim)).map;
  const logScales = startingScales(innerAxes, outer);
  const epochs = countEpochs(startAt(innerAxes, dim, logScales), inner, outer, random);
  const learned = startAt(axes, dim, logScales);
  const learner = createLearner(learned);
  for (let epoch = 0; epoch < epochs; epoch++) learnOnce(learner, rows, random);
  return { image: withRest(learned.image, axes), text: withRest(learned.text, axes), epochs };
}

/** After how many epochs the loss on the rows held out is lowest. Changes `parameters`. */
function countEpochs(
  parameters: ContrastiveParameters,
  inner: ContrastedRows,
  outer: ContrastedRows,
  random: Random,
): number {
  const learner = createLearner(parameters);
  const most = Math.min(MAX_EPOCHS, Math.ceil((MAX_STEPS * BATCH) / inner.groups.length));
  let best = 0;
  let lowest = meanLoss(parameters, outer);
  for (let epoch = 1; epoch <= most && epoch - best <= PATIENCE; epoch++) {
    learnOnce(learner, inner, random);
    const loss = meanLoss(parameters, outer);
    if (!(loss < lowest)) continue;
    lowest = loss;
    best = epoch;
  }
  return best;
}

/** Parameters with what Adam remembers of each. */
export interface Learner {
  readonly parameters: ContrastiveParameters;
  readonly image: AdamState;
  readonly text: AdamState;
  readonly scales: AdamState;
}

export function createLearner(parameters: ContrastiveParameters): Learner {
  const { image, text, scales } = parameters;
  return {
    parameters,
    image: createAdamState(image.length),
    text: createAdamState(text.length),
    scales: createAdamState(scales.logScales.length),
  };
}

/** One step of Adam down the gradient of a batch; the parameters change in place. */
export function learnFrom(batch: ContrastedRows, { parameters, image, text, scales }: Learner): void {
  const { byImage, byText, byScales } = contrastiveMapGradient(parameters, batch);
  adamStep(parameters.image, byImage, image, MAP_RATE);
  adamStep(parameters.text, byText, text, MAP_RATE);
  adamStep(parameters.scales.logScales, byScales, scales, SCALE_RATE);
}

/** One pass over all pairs in random order, a step a batch. */
function learnOnce(learner: Learner, rows: ContrastedRows, random: Random): void {
  for (const batch of batchesOf(rows, random)) learnFrom(batch, learner);
}

/** Mean over batches: what is held out from many pairs is not one batch either. */
function meanLoss(parameters: ContrastiveParameters, rows: ContrastedRows): number {
  let sum = 0;
  for (const batch of batchesOf(rows, null)) {
    sum += batch.groups.length * contrastiveMapLoss(parameters, batch);
  }
  return sum / rows.groups.length;
}

function startAt(axes: Float32Array, dim: number, logScales: Float64Array): ContrastiveParameters {
  const widths = widthsOf(dim);
  const learned = axes.slice(0, mostLearned(dim) * dim);
  return { image: learned, text: learned.slice(), scales: { widths, logScales: logScales.slice() } };
}

/** Coordinates that learning moves. */
function mostLearned(dim: number): number {
  return Math.min(dim, WIDTHS[WIDTHS.length - 1]);
}

function widthsOf(dim: number): number[] {
  const below = WIDTHS.filter((width) => width < dim);
  return below.length < WIDTHS.length ? [...below, dim] : below;
}

/** For each width that of the lowest loss, so that what is learned first is not the scale. */
function startingScales(axes: Float32Array, rows: ContrastedRows): Float64Array {
  return Float64Array.from(widthsOf(rows.dim), (width) => log(bestScale(axes, axes, width, rows).scale));
}

/** The learned rows in front of the axes that were not learned. */
function withRest(learned: Float32Array, axes: Float32Array): Float32Array {
  const all = axes.slice();
  all.set(learned);
  return all;
}
