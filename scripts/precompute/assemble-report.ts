import { scoreAtThreshold } from '../../src/core/calibration/calibration.ts';
import { meanRecallAt1 } from '../../src/core/evaluation/mean-recall.ts';
import type { FittedProjections } from '../../src/core/evaluation/fold-evaluation.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';
import type { Calibration } from '../../src/core/evaluation/calibrate.ts';
import type { KindReliability } from '../../src/core/evaluation/kind-reliability.ts';
import type { Choice } from '../../src/core/evaluation/choose-strategy.ts';
import type { DataCheck } from '../report/data-warnings.ts';
import type { SignalTest } from '../../src/core/evaluation/signal-test.ts';
import type { PrecomputeReport, RegionsReport } from '../report/report-data.ts';
import { calibratorCurve } from './calibrator-curve.ts';
import type { LoadedPairs } from './load-pairs.ts';

export interface ReportParts {
  readonly id: string;
  readonly record: SelectionRecord;
  /** The mutual-information mask on all pairs. */
  readonly mask: Uint32Array;
  /** The chosen strategy fitted on all pairs. */
  readonly fitted: FittedProjections;
  readonly loaded: LoadedPairs;
  readonly signal: SignalTest | null;
  readonly nearDuplicates: Required<DataCheck>['nearDuplicates'];
  readonly choice: Choice;
  readonly calibration: Calibration;
  readonly kinds: KindReliability | null;
  readonly regions: RegionsReport | null;
  readonly stability: PrecomputeReport['stability'];
  readonly examples: PrecomputeReport['examples'];
  readonly folds: number;
}

/** Gather what report.json holds. Nothing is computed here, and no clock is read. */
export function assembleReport({
  id,
  record,
  mask,
  fitted,
  loaded,
  signal,
  nearDuplicates,
  choice,
  calibration,
  kinds,
  regions,
  stability,
  examples,
  folds,
}: ReportParts): PrecomputeReport {
  const { model, encoder, strategy, seed, relevance } = record;
  const { pairs, source, sampled } = loaded;
  const { calibrator } = model;
  const { baseRate, matchThreshold, mismatchThreshold } = calibrator;
  const { ece, brier, bins, histogram, decisions, byBaseRate, tried, before, roc, targetPrecision } =
    calibration;
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
      mismatches: pairs.mismatches.groups.length,
      duplicates: pairs.duplicates,
      signal,
      nearDuplicates,
      skipped: pairs.skipped,
    },
    ...(sampled === null
      ? {}
      : {
          sample: {
            of: sampled.total,
            fittedOn: record.params['fittedOn'] === 'shards' ? 'shards' : 'sample',
          },
        }),
    rows: choice.evaluations.map(({ row, candidate }) => ({
      ...row,
      fusion: candidate.fusion,
    })),
    choice: choice.report,
    ...storedPart(choice),
    fusionTrials: choice.fusionTrials,
    centring: choice.centring,
    roc,
    calibration: {
      kind: calibrator.kind,
      slope: calibrator.kind === 'platt' ? calibrator.slope : null,
      intercept: calibrator.kind === 'platt' ? calibrator.intercept : null,
      curve: calibratorCurve(calibrator, histogram),
      tried,
      baseRate,
      matchThreshold,
      mismatchThreshold,
      matchScore: scoreAtThreshold(calibrator, matchThreshold, 'match'),
      mismatchScore: scoreAtThreshold(calibrator, mismatchThreshold, 'mismatch'),
      targetPrecision,
      ece,
      brier,
      pairs: calibration.probabilities.length,
      bins,
      before,
      histogram,
      decisions,
      hard: calibration.hard,
      ...(calibration.negativeKind === undefined ? {} : { negativeKind: calibration.negativeKind }),
      byBaseRate,
    },
    ...(kinds === null ? {} : { kinds }),
    ...(regions === null ? {} : { regions }),
    stability,
    relevance: {
      unit: 'nats',
      estimator: 'Ross 2014, 3 nearest neighbours',
      values: [...(relevance ?? [])],
      mask: [...mask],
      kept: model.projection.kind === 'mask' ? [...model.projection.indices] : null,
      own: ownScores(strategy, fitted),
    },
    examples,
  };
}

function storedPart({ stored }: Choice): Pick<PrecomputeReport, 'stored'> {
  if (stored === null) return {};
  const { encoding, k, bytes, recallFloatQuery } = stored.row;
  if (encoding === 'float32' || recallFloatQuery === undefined) throw new Error('no stored row was measured');
  const floatQuery = meanRecallAt1({ recall: recallFloatQuery });
  return { stored: { encoding, k, bytes, recallAt1: meanRecallAt1(stored.row), floatQuery } };
}

/** What the strategy ranked by, where mutual information does not say it already. */
function ownScores(strategy: string, { scores }: FittedProjections): PrecomputeReport['relevance']['own'] {
  if (scores === null || strategy === 'mutual-information') return null;
  return { strategy, values: Array.from(scores, (score) => (Number.isFinite(score) ? score : null)) };
}
