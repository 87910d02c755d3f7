import type { CodeBits } from '../core/search/code-rows.ts';
import type { Calibrator, FusionKind } from '../core/scoring/selection-model.ts';
import type { SelectionRecord } from '../format/selection-record.ts';

/** What a list tells of a record: all but its matrices, so that a hundred of them fit where one record does. */
export interface RecordSummary extends Pick<
  SelectionRecord,
  'encoder' | 'strategy' | 'params' | 'relevance' | 'metrics' | 'seed'
> {
  readonly dim: number;
  readonly k: number;
  readonly fusion: FusionKind;
  readonly centred: boolean;
  /** Ascending; null where no mask chooses. */
  readonly indices: Uint32Array | null;
  readonly calibrator: Calibrator;
  /** Of what corpora store; absent where that is int8. */
  readonly rowBits?: CodeBits;
}

const known = new WeakMap<SelectionRecord, RecordSummary>();

export function summaryOf(record: SelectionRecord): RecordSummary {
  const summary = known.get(record) ?? summarize(record);
  known.set(record, summary);
  return summary;
}

function summarize({
  model,
  encoder,
  strategy,
  params,
  relevance,
  metrics,
  seed,
  rows,
}: SelectionRecord): RecordSummary {
  const { dim, k, fusion, imageMean, projection, calibrator } = model;
  return {
    encoder,
    strategy,
    params,
    relevance,
    metrics,
    seed,
    dim,
    k,
    fusion: fusion.kind,
    centred: imageMean !== null,
    indices: projection.kind === 'mask' ? projection.indices : null,
    calibrator,
    ...(rows && { rowBits: rows.bits }),
  };
}

/** Objects, and the calibrator's knots. */
const FIXED_BYTES = 16 * 1024;
const BYTES_PER_CHARACTER = 2;

/** About what it takes in memory. */
export function summaryBytes({ params, metrics, relevance, indices }: RecordSummary): number {
  const json = JSON.stringify([params, metrics]).length * BYTES_PER_CHARACTER;
  return FIXED_BYTES + json + (relevance?.byteLength ?? 0) + (indices?.byteLength ?? 0);
}
