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
