import { log } from '../exp-log.ts';
import {
  type Calibrator,
  type DecisionEvidence,
  type Evidence,
  MAX_EVIDENCE,
} from '../scoring/selection-model.ts';
import { highestRate, lowestRate } from '../fitting/binomial-bounds.ts';
import { probability } from '../calibration/calibration.ts';

/** Scores of mismatched pairs, many of them: each image with captions of other groups. */
export interface MismatchScores {
  readonly scores: Float64Array;
  readonly folds: Uint32Array;
  /** Of each image and of each text: scores that share either depend on each other. */
  readonly imageGroups: Int32Array;
  readonly textGroups: Int32Array;
  /** How much each counts among mismatches, above 0. */
  readonly weights: Float64Array;
}

/** Scores of matched pairs. */
export interface MatchScores {
  readonly scores: Float64Array;
  readonly groups: ArrayLike<number>;
}

/**
 * Of each bound, one-sided. A call of MATCH is what lets a pair through, and where matches are rare a few errors ruin it: bounded at 95%.
 * How many matches are wrongly called a mismatch only as many matches can tell as somebody wrote, and some hundred of them would
 * hardly ever be enough at 95%: bounded at 80%.
 */
const TAILS = { above: 0.05, below: 0.2 } as const;
/** Thresholds that are looked at on each side. */
const CANDIDATES = 192;
/** From this many errors on they tell themselves how they cluster; fewer are taken to cluster as this many do. */
const ENOUGH_TO_CLUSTER = 30;

/**
 * What a calibrator's probabilities are known to tell at least: for thresholds on either side, the log of a likelihood ratio that
 * the pairs bound from below. For matches it is (share of matches at or above the threshold) /
 * (share of mismatches there), for mismatches at or below it the other way round. No error among n mismatches is not a rate
 * of nil but of at most 3/n, so that the precision of few mismatches is not taken for 1 where matches are rare. n counts
 * independent mismatches: images and captions are in many pairs each (two-way clusters: Cameron, Gelbach and Miller 2011).
 * @param calibrator its thresholds have no say
 * @param precision that decisions are to reach, in (0, 1)
 */
export function decisionEvidence(
  calibrator: Calibrator,
  matches: MatchScores,
  mismatches: Omit<MismatchScores, 'folds'>,
  precision: number,
): DecisionEvidence {
  const right = tallied(probabilitiesOf(calibrator, matches.scores), [matches.groups], null);
  const wrong = tallied(
    probabilitiesOf(calibrator, mismatches.scores),
    [mismatches.imageGroups, mismatches.textGroups],
    mismatches.weights,
  );
  return { precision, match: steps(right, wrong, 'above'), mismatch: steps(wrong, right, 'below') };
}

function probabilitiesOf(calibrator: Calibrator, scores: Float64Array): Float64Array {
  return scores.map((score) => probability(calibrator, score));
}

/** Probabilities of one class, ascending, with what each belongs to. */
interface Tally {
  readonly probabilities: Float64Array;
  readonly weights: Float64Array;
  /** Numbers from 0 of the clusters that each is in, a list for each way of clustering. */
  readonly clusters: readonly { readonly of: Uint32Array; readonly weights: Float64Array }[];
}

function tallied(
  probabilities: Float64Array,
  clusterings: readonly ArrayLike<number>[],
  weights: Float64Array | null,
  order = Uint32Array.from(probabilities.keys()).sort((a, b) => probabilities[a] - probabilities[b]),
): Tally {
  const sortedWeights = Float64Array.from(order, (i) => weights?.[i] ?? 1);
  return {
    probabilities: Float64Array.from(order, (i) => probabilities[i]),
    weights: sortedWeights,
    clusters: clusterings.map((groups) => {
      const numbers = new Map<number, number>();
      const of = Uint32Array.from(order, (i) => {
        const number = numbers.get(groups[i]) ?? numbers.size;
        numbers.set(groups[i], number);
        return number;
      });
      const totals = new Float64Array(numbers.size);
      of.forEach((cluster, i) => (totals[cluster] += sortedWeights[i]));
      return { of, weights: totals };
    }),
  };
}

/** A share of one class, and the number of independent pairs that would tell it as well. */
export interface Share {
  readonly share: number;
  readonly effective: number;
}

/**
 * Shares of a class at or beyond each threshold.
 * @param thresholds from the sure end on: falling for `above`, rising for `below`
 */
