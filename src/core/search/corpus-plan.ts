import type { UncalibratedModel } from '../scoring/selection-model.ts';

export interface PlanRequest {
  readonly dim: number;
  readonly k: number;
  /** Memory that the corpus takes under each plan. */
  readonly memoryBytes: { readonly full: number; readonly compact: number };
  /** What an isolate may spend on one corpus. */
  readonly budgetBytes: number;
}

/**
 * How a corpus is scanned: full int8 vectors where they fit the budget, else the selection's coordinates with re-ranking; null
 * when not even those fit. A selection that keeps every coordinate has nothing smaller to offer.
 */
export function choosePlan({ dim, k, memoryBytes, budgetBytes }: PlanRequest): 'full' | 'compact' | null {
  if (memoryBytes.full <= budgetBytes) return 'full';
  return k < dim && memoryBytes.compact <= budgetBytes ? 'compact' : null;
}

/**
 * How many candidates to re-rank so that some 98 of 100 of the exact ten are found, as measured on 23,828 pictures
 * (docs/search.md): principal axes of raw vectors hold nearly all of a cosine, a centred score is another one, and a mask holds
 * little of either.
 */
export function defaultRerank({ projection, imageMean }: UncalibratedModel): number {
  if (projection.kind === 'mask') return 1000;
  return imageMean === null ? 20 : 100;
}
