import type { ComparisonRow, Evaluation } from '../../src/core/evaluation/cross-validation.ts';
import type { FoldOptions } from '../../src/core/evaluation/fold-evaluation.ts';
import { pairedDifference } from '../../src/core/evaluation/paired-difference.ts';
import type { RegionComparison } from '../../src/core/evaluation/region-comparison.ts';
import { type PatchGrid, type RegionChoice, regionImages } from '../../src/core/evaluation/region-images.ts';
import type { PairSet } from '../../src/core/pairs/pair-set.ts';
import type { StartProgress } from '../cli/progress.ts';
import { textTable } from '../cli/text-table.ts';
import { evaluateFolds } from '../parallel/cross-validate-folds.ts';
import type { Pool } from '../parallel/pool.ts';

/** A quarter and half of the patches by each map; the middle of the picture is what a map has to beat. */
const CHOICES: readonly RegionChoice[] = (['shares', 'grad-cam', 'centre'] as const).flatMap((map) => [
  { map, share: 0.25 },
  { map, share: 0.5 },
]);

/**
 * The comparison of strategies once more for every choice of regions, in the folds of the whole pictures.
 * @param whole what the same candidates gave for whole pictures
 */
export async function compareRegions(
  set: PairSet,
  patches: PatchGrid,
  whole: readonly Evaluation[],
  options: FoldOptions,
  { pool, startProgress }: { readonly pool: Pool; readonly startProgress: StartProgress },
): Promise<RegionComparison[]> {
  const candidates = whole.map(({ candidate }) => candidate);
  const { folds, seed } = options;
  const progress = startProgress('folds of regions', folds * CHOICES.length);
  const comparisons: RegionComparison[] = [];
  try {
    for (const choice of CHOICES) {
      const evaluations = await evaluateFolds(
        (fold) => regionImages(set, patches, choice, { folds, seed, fold }),
        candidates,
        options,
        { pool, onFold: () => progress.add(1) },
      );
      const rows = evaluations.map(({ row, recallAt1 }, i) => ({
        ...row,
        gain: pairedDifference(recallAt1, whole[i].recallAt1),
      }));
      comparisons.push({ ...choice, rows });
    }
  } finally {
    progress.stop();
  }
  return comparisons;
}

/** For people: recall@1, mean of both directions in %, of whole pictures, and what each choice of regions adds to it. */
export function regionTable(whole: readonly ComparisonRow[], regions: readonly RegionComparison[]): string {
  const head = ['strategy', 'k', 'encoding', 'whole', ...regions.map(({ map, share }) => `${map} ${share}`)];
  const lines = whole.map((row, i) => [
    row.strategy,
    String(row.k),
    row.encoding,
    percent((row.recall.imageToText['1'].mean + row.recall.textToImage['1'].mean) / 2),
    ...regions.map(({ rows }) => `${signed(rows[i].gain.mean)} ± ${percent(rows[i].gain.standardError)}`),
  ]);
  return textTable(head, lines);
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function signed(share: number): string {
  return `${share < 0 ? '-' : '+'}${percent(Math.abs(share))}`;
}
