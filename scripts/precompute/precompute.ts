import { encodeSelection, selectionId } from '../../src/format/selection-record.ts';
import type { SignalTest } from '../../src/core/evaluation/signal-test.ts';
import { calibrate } from '../../src/core/evaluation/calibrate.ts';
import { chooseStrategy } from '../../src/core/evaluation/choose-strategy.ts';
import { crossValidateFolds } from '../parallel/cross-validate-folds.ts';
import { scoreHeldOut } from '../../src/core/evaluation/held-out.ts';
import { maskStability } from '../../src/core/evaluation/mask-stability.ts';
import { withPool } from '../parallel/pool.ts';
import type { FusionKind } from '../../src/core/scoring/selection-model.ts';
import type { PrecomputeReport } from '../report/report-data.ts';
import { checkPrefilters, readStrategy } from '../selection/strategy-names.ts';
import { assembleReport } from './assemble-report.ts';
import { checkData } from './check-data.ts';
import { checkK, checkedFolds, checkedFusions } from './check-request.ts';
import { examplePairs } from './example-pairs.ts';
import { fitRecord } from './fit-record.ts';
import { loadPairs } from './load-pairs.ts';
import type { CommandOutput } from '../cli/output.ts';
import type { PrecomputeOptions } from './options.ts';
import { selectionJson } from './selection-json.ts';
import { prepareOut, writeFiles } from './write-files.ts';

/** Below this a figure over folds says little: the standard error of a recall of one half is over .05. */
const FEW_PAIRS = 100;

/** @throws UserError for a name that is not a strategy, or whose prefilters leave fewer than k */
function readStrategyAt(k: number, name: string): string {
  const spec = readStrategy(name, 'comparison');
  checkPrefilters(spec, k);
  return spec.name;
}

/** What the command prints on stdout. */
export interface PrecomputeSummary {
  readonly out: string;
  readonly id: string;
  readonly encoder: string;
  readonly strategy: string;
  readonly k: number;
  readonly dim: number;
  readonly fusion: FusionKind;
  readonly pairs: number;
  /** Rows left out because they repeat the image and the text of an earlier row. */
  readonly duplicates: number;
  readonly skipped: number;
  /** Whether texts belong to their images beyond chance; null where there are too few groups to tell. */
  readonly signal: SignalTest | null;
}

/**
 * Make a selection from image-caption pairs and write it to `options.out`: selection.bin, selection.json, report.json,
 * report.html. For use in another command: with `fusion: 'identity'`, a few hundred pairs take one to three seconds
 * once their embeddings are in the cache (a second call on the same dataset encodes nothing).
 * @example
 *   const source = { kind: 'dataset', path: 'models/sample/captions.csv', cache: '.alignql/embeddings' } as const;
 *   await precompute({ ...DEFAULTS, source, strategy: 'full', out: '.alignql/default' }, { startProgress, tell });
 *   await precompute({ ...DEFAULTS, source, strategy: 'mutual-information', out: '.alignql/mi-50' }, { startProgress, tell });
 * @returns `bytes` as in selection.bin, ready for `publishSelection`
 * @throws UserError for whatever the caller can put right: files, k, folds, an unknown strategy, a folder not writable
 */
export async function precompute(
  options: PrecomputeOptions,
  output: CommandOutput,
): Promise<{ summary: PrecomputeSummary; report: PrecomputeReport; bytes: Uint8Array }> {
  const { k: askedK } = options;
  const strategy = options.strategy === 'auto' ? 'auto' : readStrategyAt(askedK, options.strategy);
  const strategies = options.strategies.map((name) => readStrategyAt(askedK, name));
  await prepareOut(options.out);
  const loaded = await loadPairs(options.source, output, (_, dim) => checkK(askedK, strategy, dim));
  const { pairs } = loaded;
  const folds = checkedFolds(pairs, options);
  // Before the long work: what was asked for may be impossible.
  const candidateFusions = checkedFusions(pairs, options);
  if (pairs.groups.length < FEW_PAIRS) {
    output.tell(
      `note: ${pairs.groups.length} pairs are few; the figures below vary by several hundredths. A few hundred pairs tell more.`,
    );
  }
  const { duplicates, signal } = checkData(pairs, options.seed, output.tell);
  const choice = await withPool(options.threads, (pool) =>
    chooseStrategy(
      pairs,
      { ...options, strategy, strategies, candidateFusions, k: Math.min(options.k, pairs.dim) },
      (set, candidates) =>
        crossValidateFolds(set, candidates, options, { pool, startProgress: output.startProgress }),
    ),
  );
  const heldOut = scoreHeldOut(pairs, folds, choice.chosen.models, options.seed);
  const calibration = calibrate(heldOut, { ...options.calibration, seed: options.seed });
  const { record, mask, fitted } = fitRecord(loaded, choice, calibration, options);
  const bytes = encodeSelection(record);
  const id = await selectionId(bytes);
  const stability = maskStability(
    choice.chosen.row.stability === null ? choice.mutualInformation : choice.chosen,
    pairs.dim,
    fitted.frequency === null ? null : { rounds: options.bootstrap, frequency: fitted.frequency },
  );
  const examples = await examplePairs(pairs, heldOut, calibration, record.model.calibrator);
  const report = assembleReport({
    id,
    record,
    mask,
    fitted,
    loaded,
    signal,
    choice,
    calibration,
    stability,
    examples,
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
    duplicates,
    skipped: pairs.skipped.length,
    signal,
  };
  return { summary, report, bytes };
}