function sharesBeyond(tally: Tally, thresholds: Float64Array, side: 'above' | 'below'): Share[] {
  const { probabilities, weights, clusters } = tally;
  const count = probabilities.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
  // Of each way of clustering: what each cluster has beyond the threshold; the sum of its squares, and that of products with totals.
  const ways = clusters.map(({ of, weights: totals }) => ({
    of,
    totals,
    beyond: new Float64Array(totals.length),
    squared: 0,
    products: 0,
    ofTotals: totals.reduce((sum, weight) => sum + weight * weight, 0),
  }));
  const shares: { share: number; passed: number; effect: number }[] = [];
  let passed = 0;
  let mass = 0;
  let massSquares = 0;
  for (const threshold of thresholds) {
    for (; passed < count; passed++) {
      const at = side === 'above' ? count - 1 - passed : passed;
      if (side === 'above' ? probabilities[at] < threshold : probabilities[at] > threshold) break;
      const weight = weights[at];
      mass += weight;
      massSquares += weight * weight;
      for (const way of ways) {
        const cluster = way.of[at];
        way.squared += weight * (2 * way.beyond[cluster] + weight);
        way.products += weight * way.totals[cluster];
        way.beyond[cluster] += weight;
      }
    }
    const share = Math.min(1, mass / total);
    // Σ (beyond − share·total)² over clusters, less what pairs add by themselves where they are counted twice.
    const apart = massSquares - 2 * share * massSquares + share * share * squares;
    const together = ways.reduce(
      (sum, { squared, products, ofTotals }) =>
        sum + squared - 2 * share * products + share * share * ofTotals,
      0,
    );
    const variance = together - (ways.length - 1) * apart;
    shares.push({ share, passed, effect: apart > 0 ? Math.max(1, variance / apart) : 1 });
  }
  // Few on this side say little of how they cluster.
  const enough = shares.find(({ passed: errors }) => errors >= ENOUGH_TO_CLUSTER) ?? shares.at(-1);
  const kish = (total * total) / squares;
  return shares.map(({ share, passed: errors, effect }) => ({
    share,
    effective: kish / (errors < ENOUGH_TO_CLUSTER ? Math.max(effect, enough?.effect ?? 1) : effect),
  }));
}

/**
 * A share, and how many independent pairs would tell it as well.
 * @param hits 1 for a pair that counts, 0 for one that does not
 * @param clusterings groups of each pair, one or two ways
 * @param weights how much each counts; null: all alike
 * @param ascending numbers of all pairs, those that came nearest to a hit last: a few hits are taken to cluster as these do
 */
export function clusteredShare(
  hits: Uint8Array,
  clusterings: readonly ArrayLike<number>[],
  weights: Float64Array | null,
  ascending: Uint32Array,
): Share {
  const count = hits.length;
  const others = ascending.filter((i) => hits[i] === 0);
  const order = Uint32Array.from([...others, ...ascending.filter((i) => hits[i] === 1)]);
  const places = new Float64Array(count);
  order.forEach((i, place) => (places[i] = place));
  const tally = tallied(places, clusterings, weights, order);
  const enough = Math.max(0, Math.min(others.length, count - ENOUGH_TO_CLUSTER));
  return sharesBeyond(tally, Float64Array.of(others.length, enough), 'above')[0];
}

/**
 * The thresholds of one side at which the evidence is larger than at all that are less sure, least sure first.
 * @param own the class that is to be beyond the threshold
 */
function steps(own: Tally, other: Tally, side: 'above' | 'below'): Evidence {
  const thresholds = candidates(own.probabilities, side);
  const ownShares = sharesBeyond(own, thresholds, side);
  const otherShares = sharesBeyond(other, thresholds, side);
  const found: { threshold: number; logRatio: number }[] = [];
  let most = -Infinity;
  // From the least sure threshold to the surest.
  for (let i = thresholds.length - 1; i >= 0; i--) {
    const low = lowestShare(ownShares[i], TAILS[side]);
    const high = highestShare(otherShares[i], TAILS[side]);
    const logRatio = low > 0 ? log(low / high) : -Infinity;
    if (!(logRatio > most)) continue;
    most = logRatio;
    found.push({ threshold: thresholds[i], logRatio });
  }
  const kept = thinned(found, MAX_EVIDENCE);
  return {
    thresholds: Float64Array.from(kept, ({ threshold }) => threshold),
    logRatios: Float64Array.from(kept, ({ logRatio }) => logRatio),
  };
}

function lowestShare({ share, effective }: Share, tail: number): number {
  return lowestRate(share * effective, effective, tail);
}

function highestShare({ share, effective }: Share, tail: number): number {
  return highestRate(share * effective, effective, tail);
}

/** Probabilities that are there, from the surest on, inside (0, 1). @param ascending */
function candidates(ascending: Float64Array, side: 'above' | 'below'): Float64Array {
  const distinct = Float64Array.from(new Set(ascending)).filter((p) => p > 0 && p < 1);
  const sureFirst = side === 'above' ? distinct.reverse() : distinct;
  return Float64Array.from(thinned([...sureFirst], CANDIDATES));
}

/** At most `most`, in even steps, first and last among them. */
function thinned<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]);
}
