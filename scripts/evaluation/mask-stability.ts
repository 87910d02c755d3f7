import type { Evaluation } from '../../src/core/evaluation/cross-validation.ts';
import type { PrecomputeReport } from '../report/report-data.ts';

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
): PrecomputeReport['stability'] {
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
