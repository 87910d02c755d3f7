import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { MarkedMismatches, PairSet } from '../core/pairs/pair-set.ts';
import type { PairKinds } from '../core/pairs/pair-kinds.ts';
import { AppError } from '../errors.ts';
import { type PairRows, groupPairs } from './group-pairs.ts';
import { kindNames } from './kind-names.ts';
import type { ImageSource, Label, Skipped } from './pair.ts';

/**
 * A pair set as read from a dataset, with what was left out of it. Groups are numbered from 0. Rows of images and texts
 * that only a mismatch names come after those of the pairs.
 */
export interface PairedEmbeddings extends PairSet {
  readonly groupCount: number;
  readonly mismatches: MarkedMismatches;
  /** Null where no column of kinds was named. */
  readonly kinds: PairKinds | null;
  /** Matches left out because they repeat the image and the text of an earlier one. */
  readonly duplicates: number;
  readonly skipped: readonly Skipped[];
  /** Of each pair, as `sampleKey` has it; NaN where none was told. */
  readonly sampleKeys: Float64Array;
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
  readonly sampleKey?: number;
  /** 0: marked as a mismatch. Absent: a match. */
  readonly label?: Label;
  /** Of all pairs, or of none. */
  readonly kind?: string;
  /** Names the row in messages. */
  readonly where: string;
  readonly picture: ImageSource | null;
  readonly caption: string | null;
}

/**
 * Number pictures, captions and groups in order of first appearance, pairs before marked mismatches. A repeated pair
 * counts once; a mismatch that is also marked as a match is left out and listed.
 * @throws RangeError when an embedding is not of length dim
 * @throws AppError BAD_INPUT when a repeated pair is of two kinds, or there are more than 12
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
  const keptMarked = unseen(against, seen);
  const keptAgainst = keptMarked.map((i) => against[i]);
  refuseTwoKinds([...matches, ...marked], [...all, ...against]);
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
    kinds: kindsOf(
      kept.map((i) => matches[i]),
      keptMarked.map((i) => marked[i]),
    ),
    duplicates: all.length - kept.length,
    skipped: [
      ...skipped,
      ...contradicted.map(({ where }) => ({
        where,
        reason: 'marked both as a match and as a mismatch',
      })),
    ],
    sampleKeys: Float64Array.from(kept, (i) => matches[i].sampleKey ?? NaN),
    origins: {
      pictures: images.origins,
      captions: texts.origins,
      where: kept.map((i) => matches[i].where),
    },
  };
}

/** @throws AppError BAD_INPUT where the same picture and caption stand in two rows under two kinds */
function refuseTwoKinds(pairs: readonly EmbeddedPair[], rows: readonly PairRows[]): void {
  const first = new Map<string, EmbeddedPair>();
  for (const [i, pair] of pairs.entries()) {
    const name = nameOf(rows[i]);
    const known = first.get(name) ?? pair;
    first.set(name, known);
    if (known.kind === pair.kind) continue;
    throw new AppError(
      'BAD_INPUT',
      `${known.where} and ${pair.where} are one pair of image and caption, but of the kinds ${known.kind} and ${pair.kind}: a pair counts once, so give both rows one kind.`,
    );
  }
}

function kindsOf(pairs: readonly EmbeddedPair[], mismatches: readonly EmbeddedPair[]): PairKinds | null {
  const names = kindNames([...pairs, ...mismatches]);
  if (names.length === 0) return null;
  const numbersOf = (of: readonly EmbeddedPair[]): Uint8Array =>
    Uint8Array.from(of, ({ kind = '' }) => names.indexOf(kind));
  return { names, pairs: numbersOf(pairs), mismatches: numbersOf(mismatches) };
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
  return bytesToHex(sha256(new Uint8Array(row.buffer, row.byteOffset, row.byteLength)));
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
