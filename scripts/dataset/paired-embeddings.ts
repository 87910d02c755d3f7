import type { PairSet } from '../../src/core/pair-set.ts';
import { type PairRows, groupPairs } from './group-pairs.ts';
import type { Skipped } from './pair-source.ts';

/** A pair set as read from a dataset, with what was left out of it. Groups are numbered from 0. */
export interface PairedEmbeddings extends PairSet {
  readonly groupCount: number;
  readonly skipped: readonly Skipped[];
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
}

/**
 * Number pictures, captions and groups in order of first appearance. A repeated pair counts once.
 * @throws RangeError when an embedding is not of length dim
 */
export function joinPairs(
  dim: number,
  pairs: readonly EmbeddedPair[],
  skipped: readonly Skipped[],
): PairedEmbeddings {
  const images = new RowTable(dim);
  const texts = new RowTable(dim);
  const all = pairs.map(({ image, text, group }): PairRows => ({
    image: images.rowOf(image),
    text: texts.rowOf(text),
    group,
  }));
  // Of all pairs: a repeated one counts once, but it may be what joins two known groups.
  const grouped = groupPairs(all, images.count);
  const seen = new Set<string>();
  const kept = all.flatMap(({ image, text }, i) => {
    const name = `${image} ${text}`;
    if (seen.has(name)) return [];
    seen.add(name);
    return [i];
  });
  return {
    dim,
    imageEmbeddings: images.toMatrix(),
    textEmbeddings: texts.toMatrix(),
    imageRows: Uint32Array.from(kept, (i) => all[i].image),
    textRows: Uint32Array.from(kept, (i) => all[i].text),
    groups: Int32Array.from(kept, (i) => grouped.groups[i]),
    groupCount: grouped.groupCount,
    skipped,
  };
}

/** Rows numbered in order of first appearance. */
class RowTable {
  readonly #dim: number;
  readonly #rowByKey = new Map<string, number>();
  readonly #embeddings: Float32Array[] = [];

  constructor(dim: number) {
    this.#dim = dim;
  }

  get count(): number {
    return this.#embeddings.length;
  }

  rowOf({ key, embedding }: KeyedEmbedding): number {
    const known = this.#rowByKey.get(key);
    if (known !== undefined) return known;
    if (embedding.length !== this.#dim) {
      throw new RangeError(`expected an embedding of ${this.#dim} numbers, got ${embedding.length}`);
    }
    this.#rowByKey.set(key, this.count);
    return this.#embeddings.push(embedding) - 1;
  }

  toMatrix(): Float32Array {
    const matrix = new Float32Array(this.count * this.#dim);
    for (const [row, embedding] of this.#embeddings.entries()) matrix.set(embedding, row * this.#dim);
    return matrix;
  }
}
