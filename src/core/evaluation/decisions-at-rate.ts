import { highestRate, lowestRate } from '../fitting/binomial-bounds.ts';
import type { Calibrator } from '../scoring/selection-model.ts';
import { decide, thresholdsAt } from '../calibration/decisions.ts';
import { probability } from '../calibration/calibration.ts';
import { type MatchScores, type MismatchScores, clusteredShare } from './decision-evidence.ts';

/** Base rates that every report tells of, beside the one asked for. */
const TOLD_RATES = [0.5, 0.1, 0.01, 0.001];
/** Outside a two-sided 95% interval, on either side. */
const TAIL = 0.025;

/** One side of decisions on held-out pairs. */
export interface SideAtRate {
  /** Whether the published calibrator makes this call at this base rate at all. */
  readonly open: boolean;
  /** Share of calls that are right, with its 95% interval; null where none was made. */
  readonly precision: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** Share of the matches called a match, or of the mismatches called a mismatch. */
  readonly called: number;
}

export interface DecisionsAtRate {
  readonly baseRate: number;
  readonly match: SideAtRate;
  readonly mismatch: SideAtRate;
  /** Share of all pairs that are called either, where matches are this rare. */
  readonly decided: number;
}

type Called = 'match' | 'mismatch' | 'neither';
const CALLED = { MATCH: 'match', MISMATCH: 'mismatch', UNCERTAIN: 'neither' } as const;

/** Decisions on held-out pairs at several base rates, gathered fold by fold. */
export class DecisionTally {
  readonly #rates: readonly number[];
  readonly #matches: MatchScores;
  readonly #mismatches: Omit<MismatchScores, 'folds'>;
  readonly #said: { readonly match: Called[]; readonly mismatch: Called[] }[];

  /** @param baseRate told beside the others, in (0, 1) */
  constructor(matches: MatchScores, mismatches: Omit<MismatchScores, 'folds'>, baseRate: number) {
    this.#rates = [...new Set([...TOLD_RATES, baseRate])].sort((a, b) => b - a);
    this.#matches = matches;
    this.#mismatches = mismatches;
    this.#said = this.#rates.map(() => ({
      match: new Array<Called>(matches.scores.length).fill('neither'),
      mismatch: new Array<Called>(mismatches.scores.length).fill('neither'),
    }));
  }

  /** Decide those pairs of a fold by a calibrator that was fitted on the others. */
  decide(calibrator: Calibrator, matches: Uint32Array, mismatches: Uint32Array): void {
    this.#rates.forEach((rate, r) => {
      const thresholds = thresholdsAt(calibrator, rate);
      const sayOf = (score: number): Called =>
        CALLED[decide(thresholds, probability(calibrator, score, rate))];
      for (const i of matches) this.#said[r].match[i] = sayOf(this.#matches.scores[i]);
      for (const i of mismatches) this.#said[r].mismatch[i] = sayOf(this.#mismatches.scores[i]);
    });
  }

  /** @param calibrator the published one, which says whether a side is open */
  figures(calibrator: Calibrator): DecisionsAtRate[] {
    const { groups } = this.#matches;
    const { imageGroups, textGroups, weights } = this.#mismatches;
    const rising = { match: byScore(this.#matches.scores), mismatch: byScore(this.#mismatches.scores) };
    const falling = { match: rising.match.toReversed(), mismatch: rising.mismatch.toReversed() };
    return this.#rates.map((baseRate, r) => {
      const { matchThreshold, mismatchThreshold } = thresholdsAt(calibrator, baseRate);
      const said = this.#said[r];
      const shareOf = (truth: 'match' | 'mismatch', called: Called): { share: number; effective: number } => {
        const isCalled = Uint8Array.from(said[truth], (one) => Number(one === called));
        const ascending = (called === 'match' ? rising : falling)[truth];
        return truth === 'match'
          ? clusteredShare(isCalled, [groups], null, ascending)
          : clusteredShare(isCalled, [imageGroups, textGroups], weights, ascending);
      };
      const [truePositive, falsePositive] = [shareOf('match', 'match'), shareOf('mismatch', 'match')];
      const [falseNegative, trueNegative] = [shareOf('match', 'mismatch'), shareOf('mismatch', 'mismatch')];
      return {
        baseRate,
        match: {
          open: matchThreshold < 1,
          precision: precisionOf([truePositive, baseRate], [falsePositive, 1 - baseRate]),
          called: truePositive.share,
        },
        mismatch: {
          open: mismatchThreshold > 0,
          precision: precisionOf([trueNegative, 1 - baseRate], [falseNegative, baseRate]),
          called: trueNegative.share,
        },
        decided:
          baseRate * (truePositive.share + falseNegative.share) +
          (1 - baseRate) * (falsePositive.share + trueNegative.share),
      };
    });
  }
}

/** Numbers of pairs, the lowest score first. */
function byScore(scores: Float64Array): Uint32Array {
  return Uint32Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b]);
}

/** A share of a class that is called so, and how many of all pairs are of that class. */
type CalledOf = readonly [{ readonly share: number; readonly effective: number }, number];

/**
 * The interval is that of the share of errors: the rarer side, and the one that the precision hangs on. Where every call is an error,
 * it is that of the share of right ones too, which may be more than the none that was seen.
 */
function precisionOf([right, rightRate]: CalledOf, [error, errorRate]: CalledOf): SideAtRate['precision'] {
  if (right.share + error.share === 0) return null;
  const at = (rights: number, errors: number): number => {
    const [called, wrong] = [rights * rightRate, errors * errorRate];
    return called + wrong === 0 ? 0 : called / (called + wrong);
  };
  const bound = (of: typeof highestRate, { share, effective }: CalledOf[0]): number =>
    of(share * effective, effective, TAIL);
  const most = right.share === 0 ? bound(highestRate, right) : right.share;
  return {
    value: at(right.share, error.share),
    low: at(right.share, bound(highestRate, error)),
    high: at(most, bound(lowestRate, error)),
  };
}
