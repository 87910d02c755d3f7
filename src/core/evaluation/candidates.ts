import type { Fusion } from '../scoring/selection-model.ts';
import { MAP_STRATEGIES, mostLeft, parseStrategy } from '../selection/strategy-names.ts';
import type { VectorEncoding } from './vector-encoding.ts';
import { VECTOR_ENCODINGS, coordinatesOf, mostCoordinates } from './vector-encoding.ts';

/** One row of a comparison: what is chosen, how it is stored, how it is fused. */
export interface Candidate {
  /** A name that `parseStrategy` reads. */
  readonly strategy: string;
  /** Ignored by `full`, which keeps all. */
  readonly k: number;
  readonly encoding: VectorEncoding;
  readonly centred: boolean;
  readonly fusion: Fusion['kind'];
  /** Measure a float32 query against stored vectors as well. */
  readonly floatQuery?: true;
}

/** What a stored vector may take, and how it may be stored. */
export interface StorageLimit {
  readonly bytes: number;
  readonly encodings: readonly StoredEncoding[];
}

/** The encodings of corpora. */
export type StoredEncoding = Exclude<VectorEncoding, 'float32'>;

/** Stand beside every method: full vectors as the ceiling, random coordinates as the floor, PCA as the map to beat. */
export const YARDSTICKS: readonly string[] = ['pca', 'random', 'full'];

/** The strategies asked for, and behind them the yardsticks that are not among them. */
export function withYardsticks(strategies: readonly string[]): string[] {
  return [...strategies, ...YARDSTICKS.filter((name) => !strategies.includes(name))];
}

/**
 * The candidates of a comparison: every strategy at every k that its prefilters leave, then at every size of `bytes` in every
 * encoding of which some coordinates take exactly so many, centred unless told otherwise; `full` once, uncentred, followed by what int8 (uncentred) and sign bits (centred) leave of the
 * full vectors, and int4 (centred) where sizes in bytes are asked for.
 */
export function comparisonCandidates(
  strategies: readonly string[],
  ks: readonly number[],
  dim: number,
  centred = true,
  bytes: readonly number[] = [],
): Candidate[] {
  const plain = { encoding: 'float32', centred, fusion: 'identity' } as const;
  return strategies.flatMap((strategy): Candidate[] => {
    if (strategy === 'full') return fullCandidates(dim, centred, bytes.length > 0);
    const most = Math.min(dim, mostLeft(parseStrategy(strategy)));
    const byCount = ks.filter((k) => k <= most).map((k): Candidate => ({ ...plain, strategy, k }));
    const bySize = bytes.flatMap((size) =>
      encodingsOf(size, most).map(({ encoding, k }): Candidate => ({
        ...plain,
        strategy,
        k,
        encoding,
        floatQuery: true,
      })),
    );
    // A float32 row that is asked for both ways is one row.
    const isAgain = ({ encoding, k }: Candidate): boolean =>
      encoding === 'float32' && bySize.some((other) => other.encoding === encoding && other.k === k);
    return [...byCount.filter((candidate) => !isAgain(candidate)), ...bySize];
  });
}

function fullCandidates(dim: number, centred: boolean, atEqualBytes: boolean): Candidate[] {
  const plain = { strategy: 'full', k: dim, fusion: 'identity' } as const;
  const asked = atEqualBytes ? ({ floatQuery: true } as const) : {};
  return [
    { ...plain, ...asked, encoding: 'float32', centred: false },
    { ...plain, ...asked, encoding: 'int8', centred: false },
    ...(atEqualBytes ? [{ ...plain, ...asked, encoding: 'int4', centred } as const] : []),
    { ...plain, ...asked, encoding: 'sign', centred },
  ];
}

/** The encodings of which up to `most` coordinates take exactly so many bytes, and how many. */
export function encodingsOf(bytes: number, most: number): { encoding: VectorEncoding; k: number }[] {
  return VECTOR_ENCODINGS.flatMap((encoding) => {
    const k = coordinatesOf(encoding, bytes);
    return k !== null && k <= most ? [{ encoding, k }] : [];
  });
}

/**
 * What corpora could store of each strategy within so many bytes a vector: in every encoding as many coordinates as that holds, or as
 * there are.
 * @param names strategies; of `full` all coordinates, where they fit
 */
export function storedCandidates(
  names: readonly string[],
  { bytes, encodings }: StorageLimit,
  dim: number,
  centred: boolean,
): Candidate[] {
  return names.flatMap((strategy) => {
    const most = strategy === 'full' ? dim : Math.min(dim, mostLeft(parseStrategy(strategy)));
    return encodings.flatMap((encoding): Candidate[] => {
      const held = mostCoordinates(encoding, bytes);
      const k = Math.min(held, most);
      if (k < 1 || (strategy === 'full' && held < dim)) return [];
      return [{ strategy, k, encoding, centred, fusion: 'identity', floatQuery: true }];
    });
  });
}

/** Of random draws, of all coordinates and of maps there is no set of kept coordinates that data choose. */
export function choosesCoordinates({ strategy }: Candidate): boolean {
  const { strategy: last } = parseStrategy(strategy);
  return last !== 'random' && last !== 'full' && !(MAP_STRATEGIES as readonly string[]).includes(last);
}
