import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { groupedFolds, randomNegatives } from '../../src/core/pairs/folds.ts';
import { createRandom } from '../../src/core/random.ts';
import { scoreProjected } from '../../src/core/scoring/scoring.ts';
import { type SelectionRecord, encodeSelection, selectionId } from '../../src/format/selection-record.ts';
import { UserError } from '../cli/user-error.ts';
import type { PairedEmbeddings } from '../../src/dataset/paired-embeddings.ts';
import { type CalibrationPairs, calibrate } from '../../src/core/evaluation/calibrate.ts';
import { fitAnyMatch } from '../../src/core/evaluation/fit-any-match.ts';
import { fitDomain } from '../../src/core/evaluation/fit-domain.ts';
import { type ScoredPairs, rememberProjections } from '../../src/core/evaluation/held-out.ts';
import { mismatchesFor, scoreMismatches } from '../../src/core/evaluation/score-mismatches.ts';
import type { CalibratorKind } from '../../src/core/scoring/selection-model.ts';
import { checkDim, checkEncoder } from '../selection/check-encoder.ts';
import { readSelectionFile } from '../selection/selection-file.ts';
import { checkData } from './check-data.ts';
import { kindLines } from './kind-lines.ts';
import { loadPairs } from './load-pairs.ts';
import type { CommandOutput } from '../cli/output.ts';
import type { PrecomputeOptions } from './options.ts';
import type { PrecomputeSummary } from './precompute.ts';
import { reliabilityOfKinds } from '../../src/precompute/reliability-of-kinds.ts';
import { selectionJson } from './selection-json.ts';
import { calibrationMetrics, kindMetrics } from '../../src/precompute/selection-metrics.ts';
import { prepareOut, writeFiles } from './write-files.ts';

export interface CalibrateOnlyOptions extends Pick<
  PrecomputeOptions,
  'source' | 'out' | 'folds' | 'seed' | 'calibration' | 'sample'
> {
  /** A selection.bin, or the folder that holds one. */
  readonly selection: string;
}

export interface CalibrateOnlySummary extends PrecomputeSummary {
  readonly calibrator: CalibratorKind;
  readonly mismatches: number;
}

/**
 * Fit calibrator and thresholds of a record anew on labelled pairs, and write it to `options.out`: selection.bin and
 * selection.json. Means, mask or map and fusion stay as they are; the metrics gain `recalibrated`. Mismatches are those a
 * person marked, or where none is marked one random caption of another group an image.
 * @throws UserError for pairs of another encoder, too few of them, a folder that holds a report, and whatever is wrong with
 *   the files
 */
export async function calibrateOnly(
  options: CalibrateOnlyOptions,
  output: CommandOutput,
): Promise<CalibrateOnlySummary> {
  const { record, file } = await readSelectionFile(options.selection, '--calibrate-only');
  await checkOut(options.out, file);
  await prepareOut(options.out);
  const { source, seed, folds } = options;
  const check = (encoder: SelectionRecord['encoder'], dim: number): void => {
    checkEncoder(record, encoder, options.selection);
    checkDim(record, dim, options.selection);
  };
  const loaded = await loadPairs(source, output, check, { sample: options.sample });
  const { pairs } = loaded;
  const { duplicates, signal, nearDuplicates } = checkData(pairs, seed, output.tell);
  const labelled = scoreLabelled(record, pairs, options);
  const calibration = calibrate(labelled, { ...options.calibration, seed });
  const kinds = reliabilityOfKinds(
    { pairs, folds: [Uint32Array.from(pairs.groups.keys())], models: [record.model] },
    labelled,
    calibration,
    { ...options.calibration, seed },
  );
  const mismatches = labelled.labels.length - pairs.groups.length;
  const domain = fitDomain(pairs, seed, (await loaded.loadOutliers?.()) ?? null);
  const recalibrated: SelectionRecord = {
    ...record,
    model: { ...record.model, calibrator: calibration.calibrator },
    // Of the pairs that the calibration now speaks of.
    domain,
    anyMatch: fitAnyMatch(pairs, [Uint32Array.from(pairs.groups.keys())], [record.model], domain, seed),
    metrics: {
      ...record.metrics,
      recalibrated: {
        ...calibrationMetrics(calibration),
        marked: pairs.mismatches.groups.length > 0,
        folds,
        ...kindMetrics(kinds),
        ...(loaded.sampled === null ? {} : { sampledFrom: loaded.sampled.total }),
      },
    },
  };
  const bytes = encodeSelection(recalibrated);
  const id = await selectionId(bytes);
  await writeFiles(options.out, [
    { name: 'selection.json', content: selectionJson(id, recalibrated) },
    { name: 'selection.bin', content: bytes },
  ]);
  const { kind } = calibration.calibrator;
  output.tell(
    `recalibrated: ${kind}, on ${pairs.groups.length} matches and ${mismatches} mismatches, held-out ECE ${calibration.ece.toFixed(3)}, Brier ${calibration.brier.toFixed(3)}, uncertain ${(100 * calibration.uncertainShare).toFixed(1)}%`,
  );
  if (kinds !== null) for (const line of kindLines(kinds)) output.tell(line);
  const { matchThreshold, mismatchThreshold } = calibration.calibrator;
  if (matchThreshold === 1)
    output.tell(
      `note: these pairs cannot show that any threshold reaches the precision asked for: nothing will be a MATCH. More pairs can, or a lower --precision`,
    );
  if (mismatchThreshold === 0) {
    output.tell(
      `note: these pairs cannot show that any threshold reaches the precision asked for: nothing will be a MISMATCH`,
    );
  }
  return {
    out: options.out,
    id,
    encoder: record.encoder.id,
    strategy: record.strategy,
    k: record.model.k,
    dim: record.model.dim,
    fusion: record.model.fusion.kind,
    calibrator: kind,
    pairs: pairs.groups.length,
    ...(loaded.sampled === null ? {} : { sampledFrom: loaded.sampled.total }),
    mismatches,
    duplicates,
    skipped: pairs.skipped.length,
    signal,
    nearDuplicates,
  };
}

