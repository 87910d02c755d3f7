import type { Choice } from '../../src/core/evaluation/choose-strategy.ts';
import type { FoldOptions } from '../../src/core/evaluation/fold-evaluation.ts';
import { meanRecallAt1 } from '../../src/core/evaluation/mean-recall.ts';
import type { PatchGrid } from '../../src/core/evaluation/region-images.ts';
import type { StartProgress } from '../cli/progress.ts';
import { UserError } from '../cli/user-error.ts';
import type { PairedEmbeddings } from '../../src/dataset/paired-embeddings.ts';
import type { PairSourceOptions } from '../dataset/source-options.ts';
import type { Pool } from '../parallel/pool.ts';
import { compareRegions } from '../regions/compare-regions.ts';
import { picturesOf, readPatchEmbeddings } from '../regions/patch-embeddings.ts';
import type { RegionsReport } from '../report/report-data.ts';

/** Before anything is encoded, which may cost money. @throws UserError where there are no pictures, or no patches to be had */
export function checkRegions(source: PairSourceOptions): void {
  if (source.kind !== 'dataset')
    throw new UserError('--regions needs the pictures of a DATASET; embeddings have none');
  if (source.http !== undefined)
    throw new UserError(
      '--regions needs the patches of pictures, which an encoder behind HTTP does not give',
    );
}

/** @throws UserError where the pairs have no pictures, or their encoder gives no patches */
export async function patchesOf(
  pairs: PairedEmbeddings,
  source: PairSourceOptions,
  startProgress: StartProgress,
): Promise<PatchGrid> {
  const model = source.kind === 'dataset' ? source.model : undefined;
  return readPatchEmbeddings(picturesOf(pairs.origins.pictures), model, startProgress);
}

/** Of every strategy at the k of the selection, and of full vectors: what regions add to whole pictures. */
export async function judgeRegions(
  pairs: PairedEmbeddings,
  patches: PatchGrid,
  { chosen, evaluations }: Choice,
  options: FoldOptions,
  work: { readonly pool: Pool; readonly startProgress: StartProgress },
): Promise<RegionsReport> {
  const { k } = chosen.candidate;
  const whole = evaluations.filter(
    ({ candidate }) =>
      candidate.encoding === 'float32' &&
      candidate.fusion === 'identity' &&
      (candidate.strategy === 'full' ||
        (candidate.k === k && candidate.centred === chosen.candidate.centred)),
  );
  const comparisons = await compareRegions(pairs, patches, whole, options, work);
  return {
    choices: comparisons.map(({ map, share }) => ({ map, share })),
    rows: whole.map(({ row }, i) => ({
      strategy: row.strategy,
      k: row.k,
      whole: meanRecallAt1(row),
      gains: comparisons.map(({ rows }) => rows[i].gain),
    })),
  };
}
