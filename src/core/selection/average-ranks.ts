import { exp } from '../exp-log.ts';
import type { Random } from '../random.ts';
import { createRandom, shuffle } from '../random.ts';
import type { Floats } from '../vector.ts';
import type { LabelledFeatures } from './labelled-features.ts';
import { rankFeatures } from './top-k.ts';

export interface AverageRanksOptions {
  /** Subsamples, at least 1. */
  readonly rounds: number;
  readonly seed: number;
  /** Features kept in each round, for `frequency`. */
  readonly k: number;
}

export interface AverageRanks {
  /** dim less the mean rank, the best rank being 0: length dim, in (0, dim]. */
  readonly scores: Float64Array;
  /** The share of rounds in which a feature was among the best k: length dim, in [0, 1]. */
  readonly frequency: Float64Array;
}

/** The share of distinct rows in a bootstrap sample, 1 − 1/e. */
const SAMPLE_SHARE = 1 - exp(-1);

/**
 * The mean rank of every feature over subsamples, and how often it is kept: steadier than the scores of one sample.
 * A subsample holds 63.2% of the groups, or of the rows of each class where there are no groups, none twice: what a
 * bootstrap holds on average, but without its repeated rows, which nearest-neighbour estimates would take for signal.
 * @param score of every feature of a subsample, higher is better, NaN where undefined
 * @throws RangeError for no rounds; whatever `score` throws
 */
export function averageRanks(
  input: LabelledFeatures,
  { rounds, seed, k }: AverageRanksOptions,
  score: (sample: LabelledFeatures) => Float64Array,
): AverageRanks {
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError(`expected at least 1 round, got ${rounds}`);
  const { dim } = input;
  const random = createRandom(seed);
  const strata = strataOf(input);
  const rankSums = new Float64Array(dim);
  const keptCounts = new Float64Array(dim);
  for (let round = 0; round < rounds; round++) {
    const rows = strata.flatMap((members) => drawMembers(members, random));
    rankFeatures(score(sampleOf(input, Uint32Array.from(rows).sort()))).forEach((index, rank) => {
      rankSums[index] += rank;
      if (rank < k) keptCounts[index]++;
    });
  }
  return {
    scores: rankSums.map((sum) => dim - sum / rounds),
    frequency: keptCounts.map((kept) => kept / rounds),
  };
}

/** What is drawn from: rows by group, all in one stratum; without groups each row by itself, in a stratum a class. */
function strataOf({ count, groups, labels }: LabelledFeatures): number[][][] {
  const rows = Array.from({ length: count }, (_, row) => row);
  if (groups !== undefined) return [[...Map.groupBy(rows, (row) => groups[row]).values()]];
  return [...Map.groupBy(rows, (row) => labels[row]).values()].map((members) => members.map((row) => [row]));
}

/** The rows of 63.2% of the members, at least of one. */
function drawMembers(members: readonly number[][], random: Random): number[] {
  const order = Uint32Array.from(members.keys());
  shuffle(order, random);
  const drawn = order.subarray(0, Math.max(1, Math.round(SAMPLE_SHARE * members.length)));
  return Array.from(drawn).flatMap((member) => members[member]);
}

function sampleOf({ features, labels, dim }: LabelledFeatures, rows: Uint32Array): LabelledFeatures {
  const kept: Floats =
    features instanceof Float32Array
      ? new Float32Array(rows.length * dim)
      : new Float64Array(rows.length * dim);
  rows.forEach((row, i) => kept.set(features.subarray(row * dim, (row + 1) * dim), i * dim));
  return { features: kept, labels: Int32Array.from(rows, (row) => labels[row]), count: rows.length, dim };
}
