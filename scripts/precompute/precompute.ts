import { maskStability } from '../../src/core/evaluation/mask-stability.ts';
import type { SignalTest } from '../../src/core/evaluation/signal-test.ts';
import type { StoredSize } from '../../src/core/evaluation/choose-strategy.ts';
import type { FusionKind } from '../../src/core/scoring/selection-model.ts';
import type { CommandOutput } from '../cli/output.ts';
import type { DataCheck } from '../report/data-warnings.ts';
import type { PrecomputeReport } from '../report/report-data.ts';
import { assembleReport } from './assemble-report.ts';
import { examplePairs } from './example-pairs.ts';
import { type MadeSelection, makeSelection } from './make-selection.ts';
import type { PrecomputeOptions } from './options.ts';
import { type Verdict, verdictOf } from '../report/verdict.ts';
import { selectionJson } from './selection-json.ts';
import { MEANINGS_FILE, meaningsText } from '../selection/meanings-file.ts';
import { prepareOut, writeFiles } from './write-files.ts';

/** What the command prints on stdout. */
export interface PrecomputeSummary {
  readonly out: string;
  readonly id: string;
  readonly encoder: string;
  readonly strategy: string;
  readonly k: number;
  /** How corpora store a vector, and in how many bytes; only where --bytes asked. */
  readonly stored?: StoredSize;
  readonly dim: number;
  readonly fusion: FusionKind;
  readonly pairs: number;
  /** All pairs, where `pairs` are a sample of them. */
  readonly sampledFrom?: number;
  /** Rows left out because they repeat the image and the text of an earlier row. */
  readonly duplicates: number;
  readonly skipped: number;
  /** Whether texts belong to their images beyond chance; null where there are too few groups to tell. */
  readonly signal: SignalTest | null;
  /** Pictures, and captions, of different groups that are all but the same. */
  readonly nearDuplicates: Required<DataCheck>['nearDuplicates'];
}

/** Of a selection that was made here, judged beside all others. */
export interface JudgedSummary extends PrecomputeSummary {
  readonly verdict: Pick<Verdict, 'action' | 'sentence' | 'cautions'>;
}

/**
 * Make a selection from image-caption pairs and write it to `options.out`: selection.bin, selection.json, meanings.json (where
 * there are captions), report.json, report.html.
 * @throws UserError for whatever the caller can put right: files, k, folds, an unknown strategy, a folder not writable
 */
export async function precompute(
  options: PrecomputeOptions,
  output: CommandOutput,
): Promise<{ summary: JudgedSummary; report: PrecomputeReport; verdict: Verdict }> {
  await prepareOut(options.out);
  const made = await makeSelection(options, output);
  const { id, record, bytes, loaded, signal } = made;
  const { pairs } = loaded;
  const report = await reportOf(made, options);
  const verdict = verdictOf(report);
  // Loaded late: the chart library takes longer to load than most mistakes take to find.
  const { renderReport } = await import('../report/render-report.ts');
  await writeFiles(options.out, [
    { name: 'report.html', content: renderReport(report) },
    { name: 'report.json', content: `${JSON.stringify({ ...report, verdict }, null, 2)}\n` },
    { name: 'selection.json', content: selectionJson(id, record) },
    ...(made.meanings === null ? [] : [{ name: MEANINGS_FILE, content: meaningsText(id, made.meanings) }]),
    { name: 'selection.bin', content: bytes },
  ]);
  const { k, dim, fusion } = record.model;
  const summary = {
    out: options.out,
    id,
    encoder: record.encoder.id,
    strategy: record.strategy,
    k,
    ...(report.stored === undefined
      ? {}
      : { stored: { encoding: report.stored.encoding, k: report.stored.k, bytes: report.stored.bytes } }),
    dim,
    fusion: fusion.kind,
    pairs: pairs.groups.length,
    ...(loaded.sampled === null ? {} : { sampledFrom: loaded.sampled.total }),
    duplicates: pairs.duplicates,
    skipped: pairs.skipped.length,
    signal,
    nearDuplicates: made.nearDuplicates,
    verdict: { action: verdict.action, sentence: verdict.sentence, cautions: verdict.cautions },
  };
  return { summary, report, verdict };
}

async function reportOf(
  made: MadeSelection,
  { bootstrap, folds }: Pick<PrecomputeOptions, 'bootstrap' | 'folds'>,
): Promise<PrecomputeReport> {
  const { record, fitted, loaded, choice, heldOut, calibration } = made;
  const { pairs } = loaded;
  const stability = maskStability(
    choice.chosen.row.stability === null ? choice.mutualInformation : choice.chosen,
    pairs.dim,
    fitted.frequency === null ? null : { rounds: bootstrap, frequency: fitted.frequency },
  );
  const examples = await examplePairs(pairs, heldOut, calibration, record.model.calibrator);
  return assembleReport({ ...made, stability, examples, folds });
}
