import type { ComparisonRow } from './cross-validation.ts';
import type { PairedDifference } from './paired-difference.ts';
import type { RegionChoice } from './region-images.ts';

/** One way to pool regions, under every strategy. */
export interface RegionComparison extends RegionChoice {
  readonly rows: readonly RegionRow[];
}

/** As a row of `compare`, and by how much recall@1, mean of both directions, beats that of whole pictures, fold by fold. */
export type RegionRow = ComparisonRow & { readonly gain: PairedDifference };
