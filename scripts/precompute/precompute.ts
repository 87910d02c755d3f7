import { buildModel, prepareTraining } from '../../src/core/selection/training.ts';
import { scoreFeatures } from '../../src/core/selection/strategies.ts';
import { topK } from '../../src/core/selection/top-k.ts';
import { type SelectionRecord, encodeSelection, selectionId } from '../../src/format/selection-record.ts';
import type { PairedEmbeddings } from '../dataset/paired-embeddings.ts';
import { type Calibration, calibrate } from '../evaluation/calibrate.ts';
import { type Choice, chooseStrategy } from '../evaluation/choose-strategy.ts';
import { scoreHeldOut } from '../evaluation/held-out.ts';
import { maskStability } from '../evaluation/mask-stability.ts';
import type { PrecomputeReport } from '../report/report-data.ts';
import { parseStrategy } from '../selection/strategy-names.ts';
import { checkedFolds } from './check-request.ts';
import { type LoadedPairs, loadPairs } from './load-pairs.ts';
import type { PrecomputeOptions, PrecomputeOutput } from './options.ts';
import { assembleReport } from './assemble-report.ts';
import { selectionJson } from './selection-json.ts';
import { selectionMetrics } from './selection-metrics.ts';
import { prepareOut, writeFiles } from './write-files.ts';

/** Below this a figure over folds says little: the standard error of a recall of one half is over .05. */
const FEW_PAIRS = 100;

/** What the command prints on stdout. */
export interface PrecomputeSummary {
  readonly out: string;
  readonly id: string;
  readonly encoder: string;
  readonly strategy: string;
  readonly k: number;
  readonly dim: number;
  readonly fusion: 'identity' | 'weighted';
  readonly pairs: number;
  readonly skipped: number;
}

/**
 * Make a selection from image-caption pairs and write it to `options.out`: selection.bin, selection.json, report.json,
 * report.html. For use in another command: with `fusion: 'identity'`, a few hundred pairs take one to three seconds
 * once their embeddings are in the cache (a second call on the same dataset encodes nothing).
 * @example
 *   const source = { kind: 'dataset', path: 'models/sample/captions.csv', cache: '.alignql/embeddings' } as const;
 *   const common = { source, k: 50, fusion: 'auto', folds: 5, seed: 0 } as const;
 *   await precompute({ ...common, strategy: 'full', out: '.alignql/default' }, { startProgress: createProgress(), tell });
 *   await precompute({ ...common, strategy: 'mutual-information', out: '.alignql/mi-50' }, { startProgress: createProgress(), tell });
 * @returns `bytes` as in selection.bin, ready for `publishSelection`
 * @throws UserError for whatever the caller can put right: files, k, folds, an unknown strategy, a folder not writable
 */
export async function precompute(
  options: PrecomputeOptions,
  output: PrecomputeOutput,
): Promise<{ summary: PrecomputeSummary; report: PrecomputeReport; bytes: Uint8Array }> {
  const strategy = options.strategy === 'auto' ? 'auto' : parseStrategy(options.strategy, 'comparison');
  await prepareOut(options.out);
  const loaded = await loadPairs(options, output);
  const { pairs } = loaded;
  const folds = checkedFolds(pairs, options);
  if (pairs.groups.length < FEW_PAIRS) {
    output.tell(
      `note: ${pairs.groups.length} pairs are few; the figures below vary by several hundredths. A few hundred pairs tell more.`,
    );
  }
  const choice = chooseStrategy(
    pairs,
    { ...options, strategy, k: Math.min(options.k, pairs.dim) },
    output.tell,
  );
  const calibration = calibrate(scoreHeldOut(pairs, folds, choice.chosen.models, options.seed));
  const { record, mask } = fitRecord(loaded, choice, calibration, options);
  const bytes = encodeSelection(record);
  const id = await selectionId(bytes);
  const stability = maskStability(
    choice.chosen.row.stability === null ? choice.mutualInformation : choice.chosen,
    pairs.dim,
  );
  const report = assembleReport({
    id,
    record,
    mask,
    loaded,
    choice,
    calibration,
    stability,
    folds: options.folds,
  });
  // Loaded late: the chart library takes longer to load than most mistakes take to find.
  const { renderReport } = await import('../report/render-report.ts');
  await writeFiles(options.out, [
    { name: 'report.html', content: renderReport(report) },
    { name: 'report.json', content: `${JSON.stringify(report, null, 2)}\n` },
    { name: 'selection.json', content: selectionJson(id, record) },
    { name: 'selection.bin', content: bytes },
  ]);
  const { k, dim, fusion } = record.model;
  const summary = {
    out: options.out,
    id,
    encoder: record.encoder.id,
    strategy: record.strategy,
    k,
    dim,
    fusion: fusion.kind,
    pairs: pairs.groups.length,
    skipped: pairs.skipped.length,
  };
  return { summary, report, bytes };
}

/** The chosen strategy and fusion fitted once more, on all pairs; the mutual-information mask is made whatever is chosen. */
function fitRecord(
  { encoder, pairs }: LoadedPairs,
  choice: Choice,
  { calibrator }: Calibration,
  { seed, k: askedK, folds }: PrecomputeOptions,
): { record: SelectionRecord; mask: Uint32Array } {
  const { candidate } = choice.chosen;
  const rows = allRows(pairs);
  const training = prepareTraining(pairs, rows, { centred: candidate.centred, seed });
  const centred = candidate.centred ? training : prepareTraining(pairs, rows, { centred: true, seed });
  const relevance = scoreFeatures('mutual-information', centred, { seed });
  const fit = scoreFeatures(candidate.strategy, training, { seed });
  const indices = candidate.strategy === 'full' ? null : topK(fit.scores, candidate.k);
  const record: SelectionRecord = {
    encoder,
    strategy: candidate.strategy,
    params: {
      ...fit.params,
      relevance: { estimator: 'mutual-information', unit: 'nats', ...relevance.params },
    },
    model: { ...buildModel(training, indices, candidate.fusion, seed), calibrator },
    relevance: Float32Array.from(relevance.scores),
    metrics: selectionMetrics(choice, pairs, folds),
    seed,
  };
  return { record, mask: topK(relevance.scores, Math.min(askedK, pairs.dim)) };
}

function allRows(pairs: PairedEmbeddings): Uint32Array {
  return Uint32Array.from(pairs.groups, (_, row) => row);
}
