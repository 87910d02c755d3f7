import type { Candidate } from './candidates.ts';
import type { FoldMeasures, HeldOutFold } from './fold-measures.ts';
import { measureFold, prepareHeldOut } from './fold-measures.ts';
import { groupedFolds, remainingRows } from '../pairs/folds.ts';
import type { MismatchOptions } from '../pairs/mismatches.ts';
import { withoutLoneImages } from '../pairs/mismatches.ts';
import type { PairSet } from '../pairs/pair-set.ts';
import { projectRows } from '../scoring/project-rows.ts';
import type { Projection, UncalibratedModel } from '../scoring/selection-model.ts';
import { DEFAULT_RFE_STEP, fitMap, pairFeaturesC } from '../selection/projection/maps.ts';
import { buildModel } from '../fitting/model-builder.ts';
import type { ParamValue, ScoringParams } from '../selection/strategies.ts';
import { keepBest, scoreFeatures } from '../selection/strategies.ts';
import type { StrategySpec } from '../selection/strategy-names.ts';
import { isMapStrategy, parseStrategy } from '../selection/strategy-names.ts';
import type { Training } from '../selection/training.ts';
import { prepareTraining } from '../selection/training.ts';
import { fitCodes } from '../search/code-rows.ts';
import type { RowEncoding, VectorEncoding } from './vector-encoding.ts';

export interface FoldOptions {
  readonly folds: number;
  readonly seed: number;
  /** Of the training pairs; held-out pairs always meet one random and one nearest mismatch. */
  readonly mismatches?: MismatchOptions;
  /** Average the ranks of masks over this many subsamples of the training groups. */
  readonly bootstrap?: number;
}

/** One candidate in one fold under one draw. */
export interface Run {
  readonly draw: number;
  readonly model: UncalibratedModel;
  readonly measures: FoldMeasures;
}

/** `random` is judged by the mean of this many draws. */
const RANDOM_DRAWS = 5;

/**
 * Fit every candidate without one fold and measure it there: means, mask or map and weights come from the other folds.
 * A pure function of its arguments, so that folds can be evaluated in any order, or at the same time.
 * @param fold which one, from 0
 * @returns for each candidate its runs, one a draw
 * @throws RangeError for fewer groups than twice the folds, or k beyond dim
 */
export function evaluateFold(
  set: PairSet,
  candidates: readonly Candidate[],
  { folds, seed, mismatches, bootstrap = 0 }: FoldOptions,
  fold: number,
): Run[][] {
  const pairs = groupedFolds(set.groups, folds, seed)[fold];
  const heldOut = prepareHeldOut(set, pairs, streamSeed(seed, fold, 'held-out'));
  const trainOn = (centred: boolean): Training =>
    prepareTraining(withoutLoneImages(set, fold, folds), remainingRows(set.groups.length, pairs), {
      centred,
      seed: streamSeed(seed, fold, 'training'),
      ...(mismatches === undefined ? {} : { mismatches }),
    });
  const fit = createFitter(trainOn, candidates, seed, bootstrap);
  return candidates.map((candidate) => runCandidate(candidate, heldOut, fit, seed));
}

interface Fitted {
  readonly model: UncalibratedModel;
  readonly training: Training;
}

type Fitter = (candidate: Candidate, seed: number) => Fitted;

function runCandidate(candidate: Candidate, heldOut: HeldOutFold, fit: Fitter, seed: number): Run[] {
  const draws = parseStrategy(candidate.strategy).strategy === 'random' ? RANDOM_DRAWS : 1;
  return Array.from({ length: draws }, (_, draw) => {
    const { model, training } = fit(candidate, seed + draw);
    const encoding = rowEncoding(candidate.encoding, model, training);
    return { draw, model, measures: measureFold(heldOut, model, encoding, candidate.floatQuery) };
  });
}

