import type { SelectionRecord } from '../../src/format/selection-record.ts';
import { type Calibration, TARGET_PRECISION } from '../evaluation/calibrate.ts';
import type { Choice } from '../evaluation/choose-strategy.ts';
import type { PrecomputeReport } from '../report/report-data.ts';
import type { LoadedPairs } from './load-pairs.ts';

export interface ReportParts {
  readonly id: string;
  readonly record: SelectionRecord;
  /** The mutual-information mask on all pairs. */
  readonly mask: Uint32Array;
  readonly loaded: LoadedPairs;
  readonly choice: Choice;
  readonly calibration: Calibration;
  readonly stability: PrecomputeReport['stability'];
  readonly folds: number;
}

/** Gather what report.json holds. Nothing is computed here, and no clock is read. */
export function assembleReport({
  id,
  record,
  mask,
  loaded,
  choice,
  calibration,
  stability,
  folds,
}: ReportParts): PrecomputeReport {
  const { model, encoder, strategy, seed, relevance } = record;
  const { pairs, source } = loaded;
  const { slope, intercept, baseRate, matchThreshold, mismatchThreshold } = model.calibrator;
  const { ece, brier, bins, histogram, decisions } = calibration;
  return {
    id,
    encoder,
    strategy,
    k: model.k,
    dim: model.dim,
    centred: model.imageMean !== null,
    fusion: model.fusion.kind,
    seed,
    folds,
    dataset: {
      source,
      pairs: pairs.groups.length,
      images: pairs.imageEmbeddings.length / pairs.dim,
      captions: pairs.textEmbeddings.length / pairs.dim,
      groups: pairs.groupCount,
      skipped: pairs.skipped,
    },
    rows: choice.evaluations.map(({ row, candidate }) => ({ ...row, fusion: candidate.fusion })),
    choice: choice.report,
    fusionTrial: choice.fusionTrial,
    calibration: {
      slope,
      intercept,
      baseRate,
      matchThreshold,
      mismatchThreshold,
      targetPrecision: TARGET_PRECISION,
      ece,
      brier,
      pairs: 2 * pairs.groups.length,
      bins,
      histogram,
      decisions,
    },
    stability,
    relevance: {
      unit: 'nats',
      estimator: 'Ross 2014, 3 nearest neighbours',
      values: [...(relevance ?? [])],
      mask: [...mask],
      kept: model.projection.kind === 'mask' ? [...model.projection.indices] : null,
    },
  };
}
