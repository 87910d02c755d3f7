import type { Fusion } from '../scoring/selection-model.ts';
import { MAP_STRATEGIES, mostLeft, parseStrategy } from '../selection/strategy-names.ts';
import type { VectorEncoding } from './vector-encoding.ts';

/** One row of a comparison: what is chosen, how it is stored, how it is fused. */
export interface Candidate {
  /** A name that `parseStrategy` reads. */
  readonly strategy: string;
  /** Ignored by `full`, which keeps all. */
  readonly k: number;
  readonly encoding: VectorEncoding;
  readonly centred: boolean;
  readonly fusion: Fusion['kind'];
}

/** Stand beside every method: full vectors as the ceiling, random coordinates as the floor, PCA as the map to beat. */
export const YARDSTICKS: readonly string[] = ['pca', 'random', 'full'];

/** The strategies asked for, and behind them the yardsticks that are not among them. */
export function withYardsticks(strategies: readonly string[]): string[] {
  return [...strategies, ...YARDSTICKS.filter((name) => !strategies.includes(name))];
}

/**
 * The candidates of a comparison: every strategy at every k that its prefilters leave, centred unless told otherwise; `full` once, uncentred,
 * followed by what int8 (uncentred) and sign bits (centred) leave of the full vectors.
 */
export function comparisonCandidates(
  strategies: readonly string[],
  ks: readonly number[],
  dim: number,
  centred = true,
): Candidate[] {
  const plain = { encoding: 'float32', centred, fusion: 'identity' } as const;
  return strategies.flatMap((strategy): Candidate[] => {
    if (strategy !== 'full') {
      const most = mostLeft(parseStrategy(strategy));
      return ks.filter((k) => k <= most).map((k) => ({ ...plain, strategy, k }));
    }
    const full = { ...plain, centred: false, strategy, k: dim };
    return [full, { ...full, encoding: 'int8' }, { ...full, centred, encoding: 'sign' }];
  });
}

/** Of random draws, of all coordinates and of maps there is no set of kept coordinates that data choose. */
export function choosesCoordinates({ strategy }: Candidate): boolean {
  const { strategy: last } = parseStrategy(strategy);
  return last !== 'random' && last !== 'full' && !(MAP_STRATEGIES as readonly string[]).includes(last);
}