/** The encoding of what a model makes of vectors like those it was trained on. */
function rowEncoding(encoding: VectorEncoding, model: UncalibratedModel, training: Training): RowEncoding {
  if (encoding !== 'int4') return { kind: encoding };
  const { set, images, texts } = training;
  const parts = [
    projectRows(model, 'image', set.imageEmbeddings, images.rows),
    projectRows(model, 'text', set.textEmbeddings, texts.rows),
  ];
  return { kind: 'int4', codes: fitCodes(4, parts, model.k) };
}

/** Fits candidates on one fold's training pairs; one ranking of a strategy serves every k. */
function createFitter(
  trainOn: (centred: boolean) => Training,
  candidates: readonly Candidate[],
  seed: number,
  bootstrap: number,
): Fitter {
  const trainings = new Map<boolean, Training>();
  const known = new Map<string, (k: number) => Projection>();
  return ({ strategy, k, centred, fusion }, strategySeed) => {
    const training = trainings.get(centred) ?? trainOn(centred);
    trainings.set(centred, training);
    const name = `${strategy} ${centred} ${strategySeed}`;
    const most = largestK(candidates, strategy, centred, training.dim);
    const projectTo =
      known.get(name) ??
      fitProjections(parseStrategy(strategy), training, { seed: strategySeed, k: most, bootstrap }).projectTo;
    known.set(name, projectTo);
    return { model: buildModel(training, projectTo(k), fusion, seed), training };
  };
}

function largestK(candidates: readonly Candidate[], strategy: string, centred: boolean, dim: number): number {
  const asked = candidates.filter((other) => other.strategy === strategy && other.centred === centred);
  return strategy === 'full' ? dim : Math.max(...asked.map(({ k }) => k));
}

export interface FittedProjections {
  /** The projection of any k up to the one fitted for. */
  readonly projectTo: (k: number) => Projection;
  /** Of a mask: length dim, higher is better, NaN where undefined. Null for a map and for full. */
  readonly scores: Float64Array | null;
  /** Under `bootstrap`: the share of rounds that kept each coordinate. */
  readonly frequency: Float64Array | null;
  readonly params: Readonly<Record<string, ParamValue>>;
}

/**
 * Rank coordinates, or fit a map, on the training pairs.
 * @param params k: the most that `projectTo` will be asked for
 * @throws RangeError for k beyond dim, and as the strategy does
 */
export function fitProjections(
  spec: StrategySpec,
  training: Training,
  params: Pick<ScoringParams, 'seed' | 'k' | 'bootstrap'>,
): FittedProjections {
  const { strategy } = spec;
  const { dim } = training;
  if (params.k > dim) throw new RangeError(`expected k from 0 to ${dim} features, got ${params.k}`);
  if (strategy === 'full')
    return { projectTo: () => ({ kind: 'full' }), scores: null, frequency: null, params: {} };
  const rfeC = pairFeaturesC(training.features, training.count);
  const scoring = { ...params, step: DEFAULT_RFE_STEP, rfeC };
  if (isMapStrategy(strategy)) {
    const { matrix, textMatrix, params: used } = fitMap(spec, training, scoring);
    const rowsOf = (map: Float32Array, k: number): Float32Array => map.slice(0, k * dim);
    return {
      projectTo: (k) =>
        textMatrix === null
          ? { kind: 'map', matrix: rowsOf(matrix, k) }
          : { kind: 'maps', image: rowsOf(matrix, k), text: rowsOf(textMatrix, k) },
      scores: null,
      frequency: null,
      params: used,
    };
  }
  const fit = scoreFeatures(spec, training, scoring);
  return {
    projectTo: (k) => ({ kind: 'mask', indices: keepBest(spec, fit, k).indices }),
    scores: fit.scores,
    frequency: fit.frequency ?? null,
    params: fit.params,
  };
}

/** Streams that never meet: one for each fold and purpose of a seed. */
function streamSeed(seed: number, fold: number, purpose: 'training' | 'held-out'): number {
  return seed * 2048 + fold * 2 + (purpose === 'training' ? 0 : 1);
}
