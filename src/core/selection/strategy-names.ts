/** Strategies that keep coordinates as they are, under their names in docs/selection.md. */
export const MASK_STRATEGIES = [
  'mutual-information',
  'mutual-information-binned',
  'f-statistic',
  'chi-square',
  'variance',
  'l1-logistic',
  'random-forest',
  'rfe',
  'mrmr',
  'random',
  'full',
] as const;

/** Strategies that map to new coordinates; they need the embeddings of both modalities, not a labelled matrix. */
export const MAP_STRATEGIES = [
  'pca',
  'pca-rfe',
  'cross-covariance',
  'whitened-cross-covariance',
  'whitened-mutual-information',
  'cca',
  'contrastive-map',
] as const;

export const STRATEGIES = [...MASK_STRATEGIES, ...MAP_STRATEGIES] as const;

export type MaskStrategy = (typeof MASK_STRATEGIES)[number];
export type MapStrategy = (typeof MAP_STRATEGIES)[number];
export type Strategy = MaskStrategy | MapStrategy;

/** What stands in front of a `+`: coordinates are dropped before the next step looks at them. */
export type Prefilter =
  /** Population variance strictly above. */
  | { readonly by: 'variance'; readonly threshold: number }
  /** The best `count` by that strategy. */
  | { readonly by: Exclude<MaskStrategy, 'variance' | 'random' | 'full'>; readonly count: number };

/** A strategy as it is named: `rfe`, `variance:0.001+chi-square`, `variance:0.001`. */
export interface StrategySpec {
  readonly name: string;
  readonly strategy: Strategy;
  readonly prefilters: readonly Prefilter[];
}

/**
 * Read a strategy's name with what is in front of it. `variance:0.001` alone is variance behind its own threshold.
 * @throws RangeError that says which part will not do, and why
 */
export function parseStrategy(name: string): StrategySpec {
  const parts = name.split('+');
  const last = parts[parts.length - 1];
  const [lastName, lastValue] = splitPart(last);
  if (!isStrategy(lastName)) throw new RangeError(`unknown strategy "${lastName}"`);
  const isThreshold = lastName === 'variance' && lastValue !== null;
  if (lastValue !== null && !isThreshold) {
    throw new RangeError(`"${last}": only a prefilter in front of "+", or variance, takes a number`);
  }
  if (parts.length > 1 && lastName === 'full') {
    throw new RangeError(`"${name}": full keeps every coordinate, nothing can be filtered in front of it`);
  }
  const filters = isThreshold ? parts : parts.slice(0, -1);
  return { name, strategy: lastName, prefilters: filters.map(parsePrefilter) };
}

/** Most features that prefilters by count leave; Infinity where none counts. */
export function mostLeft({ prefilters }: StrategySpec): number {
  return Math.min(
    ...prefilters.map((prefilter) => (prefilter.by === 'variance' ? Infinity : prefilter.count)),
  );
}

/** A strategy without anything in front. */
export function plainStrategy(strategy: Strategy): StrategySpec {
  return { name: strategy, strategy, prefilters: [] };
}

export function isMapStrategy(strategy: Strategy): strategy is MapStrategy {
  return (MAP_STRATEGIES as readonly string[]).includes(strategy);
}

function isStrategy(name: string): name is Strategy {
  return (STRATEGIES as readonly string[]).includes(name);
}

function parsePrefilter(part: string): Prefilter {
  const [name, value] = splitPart(part);
  if (!isStrategy(name)) throw new RangeError(`unknown strategy "${name}" in front of "+"`);
  if (isMapStrategy(name) || name === 'random' || name === 'full') {
    throw new RangeError(
      `"${name}" cannot stand in front of "+": expected variance or a strategy that scores features`,
    );
  }
  const number = value === null || value.trim() === '' ? NaN : Number(value);
  if (name === 'variance') {
    if (!(number >= 0 && number < Infinity)) {
      throw new RangeError(
        `"${part}": expected variance:THRESHOLD with a threshold of at least 0, as in variance:0.001`,
      );
    }
    return { by: name, threshold: number };
  }
  if (!(Number.isInteger(number) && number >= 1)) {
    throw new RangeError(
      `"${part}": expected ${name}:COUNT with a whole number of features to keep, as in ${name}:100`,
    );
  }
  return { by: name, count: number };
}

function splitPart(part: string): [name: string, value: string | null] {
  const colon = part.indexOf(':');
  return colon < 0 ? [part, null] : [part.slice(0, colon), part.slice(colon + 1)];
}
