import { type CandidateFusions, candidateFusions } from '../../src/core/evaluation/fusion-trials.ts';
import { groupedFolds } from '../../src/core/pairs/folds.ts';
import type { StorageLimit } from '../../src/core/evaluation/candidates.ts';
import { encodedBytes, mostCoordinates } from '../../src/core/evaluation/vector-encoding.ts';
import { UserError } from '../cli/user-error.ts';
import type { PairedEmbeddings } from '../../src/dataset/paired-embeddings.ts';
import type { PrecomputeOptions } from './options.ts';

/** @throws UserError when k coordinates cannot be kept of `dim`; `full` keeps all whatever k is */
export function checkK(k: number, strategy: string, dim: number): void {
  if (strategy === 'full' || k <= dim) return;
  throw new UserError(
    `--k ${k} is more than the ${dim} coordinates of an embedding. Choose --k ${dim} or less`,
  );
}

/** @throws UserError when no encoding has room for a coordinate in so many bytes, or all of them for every one */
export function checkStorage(storage: StorageLimit | undefined, dim: number): void {
  if (storage === undefined) return;
  const { bytes, encodings } = storage;
  if (encodings.some((encoding) => mostCoordinates(encoding, bytes) >= 1)) return;
  const [encoding] = encodings;
  throw new UserError(
    `--bytes ${bytes} holds no coordinate in ${encodings.join(' or ')}: a row of one takes ${encodedBytes(encoding, 1)}, of all ${dim} ${encodedBytes(encoding, dim)}`,
  );
}

/**
 * The learned fusions that the pairs allow.
 * @throws UserError when one is asked for by name and there are too few groups to fit it
 */
export function checkedFusions(
  pairs: PairedEmbeddings,
  options: Pick<PrecomputeOptions, 'fusion' | 'folds' | 'seed'>,
): CandidateFusions {
  const possible = candidateFusions(pairs, options);
  const { fusion } = options;
  if (fusion === 'auto' || fusion === 'identity' || possible.kinds.length > 0) return possible;
  throw new UserError(`--fusion ${fusion} cannot be fitted: ${possible.untried}. Bring more pairs`);
}

/**
 * The folds of the pairs, after checking that a fit and its judgement are possible.
 * @throws UserError naming the numbers and what to change
 */
export function checkedFolds(
  pairs: PairedEmbeddings,
  { folds, seed }: Pick<PrecomputeOptions, 'folds' | 'seed'>,
): Uint32Array[] {
  const { groups, groupCount } = pairs;
  if (groupCount < 2 * folds) {
    const most = Math.floor(groupCount / 2);
    const advice = most >= 2 ? `use --folds ${most} or bring more pairs` : 'bring more pairs';
    throw new UserError(
      `${folds} folds need at least ${2 * folds} groups of pairs, two a fold so that there is a mismatch to draw; got ${groupCount} ` +
        `from ${groups.length} pairs (pairs that share a picture or a caption are one group): ${advice}`,
    );
  }
  const held = groupedFolds(groups, folds, seed);
  const lone = held.find((rows) => rows.every((row) => groups[row] === groups[rows[0]]));
  if (lone !== undefined) {
    throw new UserError(
      `one group, that of ${pairs.origins.where[lone[0]]}, holds ${lone.length} of ${groups.length} pairs (they share pictures or captions), a whole fold by itself: use fewer --folds or captions that differ`,
    );
  }
  return held;
}
