import { testSignal } from '../../src/core/evaluation/signal-test.ts';
import type { PairedEmbeddings } from '../dataset/paired-embeddings.ts';
import { type DataCheck, dataWarnings } from '../report/data-warnings.ts';

/** Look at the pairs before the long work, and say what is wrong with them. @param seed of the permutation test */
export function checkData(pairs: PairedEmbeddings, seed: number, tell: (line: string) => void): DataCheck {
  const check = {
    pairs: pairs.groups.length,
    duplicates: pairs.duplicates,
    signal: testSignal(pairs, { seed }),
  };
  for (const line of dataWarnings(check)) tell(`warning: ${line}`);
  return check;
}
