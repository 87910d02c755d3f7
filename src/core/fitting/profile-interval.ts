import { exp, log1p } from '../exp-log.ts';
import { sigmoid } from '../calibration/log-odds.ts';
import type { LogOddsInterval } from '../scoring/selection-model.ts';
import type { Floats } from '../vector.ts';
import { squaredStudentQuantile } from './binomial-bounds.ts';

/** Where the interval is stored; between two of these scores it is no narrower than the likelihood's. */
const KNOTS = 25;
/** Scores near one another are taken together beyond this number, which moves no digit that is shown. */
const MOST_POINTS = 512;
/** As far as the likelihood is asked: a probability of 1 or 0 at any base rate. */
const FARTHEST_LOG_ODDS = 50;
/** Of standardised scores. Scores that separate the classes have no highest slope. */
const FARTHEST_SLOPE = 1000;
const MAX_STEPS = 100;
/** Of a log-likelihood: far below what moves an interval. */
const TOLERANCE = 1e-9;
/** Of the root of a log-likelihood, and relative of a distance. */
const NEAR_ENOUGH = 1e-6;
const SHORTEST_STRIDE = 0.01;

/** Scores of which several count as one, ascending: `matches` of `count` at each. */
interface Points {
  readonly scores: Float64Array;
  readonly counts: Float64Array;
  readonly matches: Float64Array;
}

/**
 * The interval of a logistic curve by profile likelihood (Venzon and Moolgavkar 1988): at each score all log-odds that some line
 * through them explains well enough. Unlike the delta method's it is not symmetric, and stays right where scores nearly or
 * wholly separate matches from mismatches: then one end is open, and stored as log-odds of 50. Likelihood ratios are held against
 * Student's t squared of clusters − 2 degrees of freedom, for few pairs, times `effect`, for pairs that depend on each other
 * (Rotnitzky and Jewell 1990).
 *
 * The set of likely lines is convex, so the upper end is a convex function of the score and the lower a concave one: straight
 * lines between knots, and the extreme slopes outside of them, only widen the interval.
 * @param scores finite; at least two of them differ
 * @param labels 1 for a match, 0 for a mismatch; both must be present
 * @param clusters how many independent clusters the pairs come in, at least 3
 * @param tail outside the interval, on both sides together
 * @param effect by how much clusters raise the variance of the log-odds at a score, and of the slope for null; at least 1
 */
export function profileInterval(
  scores: Floats,
  labels: Uint8Array,
  { clusters, tail }: { readonly clusters: number; readonly tail: number },
  effect: (score: number | null) => number,
): LogOddsInterval {
  const points = gather(scores, labels);
  const { scores: x } = points;
  const best = fitLine(points);
  const quantile = squaredStudentQuantile(tail, clusters - 2) / 2;
  const knots = Float64Array.from(
    new Set(Array.from({ length: KNOTS }, (_, i) => x[Math.round((i * (x.length - 1)) / (KNOTS - 1))])),
  );
  const low = new Float64Array(knots.length);
  const high = new Float64Array(knots.length);
  const { logLikelihood: most } = best;
  let [down, up] = [1, 1];
  knots.forEach((knot, i) => {
    const least = most - quantile * effect(knot);
    const profile = profileAt(points, knot, best.slope);
    const inside = clamp(best.slope * knot + best.intercept, FARTHEST_LOG_ODDS);
    low[i] = boundary(profile, { inside, outside: -FARTHEST_LOG_ODDS, stride: down }, most, least);
    high[i] = boundary(profile, { inside, outside: FARTHEST_LOG_ODDS, stride: up }, most, least);
    // Intervals of neighbours are about as wide.
    [down, up] = [inside - low[i], high[i] - inside].map((width) => Math.max(SHORTEST_STRIDE, width));
  });
  const [first, last] = [x[0], x[x.length - 1]];
  const least = most - quantile * effect(null);
  const farthest = FARTHEST_SLOPE / (last - first);
  const slopeProfile = profileOfSlope(points, best.intercept + best.slope * ((first + last) / 2));
  const inside = clamp(best.slope, farthest);
  const stride = Math.max(Math.abs(inside) / 2, 1 / (last - first));
  return {
    scores: knots,
    low,
    high,
    slopes: [
      boundary(slopeProfile, { inside, outside: -farthest, stride }, most, least),
      boundary(slopeProfile, { inside, outside: farthest, stride }, most, least),
    ],
  };
}

