import type { StrategySpec } from '../../src/core/selection/strategy-names.ts';
import {
  MASK_STRATEGIES,
  STRATEGIES,
  isMapStrategy,
  mostLeft,
  parseStrategy,
} from '../../src/core/selection/strategy-names.ts';
import { UserError } from '../cli/user-error.ts';

/** For --help: what may stand in front of a strategy. */
export const PREFILTER_HELP =
  'A prefilter may stand in front with "+": variance:THRESHOLD keeps features of larger population variance, any other\n' +
  'NAME:COUNT the best COUNT, as in variance:0.001+chi-square or f-statistic:100+mrmr.';

/**
 * A strategy by name, with prefilters in front if any.
 * @param use what it is asked for: only `masks` refuses maps
 * @throws UserError saying why the name will not do and which will
 */
export function readStrategy(name: string, use: 'masks' | 'comparison'): StrategySpec {
  const available = use === 'masks' ? MASK_STRATEGIES : STRATEGIES;
  const refuse = (reason: string, cause?: unknown): UserError =>
    new UserError(`${reason}. Available: ${available.join(', ')}; a prefilter goes in front with "+".`, {
      cause,
    });
  let spec: StrategySpec;
  try {
    spec = parseStrategy(name);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw refuse(cause.message, cause);
  }
  if (use === 'masks' && isMapStrategy(spec.strategy)) {
    throw refuse(
      `strategy "${name}" makes a linear map of two modalities, not a mask of features; select gives masks only`,
    );
  }
  return spec;
}

/** @throws UserError when k features cannot be kept of what the prefilters leave */
export function checkPrefilters(spec: StrategySpec, k: number): void {
  const most = mostLeft(spec);
  if (k <= most) return;
  throw new UserError(`strategy "${spec.name}" leaves ${most} features. Choose --k ${most} or less`);
}
