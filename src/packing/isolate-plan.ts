import { choosePlan } from '../core/search/corpus-plan.ts';
import type { SelectionModel } from '../core/scoring/selection-model.ts';
import { AppError } from '../errors.ts';
import { type CorpusPlan, SLOT_BYTES, memoryBytes } from '../format/corpus-manifest.ts';
import type { RowForm } from '../format/row-forms.ts';
import { compactForm } from './choose-codes.ts';
import { scannedBytes } from './describe-corpus.ts';

/**
 * How an isolate is to scan so many vectors.
 * @param plan `auto`: full vectors where they fit the budget
 * @param form of the rows of plan `compact`
 * @param budgetBytes what an isolate keeps
 * @throws AppError LIMIT_EXCEEDED when the vectors do not fit it under the plan
 */
export function isolatePlan(
  count: number,
  plan: CorpusPlan | 'auto',
  form: RowForm,
  { model, budgetBytes }: { readonly model: SelectionModel; readonly budgetBytes: number },
): CorpusPlan {
  const { dim, k } = model;
  const forms = { full: { dim, k, plan: 'full' }, compact: compactForm({ dim, k }, form) } as const;
  const bytes = { full: memoryBytes(count, forms.full), compact: memoryBytes(count, forms.compact) };
  const chosen = plan === 'auto' ? choosePlan({ dim, k, memoryBytes: bytes, budgetBytes }) : plan;
  if (chosen !== null && bytes[chosen] <= budgetBytes) return chosen;
  const tried = plan === 'auto' ? (bytes.compact < bytes.full ? 'compact' : 'full') : plan;
  throw new AppError(
    'LIMIT_EXCEEDED',
    `${count} vectors of ${scannedBytes(forms[tried])} bytes take ${mebibytes(bytes[tried])} MiB in slots of ${mebibytes(SLOT_BYTES)}, ` +
      `an isolate keeps ${mebibytes(budgetBytes)} (CORPUS_MEMORY_MIB): choose a selection of fewer coordinates, split the corpus, or raise the limit`,
  );
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