/** The log-likelihood of points on a line, the rest of the line chosen best. */
type Profile = (value: number) => number;

/** Lines whose log-odds at `score` are given; the slope is the likeliest. */
function profileAt({ scores, counts, matches }: Points, score: number, slope: number): Profile {
  let warm = slope;
  const x = scores.map((at) => at - score);
  const fixed = new Float64Array(x.length);
  return (logOdds) => {
    fixed.fill(logOdds);
    const found = maximize(x, fixed, counts, matches, warm);
    warm = found.coefficient;
    return found.logLikelihood;
  };
}

/** Lines of a given slope; their height in the middle is the likeliest. */
function profileOfSlope({ scores, counts, matches }: Points, height: number): Profile {
  let warm = clamp(height, FARTHEST_LOG_ODDS);
  const middle = (scores[0] + scores[scores.length - 1]) / 2;
  const ones = new Float64Array(scores.length).fill(1);
  return (slope) => {
    const fixed = scores.map((at) => slope * (at - middle));
    const found = maximize(ones, fixed, counts, matches, warm);
    warm = found.coefficient;
    return found.logLikelihood;
  };
}

/**
 * The largest log-likelihood of log-odds `fixed + coefficient·x` over the coefficient, by Newton's method with step halving;
 * it is concave.
 */
function maximize(
  x: Float64Array,
  fixed: Float64Array,
  counts: Float64Array,
  matches: Float64Array,
  start: number,
): { coefficient: number; logLikelihood: number } {
  let coefficient = Number.isFinite(start) ? start : 0;
  let logLikelihood = logLikelihoodOf(x, fixed, counts, matches, coefficient);
  for (let step = 0; step < MAX_STEPS; step++) {
    let gradient = 0;
    let curvature = 0;
    for (let i = 0; i < x.length; i++) {
      const p = sigmoid(fixed[i] + coefficient * x[i]);
      gradient += (matches[i] - counts[i] * p) * x[i];
      curvature += counts[i] * p * (1 - p) * x[i] * x[i];
    }
    let move = curvature > 0 ? gradient / curvature : 0;
    if (!Number.isFinite(move)) break;
    let next = logLikelihoodOf(x, fixed, counts, matches, coefficient + move);
    while (next < logLikelihood && Math.abs(gradient * move) > TOLERANCE) {
      move /= 2;
      next = logLikelihoodOf(x, fixed, counts, matches, coefficient + move);
    }
    if (!(next > logLikelihood)) break;
    const gain = next - logLikelihood;
    coefficient += move;
    logLikelihood = next;
    if (gain < TOLERANCE) break;
  }
  return { coefficient, logLikelihood };
}

function logLikelihoodOf(
  x: Float64Array,
  fixed: Float64Array,
  counts: Float64Array,
  matches: Float64Array,
  coefficient: number,
): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const z = fixed[i] + coefficient * x[i];
    sum += matches[i] * z - counts[i] * (Math.max(z, 0) + log1p(exp(-Math.abs(z))));
  }
  return sum;
}

/**
 * Where a profile falls to `least` on the way from `inside` to `outside`; `outside` itself where it never does. By false position
 * (Illinois) on the root of what is lost, which is nearly linear in the distance.
 * @param most the largest log-likelihood there is
 * @param stride how far from `inside` to look first
 */
