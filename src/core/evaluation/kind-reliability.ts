import { logit, sigmoid } from '../calibration/log-odds.ts';
import type { CalibratorKind } from '../scoring/selection-model.ts';
import type { ScoredPairs } from './held-out.ts';
import {
  type Calibration,
  type CalibrationOptions,
  type CalibrationPairs,
  judgeCalibrators,
  shareOfMatches,
} from './calibrate.ts';
import { type ChanceError, chanceCalibrationError } from './chance-calibration-error.ts';
import { type ReliabilityBin, reliabilityBins } from './metrics.ts';
import {
  aucStatistic,
  brierStatistic,
  eceStatistic,
  extraLogLossStatistic,
  logLossStatistic,
} from './probability-statistics.ts';
import { type Estimate, resampledEstimates } from './resampled-estimate.ts';

/** How good probabilities are, lower is better. */
export interface ProbabilityFigures {
  readonly ece: Estimate;
  readonly brier: Estimate;
  /** In nats. */
  readonly logLoss: Estimate;
}

/** The one calibrator that is published, on the held-out pairs of one kind, at the share of matches that these have. */
export interface KindFigures extends ProbabilityFigures {
  readonly kind: string;
  /** Matches and mismatches together. */
  readonly pairs: number;
  readonly matches: number;
  readonly mismatches: number;
  /** Against random captions of any kind; null where the kind lacks matches or random mismatches. */
  readonly auc: Estimate | null;
  /** Against random captions of the same kind; null where none could be drawn. */
  readonly aucWithinKind: Estimate | null;
  readonly bins: readonly ReliabilityBin[];
  /** Of probabilities that are right, at this number of pairs. */
  readonly chance: ChanceError;
  /** The calibration error is not beyond what chance gives. */
  readonly fits: boolean;
  /** A calibrator fitted on this kind alone, on the same pairs and folds; null where there are too few pairs to fit one. */
  readonly own: OwnCalibrator | null;
}

export interface OwnCalibrator extends ProbabilityFigures {
  readonly calibrator: CalibratorKind;
  /** Log loss of the shared calibrator minus that of this one, in nats: above 0 the shared one costs something. */
  readonly cost: Estimate;
}

export interface KindReliability {
  readonly kinds: readonly KindFigures[];
  /** Over the pairs of all kinds that have a calibrator of their own; null where none has. */
  readonly together: {
    readonly pairs: number;
    readonly shared: ProbabilityFigures;
    readonly own: ProbabilityFigures;
    readonly cost: Estimate;
  } | null;
}

/** One false alarm in so many reports, however many kinds there are (Bonferroni). */
const FALSE_ALARM = 0.05;

interface KindPairs extends CalibrationPairs {
  /** Of the shared calibrator, at the kind's own share of matches. */
  readonly shared: Float64Array;
  /** Of one fitted on the kind alone; null where there are too few pairs. */
  readonly own: { readonly calibrator: CalibratorKind; readonly probabilities: Float64Array } | null;
}

/**
 * How right one calibrator is on each kind of pair, and what calibrators of their own would gain. All of it on held-out
 * pairs: every fold is judged by calibrators fitted on the others.
 * @param pairs as they were given to `calibrate`, whose result is `calibration`
 * @param names of the kinds; `kindOf` has a number of them a pair
 * @param withinKind each image with a random caption of its own kind, as `scoreWithinKinds` gives them; `kindOf` likewise
 * @throws RangeError where a kind has no pair
 */
export function kindReliability(
  pairs: CalibrationPairs & { readonly kindOf: Uint8Array },
  withinKind: Pick<ScoredPairs, 'scores' | 'groups'> & { readonly kindOf: Uint8Array },
  names: readonly string[],
  { ownProbabilities }: Pick<Calibration, 'ownProbabilities'>,
  options: CalibrationOptions,
): KindReliability {
  const matchShare = shareOfMatches(pairs.labels);
  const parts = names.map((_, kind): KindPairs => {
    const part = pairsWhere(pairs, (i) => pairs.kindOf[i] === kind);
    const probabilities = ownProbabilities.filter((_p, i) => pairs.kindOf[i] === kind);
    const shared = moveTo(shareOfMatches(part.labels), matchShare, probabilities);
    return { ...part, shared, own: judgeOwn(part, options) };
  });
  const level = 1 - FALSE_ALARM / names.length;
  const kinds = parts.map((part, kind): KindFigures => {
    const isOfKind = (_: number, i: number): boolean => withinKind.kindOf[i] === kind;
    const within = {
      scores: withinKind.scores.filter(isOfKind),
      groups: withinKind.groups.filter(isOfKind),
    };
    return figuresOf(names[kind], part, within, { seed: options.seed, level });
  });
  return { kinds, together: togetherFigures(parts, options.seed) };
}

