import type { Floats } from '../vector.ts';
import { mutualInformation } from './mutual-information.ts';
import { randomScores } from './random.ts';
import { topK } from './top-k.ts';
import { columnVariances } from './variance.ts';

/** The strategies that keep coordinates as they are, under their names in DESIGN.md. */
export const MASK_STRATEGIES = ['mutual-information', 'variance', 'random', 'full'] as const;
export type MaskStrategy = (typeof MASK_STRATEGIES)[number];

/** A labelled matrix: what every mask strategy is fitted on. */
export interface LabelledFeatures {
  /** Row-major, shape [count, dim], finite. */
  readonly features: Floats;
  /** Whole numbers, one a row; strategies that need none do not read them. */
  readonly labels: ArrayLike<number>;
  readonly count: number;
  readonly dim: number;
}

export interface ScoringParams {
  readonly seed: number;
  /** `mutual-information`: neighbours within a class, 3 by default. */
  readonly neighbours?: number;
  /** `mutual-information`: seeded noise against ties, on by default. */
  readonly noise?: boolean;
}

export interface StrategyScores {
  /** Length dim, higher is better; NaN where undefined. */
  readonly scores: Float64Array;
  /** What the scores depend on. */
  readonly params: Readonly<Record<string, number | boolean>>;
}

export interface MaskFit extends StrategyScores {
  readonly strategy: MaskStrategy;
  readonly k: number;
  /** Ascending, length k. */
  readonly indices: Uint32Array;
}

export function isMaskStrategy(name: string): name is MaskStrategy {
  return (MASK_STRATEGIES as readonly string[]).includes(name);
}

/**
 * Score every coordinate and keep the best k. `full` keeps all of them whatever k is, and reports k = dim.
 * @throws RangeError for k beyond dim, and as the strategy's own kernel does
 */
export function fitStrategy(
  strategy: MaskStrategy,
  input: LabelledFeatures,
  params: ScoringParams & { readonly k: number },
): MaskFit {
  const { scores, params: used } = scoreFeatures(strategy, input, params);
  const k = strategy === 'full' ? input.dim : params.k;
  return { strategy, k, indices: topK(scores, k), scores, params: used };
}

/**
 * The score of every coordinate under a strategy, from which `topK` takes the mask of any k.
 * @throws RangeError as the strategy's own kernel does
 */
export function scoreFeatures(
  strategy: MaskStrategy,
  input: LabelledFeatures,
  params: ScoringParams,
): StrategyScores {
  const { features, labels, count, dim } = input;
  switch (strategy) {
    case 'mutual-information': {
      const { neighbours = 3, noise = true, seed } = params;
      const scores = mutualInformation(features, labels, { count, dim, neighbours, seed, noise });
      return { scores, params: { neighbours, noise, seed } };
    }
    case 'variance':
      return { scores: columnVariances(features, dim), params: {} };
    case 'random':
      return { scores: randomScores(dim, params.seed), params: { seed: params.seed } };
    case 'full':
      return { scores: new Float64Array(dim).fill(1), params: {} };
  }
}
