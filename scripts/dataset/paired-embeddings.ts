import { createHash } from 'node:crypto';
import type { MarkedMismatches, PairSet } from '../../src/core/pairs/pair-set.ts';
import { type PairRows, groupPairs } from './group-pairs.ts';
import type { ImageSource, Label, Skipped } from './pair-source.ts';

/**
 * A pair set as read from a dataset, with what was left out of it. Groups are numbered from 0. Rows of images and texts
 * that only a mismatch names come after those of the pairs.
 */
export interface PairedEmbeddings extends PairSet {
  readonly groupCount: number;
  readonly mismatches: MarkedMismatches;
  /** Matches left out because they repeat the image and the text of an earlier one. */
  readonly duplicates: number;
  readonly skipped: readonly Skipped[];
  readonly origins: PairOrigins;
}

/** What a person would look at; null where embeddings came without. */
interface PairOrigins {
  /** One an image row; a picture may fail to open. */
  readonly pictures: readonly (ImageSource | null)[];
  /** One a text row. */
  readonly captions: readonly (string | null)[];
  /** One a pair, naming the first row of the dataset that it came from: "captions.csv line 7". */
  readonly where: readonly string[];
}

/** One side of a pair: equal keys mean the same picture or the same caption. */
export interface KeyedEmbedding {
  readonly key: string;
  readonly embedding: Float32Array;
}

export interface EmbeddedPair {
  readonly image: KeyedEmbedding;
  readonly text: KeyedEmbedding;
  /** A group known beforehand, if any: pairs of equal number share one. */
  readonly group: number | null;
  /** 0: marked as a mismatch. Absent: a match. */
  readonly label?: Label;
  /** Names the row in messages. */
  readonly where: string;
  readonly picture: ImageSource | null;
  readonly caption: string | null;
}

/**
 * Number pictures, captions and groups in order of first appearance, pairs before marked mismatches. A repeated pair
 * counts once; a mismatch that is also marked as a match is left out and listed.
 * @throws RangeError when an embedding is not of length dim
 */
export function joinPairs(
  dim: number,
  pairs: readonly EmbeddedPair[],
  skipped: readonly Skipped[],
): PairedEmbeddings {
  const images = new RowTable<ImageSource>(dim);
  const texts = new RowTable<string>(dim);
  const rowsOf = ({ image, picture, text, caption, group }: EmbeddedPair): PairRows => ({
    image: images.rowOf(image, picture),
    text: texts.rowOf(text, caption),
    group,
  });
  const matches = pairs.filter(({ label }) => label !== 0);
  const all = matches.map(rowsOf);
  const imageCount = images.count;
  const marked = pairs.filter(({ label }) => label === 0);
  const against = marked.map(rowsOf);
  // Of all pairs: a repeated one counts once, but it may be what joins two known groups.
  const { groups, groupCount } = groupPairs(all, imageCount);
  const seen = new Set<string>();
  const kept = unseen(all, seen);
  const contradicted = marked.filter((_, i) => seen.has(nameOf(against[i])));
  const keptAgainst = unseen(against, seen).map((i) => against[i]);
  return {
    dim,
    imageEmbeddings: images.toMatrix(),
    textEmbeddings: texts.toMatrix(),
    imageRows: Uint32Array.from(kept, (i) => all[i].image),
    textRows: Uint32Array.from(kept, (i) => all[i].text),
    groups: Int32Array.from(kept, (i) => groups[i]),
    groupCount,
    mismatches: {
      imageRows: Uint32Array.from(keptAgainst, ({ image }) => image),
      textRows: Uint32Array.from(keptAgainst, ({ text }) => text),
      groups: groupsOfImages(keptAgainst, all, groups, groupCount),
    },
    duplicates: all.length - kept.length,
    skipped: [
      ...skipped,
      ...contradicted.map(({ where }) => ({
        where,
        reason: 'marked both as a match and as a mismatch',
      })),
    ],
    origins: {
      pictures: images.origins,
      captions: texts.origins,
      where: kept.map((i) => matches[i].where),
    },
  };
}

function nameOf({ image, text }: PairRows): string {
  return `${image} ${text}`;
}

/** Positions of the pairs not in `seen` yet, each once; adds them. */
function unseen(pairs: readonly PairRows[], seen: Set<string>): number[] {
  return pairs.flatMap((pair, i) => {
    const name = nameOf(pair);
    if (seen.has(name)) return [];
    seen.add(name);
    return [i];
  });
}

/**
 * The group of each mismatch's image, known by the image or by its given group; images without any match get groups of
 * their own, after the others.
 */
function groupsOfImages(
  mismatches: readonly PairRows[],
  pairs: readonly PairRows[],
  groups: Int32Array,
  groupCount: number,
): Int32Array {
  const groupOfImage = new Map(pairs.map(({ image }, i) => [image, groups[i]]));
  const groupOfGiven = new Map(pairs.map(({ group }, i) => [group, groups[i]]));
  groupOfGiven.delete(null);
  let next = groupCount;
  return Int32Array.from(mismatches, ({ image, group: given }) => {
    const group = groupOfImage.get(image) ?? groupOfGiven.get(given) ?? next++;
    groupOfImage.set(image, group);
    if (given !== null) groupOfGiven.set(given, group);
    return group;
  });
}

/** A key by the numbers themselves: equal to the bit, they are one picture or one caption, whatever was encoded. */
export function embeddingKey(row: Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(row.buffer, row.byteOffset, row.byteLength))
    .digest('hex');
}

/** Rows numbered in order of first appearance. */
class RowTable<Origin> {
  readonly #dim: number;
  readonly #rowByKey = new Map<string, number>();
  readonly #embeddings: Float32Array[] = [];
  readonly origins: (Origin | null)[] = [];

  constructor(dim: number) {
    this.#dim = dim;
  }

  get count(): number {
    return this.#embeddings.length;
  }

  rowOf({ key, embedding }: KeyedEmbedding, origin: Origin | null): number {
    const known = this.#rowByKey.get(key);
    if (known !== undefined) return known;
    if (embedding.length !== this.#dim) {
      throw new RangeError(`expected an embedding of ${this.#dim} numbers, got ${embedding.length}`);
    }
    this.#rowByKey.set(key, this.count);
    this.origins.push(origin);
    return this.#embeddings.push(embedding) - 1;
  }

  toMatrix(): Float32Array {
    const matrix = new Float32Array(this.count * this.#dim);
    for (const [row, embedding] of this.#embeddings.entries()) matrix.set(embedding, row * this.#dim);
    return matrix;
  }
}
