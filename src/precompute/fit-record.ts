import { type FittedProjections, fitProjections } from '../core/evaluation/fold-evaluation.ts';
import { fitAnyMatch } from '../core/evaluation/fit-any-match.ts';
import { fitDomain } from '../core/evaluation/fit-domain.ts';
import { buildModel } from '../core/fitting/model-builder.ts';
import { projectRows } from '../core/scoring/project-rows.ts';
import type { Modality, UncalibratedModel } from '../core/scoring/selection-model.ts';
import { fitCodes } from '../core/search/code-rows.ts';
import { scoreFeatures } from '../core/selection/strategies.ts';
import { parseStrategy, plainStrategy } from '../core/selection/strategy-names.ts';
import { topK } from '../core/selection/top-k.ts';
import { type Training, prepareTraining } from '../core/selection/training.ts';
import { codeBitsOf } from '../format/row-forms.ts';
import type { RecordRows } from '../format/rows-section.ts';
import type { SelectionRecord } from '../format/selection-record.ts';
import type { Calibration } from '../core/evaluation/calibrate.ts';
import type { KindReliability } from '../core/evaluation/kind-reliability.ts';
import type { Choice } from '../core/evaluation/choose-strategy.ts';
import type { WholeFit } from './fit-statistics.ts';
import type { RecordOptions, RecordPairs } from './options.ts';
import { selectionMetrics } from './selection-metrics.ts';

export interface FittedRecord {
  readonly record: SelectionRecord;
  /** The mutual-information mask on all pairs, made whatever is chosen. */
  readonly mask: Uint32Array;
  readonly fitted: FittedProjections;
}

/** What pairs are a sample of. */
export interface WholePairs {
  /** How many there are in all. */
  readonly pairs: number;
  /** The chosen strategy on all of them; null where it does not add up over shards and is fitted on the sample. */
  readonly fit: WholeFit | null;
}

/** The chosen strategy and fusion fitted once more, on all pairs. */
export function fitRecord(
  { encoder, pairs }: { readonly encoder: SelectionRecord['encoder']; readonly pairs: RecordPairs },
  choice: Choice,
  {
    calibration,
    kinds,
    held,
    whole = null,
  }: {
    readonly calibration: Calibration;
    readonly kinds: KindReliability | null;
    /** The pairs each fold held out. */
    readonly held: readonly Uint32Array[];
    /** Where these pairs are a sample of more. */
    readonly whole?: WholePairs | null;
  },
  {
    seed,
    k: askedK,
    folds,
    mismatches,
    bootstrap,
  }: Pick<RecordOptions, 'seed' | 'k' | 'folds' | 'mismatches' | 'bootstrap'>,
): FittedRecord {
  const { candidate, row } = choice.chosen;
  const rows = allRows(pairs);
  // Under a size in bytes as many as the chosen encoding holds: what was asked for in coordinates is nobody's wish.
  const k = Math.min(choice.stored === null ? askedK : row.k, pairs.dim);
  const means = whole?.fit?.means ?? null;
  const training = prepareTraining(pairs, rows, {
    centred: candidate.centred,
    seed,
    mismatches,
    ...(means === null ? {} : { means }),
  });
  const centred = candidate.centred
    ? training
    : prepareTraining(pairs, rows, { centred: true, seed, mismatches });
  const relevance = scoreFeatures(plainStrategy('mutual-information'), centred, { seed, k });
  const spec = parseStrategy(candidate.strategy);
  const fitted = whole?.fit?.projections ?? fitProjections(spec, training, { seed, k: row.k, bootstrap });
  const model = buildModel(training, fitted.projectTo(row.k), candidate.fusion, seed);
  const stored = rowsOf(choice, model, training);
  const domain = fitDomain(pairs, seed, pairs.outliers ?? null);
  const record: SelectionRecord = {
    encoder,
    strategy: candidate.strategy,
    params: {
      ...fitted.params,
      ...(whole === null ? {} : { fittedOn: whole.fit === null ? 'sample' : 'shards' }),
      relevance: { estimator: 'mutual-information', unit: 'nats', ...relevance.params },
    },
    model: { ...model, calibrator: calibration.calibrator },
    relevance: Float32Array.from(relevance.scores),
    domain,
    anyMatch: fitAnyMatch(pairs, held, choice.chosen.models, domain, seed),
    metrics: {
      ...selectionMetrics(choice, { calibration, kinds }, pairs, folds),
      ...(whole === null ? {} : { sampledFrom: whole.pairs }),
    },
    seed,
    ...(stored === null ? {} : { rows: stored }),
  };
  return { record, mask: topK(relevance.scores, k), fitted };
}

/** The codes that corpora are to store, their steps those of the pairs; null for int8, or where nothing was said about bytes. */
function rowsOf(
  { stored }: Choice,
  model: UncalibratedModel,
  { set, images, texts }: Training,
): RecordRows | null {
  const encoding = stored?.row.encoding ?? 'float32';
  const bits = encoding === 'float32' ? null : codeBitsOf(encoding);
  if (bits === null) return null;
  const stepsOf = (modality: Modality, embeddings: Float32Array, rows: Uint32Array): Float32Array =>
    fitCodes(bits, [projectRows(model, modality, embeddings, rows)], model.k).steps;
  return {
    bits,
    image: stepsOf('image', set.imageEmbeddings, images.rows),
    text: stepsOf('text', set.textEmbeddings, texts.rows),
  };
}

function allRows(pairs: RecordPairs): Uint32Array {
  return Uint32Array.from(pairs.groups, (_, row) => row);
}
