import { MASK_STRATEGIES, isMaskStrategy } from '../../src/core/selection/strategies.ts';
import type { MaskStrategy } from '../../src/core/selection/strategies.ts';
import { UserError } from '../cli/user-error.ts';

/** Names of DESIGN.md that choose a linear map: no mask comes of them. */
const MAP_STRATEGIES: readonly string[] = ['pca', 'pca-rfe', 'cross-covariance'];
const PLANNED_STRATEGIES: readonly string[] = [
  'mutual-information-binned',
  'f-statistic',
  'chi-square',
  'l1-logistic',
  'random-forest',
  'rfe',
  'mrmr',
  ...MAP_STRATEGIES,
];

/**
 * A strategy that this version has.
 * @param use what it is asked for: only `masks` refuses maps as such
 * @throws UserError saying why the name will not do and which will
 */
export function parseStrategy(name: string, use: 'masks' | 'comparison'): MaskStrategy {
  if (isMaskStrategy(name)) return name;
  throw new UserError(`${objection(name, use)} Available: ${MASK_STRATEGIES.join(', ')}.`);
}

function objection(name: string, use: 'masks' | 'comparison'): string {
  if (use === 'masks' && MAP_STRATEGIES.includes(name)) {
    return `strategy "${name}" makes a linear map of two modalities, not a mask of features; select gives masks only.`;
  }
  const parts = name.split('+').map((part) => part.split(':')[0]);
  if (parts.every((part) => isMaskStrategy(part) || PLANNED_STRATEGIES.includes(part))) {
    return `strategy "${name}" is not available in this version.`;
  }
  return `unknown strategy "${name}".`;
}
