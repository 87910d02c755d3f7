import type { Evaluation } from './cross-validation.ts';

export interface MaskStability {
  /** Whose masks: the chosen strategy's where data choose its mask, else mutual information's. */
  readonly strategy: string;
  readonly meanJaccard: number;
  /** Null where it is undefined: k = dim. */
  readonly meanKuncheva: number | null;
  readonly chanceJaccard: number;
  /** In how many folds each coordinate was kept, length dim. */
  readonly keptInFolds: readonly number[];
  /** Null without `--bootstrap`. */
  readonly bootstrap: {
    readonly rounds: number;
    /** In what share of the rounds each coordinate was kept, in [0, 1], length dim. */
    readonly selectionFrequency: readonly number[];
  } | null;
}

export interface BootstrapFrequency {
  readonly rounds: number;
  /** Length dim, NaN for what a prefilter dropped. */
  readonly frequency: Float64Array;
}

/**
 * How much the masks of the folds agree, beside what chance would give; with `--bootstrap` also how often each
 * coordinate was kept.
 * @param evaluation of a mask strategy
 */
export function maskStability(
  { models, row }: Evaluation,
  dim: number,
  bootstrap: BootstrapFrequency | null,
): MaskStability {
  const masks = models.flatMap(({ projection }) => (projection.kind === 'mask' ? [projection.indices] : []));
  const keptInFolds = new Array<number>(dim).fill(0);
  for (const index of masks.flatMap((mask) => [...mask])) keptInFolds[index]++;
  // Two random k-subsets share k²/dim on average.
  const shared = row.k ** 2 / dim;
  return {
    strategy: row.strategy,
    meanJaccard: row.stability?.mean ?? 1,
    meanKuncheva: row.kuncheva?.mean ?? null,
    chanceJaccard: shared / (2 * row.k - shared),
    keptInFolds,
    bootstrap:
      bootstrap === null
        ? null
        : {
            rounds: bootstrap.rounds,
            selectionFrequency: Array.from(bootstrap.frequency, (share) => (Number.isNaN(share) ? 0 : share)),
          },
  };
}
