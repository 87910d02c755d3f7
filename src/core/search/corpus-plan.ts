import type { UncalibratedModel } from '../selection-model.ts';

/** Bytes a scanned vector takes beside its int8 coordinates under each plan: see src/format/corpus-manifest.ts. */
export interface PlanRequest {
  readonly count: number;
  readonly dim: number;
  readonly k: number;
  /** Stored bytes of a scanned vector under each plan. */
  readonly bytesPerVector: { readonly full: number; readonly compact: number };
  /** What an isolate may spend on one corpus. */
  readonly budgetBytes: number;
}

/**
 * How a corpus is scanned: full int8 vectors where they fit the budget, else the selection's coordinates with re-ranking; null
 * when not even those fit. A selection that keeps every coordinate has nothing smaller to offer.
 */
export function choosePlan({
  count,
  dim,
  k,
  bytesPerVector,
  budgetBytes,
}: PlanRequest): 'full' | 'compact' | null {
  if (count * bytesPerVector.full <= budgetBytes) return 'full';
  return k < dim && count * bytesPerVector.compact <= budgetBytes ? 'compact' : null;
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
