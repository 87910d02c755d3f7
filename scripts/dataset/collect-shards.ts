import { UserError } from '../cli/user-error.ts';
import type { EmbeddingFolder } from './embedding-folder.ts';
import { readPairRows } from './embedding-shard.ts';
import { imageFile } from './image-file.ts';
import { groupPairs } from './group-pairs.ts';
import { DirectionKeys } from './direction-keys.ts';
import { type EmbeddedPair, type PairedEmbeddings, joinPairs } from './paired-embeddings.ts';
import type { Skipped } from './pair-source.ts';
import { unitProblem } from './unit-problem.ts';

const ROWS_A_READ = 4096;

/**
 * All pairs of a folder of embeddings in memory, L2-normalised. Equal embeddings are one picture or caption, and so are
 * equal words; pairs of one image_path are one group. Rows that have no direction (NaN, Infinity, all zero) are skipped.
 * @throws UserError when no pair is left
 */
export async function collectShards({ path, dim, shards }: EmbeddingFolder): Promise<PairedEmbeddings> {
  const pairs: EmbeddedPair[] = [];
  const [imageKeys, textKeys] = [new DirectionKeys(), new DirectionKeys()];
  const skipped: Skipped[] = [];
  const groupOfPath = new Map<string, number>();
  for (const shard of shards) {
    for (let start = 0; start < shard.count; start += ROWS_A_READ) {
      const end = Math.min(start + ROWS_A_READ, shard.count);
      const { rows, images, texts } = await readPairRows(shard, start, end);
      for (const [i, { where, image, caption, label, kind }] of rows.entries()) {
        const reason = unitProblem(images[i], 'image') ?? unitProblem(texts[i], 'text');
        if (reason !== null) {
          skipped.push({ where, reason });
          continue;
        }
        pairs.push({
          image: { key: imageKeys.keyOf(images[i]), embedding: images[i] },
          text: { key: textKeys.keyOf(texts[i]), embedding: texts[i] },
          group: image === null ? null : numberOf(image, groupOfPath),
          label,
          ...(kind === undefined ? {} : { kind }),
          where,
          // A path as clip-retrieval noted it, or a key: it may not open from here.
          picture: image === null ? null : imageFile(image),
          caption,
        });
      }
    }
  }
  if (pairs.length > 0) return joinPairs(dim, joinCaptions(pairs), skipped);
  throw new UserError(
    `${path} holds no usable pair of embeddings. ${skipped[0]?.where}: ${skipped[0]?.reason}`,
  );
}

/**
 * One text key for captions of equal words or of equal embeddings, directly or through others: float16 shards may hold one
 * caption under two embeddings, and an encoder gives "a kite" and "A KITE" the same one.
 */
function joinCaptions(pairs: readonly EmbeddedPair[]): EmbeddedPair[] {
  const captions = new Map<string, number>();
  const embeddings = new Map<string, number>();
  const nodes = pairs.map(({ caption, text: { key } }) => ({
    image: numberOf(caption === null ? `no caption ${key}` : `caption ${caption}`, captions),
    text: numberOf(key, embeddings),
    group: null,
  }));
  const { groups } = groupPairs(nodes, captions.size);
  return pairs.map((pair, i) => ({ ...pair, text: { ...pair.text, key: `text ${groups[i]}` } }));
}

function numberOf(name: string, numbers: Map<string, number>): number {
  const number = numbers.get(name) ?? numbers.size;
  numbers.set(name, number);
  return number;
}
