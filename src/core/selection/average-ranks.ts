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
const SAMPLE_SHARE = 1 - Math.exp(-1);

/**
 * The mean rank of every feature over subsamples, and how often it is kept: steadier than the scores of one sample.
 * A subsample holds 63.2% of the groups, none twice: what a bootstrap holds on average, but without its repeated rows,
 * which nearest-neighbour estimates would take for signal.
 * @param score of every feature of a subsample, higher is better, NaN where undefined
 * @throws RangeError for no rounds; whatever `score` throws, as where a subsample holds one class only
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
  const members = rowsByGroup(input);
  const order = Uint32Array.from(members.keys());
  const rankSums = new Float64Array(dim);
  const keptCounts = new Float64Array(dim);
  for (let round = 0; round < rounds; round++) {
    shuffle(order, random);
    const drawn = order.slice(0, Math.max(1, Math.round(SAMPLE_SHARE * members.length))).sort();
    const rows = Uint32Array.from(Array.from(drawn).flatMap((group) => members[group]));
    rankFeatures(score(sampleOf(input, rows))).forEach((index, rank) => {
      rankSums[index] += rank;
      if (rank < k) keptCounts[index]++;
    });
  }
  return {
    scores: rankSums.map((sum) => dim - sum / rounds),
    frequency: keptCounts.map((kept) => kept / rounds),
  };
}

function rowsByGroup({ count, groups }: LabelledFeatures): number[][] {
  const members = new Map<number, number[]>();
  for (let row = 0; row < count; row++) {
    const group = groups === undefined ? row : groups[row];
    const rows = members.get(group);
    if (rows === undefined) members.set(group, [row]);
    else rows.push(row);
  }
  return [...members.values()];
}

function sampleOf({ features, labels, dim }: LabelledFeatures, rows: Uint32Array): LabelledFeatures {
  const kept: Floats =
    features instanceof Float32Array
      ? new Float32Array(rows.length * dim)
      : new Float64Array(rows.length * dim);
  rows.forEach((row, i) => kept.set(features.subarray(row * dim, (row + 1) * dim), i * dim));
  return { features: kept, labels: Int32Array.from(rows, (row) => labels[row]), count: rows.length, dim };
}
