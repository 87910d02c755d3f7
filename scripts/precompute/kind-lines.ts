import type { KindReliability } from '../../src/core/evaluation/kind-reliability.ts';
import { fixed, kindVerdicts } from '../report/kind-words.ts';

/** For the terminal: a line a kind, and whether one calibrator serves them all. */
export function kindLines(reliability: KindReliability): string[] {
  const { kinds } = reliability;
  const lines = kinds.map(({ kind, pairs, auc, ece, chance, logLoss }) => {
    const told = auc === null ? 'no AUC' : `AUC ${fixed(auc.value)}`;
    return `kind ${kind}: ${pairs} held-out pairs, ${told}, ECE ${fixed(ece.value)} (chance: at most ${fixed(chance.high)}), log loss ${fixed(logLoss.value)}`;
  });
  const sign = kinds.every(({ fits }) => fits) ? '' : 'warning: ';
  return [...lines, ...kindVerdicts(reliability).map((verdict) => `${sign}${verdict}`)];
}
