import { type NearDuplicates, nearDuplicates } from '../../src/core/evaluation/near-duplicates.ts';
import { testSignal } from '../../src/core/evaluation/signal-test.ts';
import type { PairedEmbeddings } from '../../src/dataset/paired-embeddings.ts';
import { type DataCheck, type NamedNearDuplicates, dataWarnings } from '../report/data-warnings.ts';

/** Look at the pairs before the long work, and say what is wrong with them. @param seed of the permutation test */
export function checkData(
  pairs: PairedEmbeddings,
  seed: number,
  tell: (line: string) => void,
): Required<DataCheck> {
  const check = {
    pairs: pairs.groups.length,
    duplicates: pairs.duplicates,
    signal: testSignal(pairs, { seed }),
    nearDuplicates: {
      images: named(nearDuplicates(pairs, 'image', seed), pairs),
      texts: named(nearDuplicates(pairs, 'text', seed), pairs),
    },
  };
  for (const line of dataWarnings(check)) tell(`warning: ${line}`);
  return check;
}

/** With the rows of the data in place of numbers of pairs. */
function named({ nearest, ...counts }: NearDuplicates, { origins }: PairedEmbeddings): NamedNearDuplicates {
  return {
    ...counts,
    nearest: nearest.map(({ pairs, cosine }) => ({
      where: pairs.map((pair) => origins.where[pair]),
      cosine,
    })),
  };
}
