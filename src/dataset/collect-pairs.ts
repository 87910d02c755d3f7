import { sampleKey } from '../core/pairs/grouped-sample.ts';
import { DirectionKeys } from './direction-keys.ts';
import { groupPairs } from './group-pairs.ts';
import type { ImageSource, Label, Skipped } from './pair.ts';
import type { EmbeddedPair } from './paired-embeddings.ts';
import { unitProblem } from './unit-problem.ts';

/** A pair of precomputed embeddings, as a shard tells of it. */
export interface ShardRow {
  /** The picture's path or key; null where that is not known. */
  readonly image: string | null;
  readonly caption: string | null;
  readonly label: Label;
  readonly kind?: string;
  /** Pairs of one number are one group. */
  readonly group?: number;
  /** Names the row in messages. */
  readonly where: string;
}

/**
 * Pairs of embeddings as they come, shard by shard. Equal embeddings are one picture or caption, and so are equal words; pairs of one
 * picture's path are one group. Rows that have no direction (NaN, Infinity, all zero) are skipped.
 */
export class PairCollector {
  readonly #pairs: EmbeddedPair[] = [];
  readonly #imageKeys = new DirectionKeys();
  readonly #textKeys = new DirectionKeys();
  readonly #groupOfPath = new Map<string, number>();
  readonly #pictureAt: (image: string) => ImageSource | null;
  readonly #bound: number;
  readonly skipped: Skipped[] = [];

  /**
   * @param pictureAt where the picture of a path may be opened
   * @param bound of a grouped sample: pairs whose `sampleKey` is not below it are left out
   */
  constructor(pictureAt: (image: string) => ImageSource | null = () => null, bound = Infinity) {
    this.#pictureAt = pictureAt;
    this.#bound = bound;
  }

  /** @param image scaled to unit norm in place, and kept; `text` likewise */
  add(
    { where, image: path, caption, label, kind, group: given }: ShardRow,
    image: Float32Array,
    text: Float32Array,
  ): void {
    const reason = unitProblem(image, 'image') ?? unitProblem(text, 'text');
    if (reason !== null) {
      this.skipped.push({ where, reason });
      return;
    }
    const group = given ?? null;
    const key = sampleKey(image, { group, name: path });
    if (key >= this.#bound) return;
    this.#pairs.push({
      image: { key: this.#imageKeys.keyOf(image), embedding: image },
      text: { key: this.#textKeys.keyOf(text), embedding: text },
      group: group ?? (path === null ? null : numberOf(path, this.#groupOfPath)),
      sampleKey: key,
      label,
      ...(kind === undefined ? {} : { kind }),
      where,
      picture: path === null ? null : this.#pictureAt(path),
      caption,
    });
  }

  /** For `joinPairs`. */
  pairs(): EmbeddedPair[] {
    return joinCaptions(this.#pairs);
  }
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
