import { normalizeRows } from '../../src/core/vector.ts';
import { readEmbeddings, readIntegers } from '../../src/format/npy.ts';
import { readInput } from '../files/input-file.ts';
import { UserError } from '../cli/user-error.ts';
import { assertRowsPair } from './embedding-shard.ts';
import { type KeyedEmbedding, type PairedEmbeddings, embeddingKey, joinPairs } from './paired-embeddings.ts';

interface NpyPaths {
  readonly imageEmbeddings: string;
  readonly textEmbeddings: string;
  readonly groups: string | null;
}

/**
 * Pairs from two .npy matrices whose rows belong together. Rows are L2-normalised; equal rows become one picture or
 * caption. Pairs are of one group when `groups` says so, or when they share a row.
 * @throws UserError naming the option, the file and what does not fit (shape, NaN, zero rows, lengths that differ)
 */
export async function readNpyPairs(paths: NpyPaths): Promise<PairedEmbeddings> {
  const image = await readInput(paths.imageEmbeddings, '--image-embeddings', readEmbeddings);
  const text = await readInput(paths.textEmbeddings, '--text-embeddings', readEmbeddings);
  assertRowsPair({ ...image, path: paths.imageEmbeddings }, { ...text, path: paths.textEmbeddings });
  const { count, dim } = image;
  const given = paths.groups === null ? null : await readInput(paths.groups, '--groups', readIntegers);
  if (given !== null && given.length !== count) {
    throw new UserError(
      `--groups needs one number a pair: expected ${count}, got ${given.length} in ${paths.groups}`,
    );
  }
  normalizeOrExplain(image.embeddings, dim, paths.imageEmbeddings);
  normalizeOrExplain(text.embeddings, dim, paths.textEmbeddings);
  const row = (embeddings: Float32Array, i: number): KeyedEmbedding => {
    const embedding = embeddings.subarray(i * dim, (i + 1) * dim);
    return { key: embeddingKey(embedding), embedding };
  };
  const pairs = Array.from({ length: count }, (_, i) => ({
    image: row(image.embeddings, i),
    text: row(text.embeddings, i),
    group: given === null ? null : given[i],
    where: `row ${i}`,
    picture: null,
    caption: null,
  }));
  return joinPairs(dim, pairs, []);
}

function normalizeOrExplain(embeddings: Float32Array, dim: number, path: string): void {
  try {
    normalizeRows(embeddings, dim);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UserError(`${path} cannot be normalised: ${cause.message}.`, { cause });
  }
}