function boundary(
  profile: Profile,
  { inside, outside, stride }: { readonly inside: number; readonly outside: number; readonly stride: number },
  most: number,
  least: number,
): number {
  const enough = Math.sqrt(most - least);
  const beyond = (value: number): number => Math.sqrt(Math.max(0, most - profile(value))) - enough;
  const length = Math.abs(outside - inside);
  const at = (distance: number): number => inside + Math.sign(outside - inside) * distance;
  let near = 0;
  let nearBy = -enough;
  let far = Math.min(length, stride);
  let farBy = beyond(at(far));
  while (farBy <= 0) {
    if (far === length) return outside;
    [near, nearBy] = [far, farBy];
    far = Math.min(length, 2 * far);
    farBy = beyond(at(far));
  }
  for (let step = 0; step < MAX_STEPS && far - near > NEAR_ENOUGH * far; step++) {
    const guess = (near * farBy - far * nearBy) / (farBy - nearBy);
    const guessBy = beyond(at(guess));
    if (Math.abs(guessBy) < NEAR_ENOUGH) return at(guess);
    if (guessBy > 0) {
      [far, farBy] = [guess, guessBy];
      nearBy /= 2;
    } else {
      [near, nearBy] = [guess, guessBy];
      farBy /= 2;
    }
  }
  return at(far);
}

/** The likeliest line; of scores that separate the classes, a very steep one. */
function fitLine(points: Points): { slope: number; intercept: number; logLikelihood: number } {
  const { scores, counts, matches } = points;
  let slope = 0;
  let intercept = 0;
  const middle = (scores[0] + scores[scores.length - 1]) / 2;
  const scale = scores[scores.length - 1] - scores[0];
  const x = scores.map((score) => (score - middle) / scale);
  const likelihood = (a: number, b: number): number => {
    const fixed = new Float64Array(x.length).fill(b);
    return logLikelihoodOf(x, fixed, counts, matches, a);
  };
  let logLikelihood = likelihood(slope, intercept);
  for (let step = 0; step < MAX_STEPS; step++) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 0, 0, 0];
    for (let i = 0; i < x.length; i++) {
      const p = sigmoid(slope * x[i] + intercept);
      const residual = matches[i] - counts[i] * p;
      const curvature = counts[i] * p * (1 - p);
      ga += residual * x[i];
      gb += residual;
      haa += curvature * x[i] * x[i];
      hab += curvature * x[i];
      hbb += curvature;
    }
    const determinant = haa * hbb - hab * hab;
    let moveA = (hbb * ga - hab * gb) / determinant;
    let moveB = (haa * gb - hab * ga) / determinant;
    if (!Number.isFinite(moveA) || !Number.isFinite(moveB)) break;
    let next = likelihood(slope + moveA, intercept + moveB);
    for (let halving = 0; halving < MAX_STEPS && next < logLikelihood; halving++) {
      moveA /= 2;
      moveB /= 2;
      next = likelihood(slope + moveA, intercept + moveB);
    }
    if (!(next > logLikelihood)) break;
    const gain = next - logLikelihood;
    slope += moveA;
    intercept += moveB;
    logLikelihood = next;
    if (gain < TOLERANCE) break;
  }
  return { slope: slope / scale, intercept: intercept - (slope / scale) * middle, logLikelihood };
}

/** Equal scores together, and beyond `MOST_POINTS` neighbours in rank at their mean. */
function gather(scores: Floats, labels: Uint8Array): Points {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  const least = Math.ceil(order.length / MOST_POINTS);
  const points: { score: number; count: number; matches: number }[] = [];
  for (let start = 0; start < order.length;) {
    let end = start;
    let sum = 0;
    let matches = 0;
    while (end < order.length && (end - start < least || scores[order[end]] === scores[order[end - 1]])) {
      sum += scores[order[end]];
      matches += labels[order[end]];
      end++;
    }
    const count = end - start;
    points.push({
      score: count > 1 && least === 1 ? scores[order[start]] : sum / count,
      count,
      matches,
    });
    start = end;
  }
  return {
    scores: Float64Array.from(points, ({ score }) => score),
    counts: Float64Array.from(points, ({ count }) => count),
    matches: Float64Array.from(points, ({ matches }) => matches),
  };
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}