/**
 * A report tells of the record it was made with: no other record is to stand beside it.
 * @throws UserError for the folder of the selection itself, or one that holds a report
 */
async function checkOut(out: string, selectionFile: string): Promise<void> {
  const advice = 'A refitted selection has another id: choose a new folder for --out.';
  const given = await realpath(out).catch(() => null);
  if (given === null) return;
  if (given === (await realpath(dirname(selectionFile)))) {
    throw new UserError(`--out ${out} is the folder of the selection to refit. ${advice}`);
  }
  const report = ['report.html', 'report.json'].find((name) => existsSync(join(out, name)));
  if (report !== undefined) {
    throw new UserError(`--out ${out} holds ${report}, which tells of another selection. ${advice}`);
  }
}

/** @throws UserError when they are too few to fit on some folds and judge on the other */
function scoreLabelled(
  { model }: SelectionRecord,
  pairs: PairedEmbeddings,
  { folds, seed, calibration: { baseRate } }: Pick<CalibrateOnlyOptions, 'folds' | 'seed' | 'calibration'>,
): CalibrationPairs & Pick<ScoredPairs, 'sources'> {
  const { imageRows, textRows, groups } = pairs;
  checkGroups(new Set(groups).size, folds, 'matches');
  const against = pairs.mismatches.groups.length > 0 ? pairs.mismatches : randomMismatches(pairs, seed);
  checkGroups(new Set(against.groups).size, folds, 'mismatches');
  const allImages = Uint32Array.from([...imageRows, ...against.imageRows]);
  const allTexts = Uint32Array.from([...textRows, ...against.textRows]);
  const allGroups = Int32Array.from([...groups, ...against.groups]);
  const labels = new Uint8Array(allGroups.length).fill(1, 0, groups.length);
  const project = rememberProjections(model, pairs);
  const scores = Float64Array.from(allImages, (image, i) =>
    scoreProjected(model, project('image', image), project('text', allTexts[i])),
  );
  // A random mismatch is of the pair whose image it takes; marked ones count on.
  const isMarked = pairs.mismatches.groups.length > 0;
  const sources = Uint32Array.from(allGroups, (_, i) => (isMarked ? i : i % groups.length));
  const foldOf = foldsByClass(labels, allGroups, folds, seed);
  const scored = { scores, labels, folds: foldOf, groups: allGroups, textRows: allTexts, sources };
  if (isMarked) return scored;
  const held = Array.from({ length: folds }, (_, fold) =>
    Uint32Array.from(groups.keys()).filter((pair) => foldOf[pair] === fold),
  );
  const mismatches = scoreMismatches(
    pairs,
    { folds: held, models: held.map(() => model) },
    { ...scored, marked: new Uint8Array(labels.length) },
    { most: mismatchesFor(baseRate), seed },
  );
  return { ...scored, mismatches };
}

function checkGroups(count: number, folds: number, what: string): void {
  if (count >= 2 * folds) return;
  throw new UserError(
    `${folds} folds need ${what} of at least ${2 * folds} groups of pairs, got ${count}: use fewer --folds or bring more pairs`,
  );
}

function randomMismatches(
  { imageRows, textRows, groups }: PairedEmbeddings,
  seed: number,
): Pick<PairedEmbeddings, 'imageRows' | 'textRows' | 'groups'> {
  const partners = randomNegatives(Uint32Array.from(groups.keys()), groups, createRandom(seed));
  return { imageRows, textRows: partners.map((partner) => textRows[partner]), groups };
}

/**
 * The fold of each pair: no group is in two. @throws UserError when all pairs of one label fall into one fold, so that the
 * others cannot be fitted on
 */
function foldsByClass(labels: Uint8Array, groups: Int32Array, folds: number, seed: number): Uint32Array {
  const foldOf = new Uint32Array(labels.length);
  for (const [fold, held] of groupedFolds(groups, folds, seed).entries()) {
    for (const pair of held) foldOf[pair] = fold;
  }
  for (const label of [0, 1]) {
    const used = new Set(foldOf.filter((_, i) => labels[i] === label));
    if (used.size < 2) {
      throw new UserError(
        `all ${label === 1 ? 'matches' : 'mismatches'} fell into one fold of ${folds}: bring more pairs`,
      );
    }
  }
  return foldOf;
}