function figuresOf(
  kind: string,
  part: KindPairs,
  within: Pick<ScoredPairs, 'scores' | 'groups'>,
  { seed, level }: { readonly seed: number; readonly level: number },
): KindFigures {
  const { labels, shared, own, groups, marked } = part;
  const figures = probabilityFigures(shared, part, seed);
  const chance = chanceCalibrationError(shared, level, seed);
  const matches = labels.reduce((sum, label) => sum + label, 0);
  const drawn = pairsWhere(part, (i) => marked === undefined || marked[i] === 0);
  const positives = pairsWhere(part, (i) => labels[i] === 1);
  return {
    kind,
    pairs: labels.length,
    matches,
    mismatches: labels.length - matches,
    auc: aucOf(drawn, seed),
    aucWithinKind: aucOf(
      {
        scores: Float64Array.from([...positives.scores, ...within.scores]),
        labels: new Uint8Array(matches + within.scores.length).fill(1, 0, matches),
        groups: Int32Array.from([...positives.groups, ...within.groups]),
      },
      seed,
    ),
    ...figures,
    bins: reliabilityBins(shared, labels),
    chance,
    fits: figures.ece.value <= chance.high,
    own:
      own === null
        ? null
        : {
            calibrator: own.calibrator,
            ...probabilityFigures(own.probabilities, part, seed),
            cost: costOf(shared, own.probabilities, { labels, groups }, seed),
          },
  };
}

function togetherFigures(parts: readonly KindPairs[], seed: number): KindReliability['together'] {
  const judged = parts.flatMap((part) => (part.own === null ? [] : [{ ...part, own: part.own }]));
  if (judged.length === 0) return null;
  const labels = Uint8Array.from(judged.flatMap((part) => [...part.labels]));
  const groups = Int32Array.from(judged.flatMap((part) => [...part.groups]));
  const shared = Float64Array.from(judged.flatMap((part) => [...part.shared]));
  const own = Float64Array.from(judged.flatMap((part) => [...part.own.probabilities]));
  return {
    pairs: labels.length,
    shared: probabilityFigures(shared, { labels, groups }, seed),
    own: probabilityFigures(own, { labels, groups }, seed),
    cost: costOf(shared, own, { labels, groups }, seed),
  };
}

type Labelled = Pick<CalibrationPairs, 'labels' | 'groups'>;

function probabilityFigures(
  probabilities: Float64Array,
  { labels, groups }: Labelled,
  seed: number,
): ProbabilityFigures {
  const [ece, brier, logLoss] = resampledEstimates(
    groups,
    [
      eceStatistic(probabilities, labels),
      brierStatistic(probabilities, labels),
      logLossStatistic(probabilities, labels),
    ],
    seed,
  );
  return { ece, brier, logLoss };
}

function costOf(
  shared: Float64Array,
  own: Float64Array,
  { labels, groups }: Labelled,
  seed: number,
): Estimate {
  return resampledEstimates(groups, [extraLogLossStatistic(shared, own, labels)], seed)[0];
}

function aucOf(
  { scores, labels, groups }: Labelled & Pick<ScoredPairs, 'scores'>,
  seed: number,
): Estimate | null {
  if (!hasBoth(labels)) return null;
  return resampledEstimates(groups, [aucStatistic(scores, labels)], seed)[0];
}

/** Null where the pairs outside some fold could not be fitted on. */
function judgeOwn(part: CalibrationPairs, options: CalibrationOptions): KindPairs['own'] {
  const { labels, folds } = part;
  const canFit = [...new Set(folds)].every((fold) => hasBoth(labels.filter((_, i) => folds[i] !== fold)));
  if (!canFit) return null;
  const { chosen } = judgeCalibrators(part, options);
  return { calibrator: chosen.kind, probabilities: chosen.ownProbabilities };
}

function hasBoth(labels: Uint8Array): boolean {
  return labels.includes(1) && labels.includes(0);
}

/** Probabilities that hold where a share `from` are matches, where a share `to` are. How many mismatches were marked tells nothing. */
function moveTo(to: number, from: number, probabilities: Float64Array): Float64Array {
  // Of one class only there is no rate to move to.
  if (to === from || to === 0 || to === 1) return probabilities;
  const shift = logit(to) - logit(from);
  return probabilities.map((p) => (p > 0 && p < 1 ? sigmoid(logit(p) + shift) : p));
}

function pairsWhere(pairs: CalibrationPairs, keep: (i: number) => boolean): CalibrationPairs {
  const kept = (_: number, i: number): boolean => keep(i);
  const { scores, labels, folds, groups, marked } = pairs;
  return {
    scores: scores.filter(kept),
    labels: labels.filter(kept),
    folds: folds.filter(kept),
    groups: groups.filter(kept),
    ...(marked === undefined ? {} : { marked: marked.filter(kept) }),
  };
}
