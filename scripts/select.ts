import { Command, Option } from 'commander';
import { groupedFolds } from '../src/core/pairs/folds.ts';
import { rfeCrossValidated } from '../src/core/evaluation/rfe-cross-validated.ts';
import { type MaskFit, keepBest } from '../src/core/selection/strategies.ts';
import type { StrategySpec } from '../src/core/selection/strategy-names.ts';
import { numberFrom, wholeNumber } from './cli/options.ts';
import { printJson } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { withPool } from './parallel/pool.ts';
import { scoreFeaturesOn } from './parallel/strategies.ts';
import { type LabelledMatrix, checkClasses, readLabelledMatrix } from './selection/labelled-matrix.ts';
import { isFolder, openShardedMatrix, scoreShards } from './selection/sharded-matrix.ts';
import { PREFILTER_HELP, readStrategy } from './selection/strategy-names.ts';

/** numpy's range of seeds: the noise of mutual-information is that of scikit-learn's `random_state`. */
const MAX_SEED = 2 ** 32 - 1;

interface SelectOptions {
  readonly features: string;
  readonly labels: string;
  readonly strategy: string;
  readonly k: number;
  readonly seed: number;
  readonly neighbours: number;
  readonly noise: boolean;
  readonly null: number;
  readonly bins: number;
  readonly binning: 'equal-width' | 'equal-frequency';
  readonly c?: number;
  readonly step: number;
  readonly trees: number;
  readonly importance: 'impurity' | 'permutation';
  readonly crossValidate?: number;
  readonly bootstrap: number;
  readonly pValues?: boolean;
  readonly threads?: number;
}

const program = new Command('select')
  .description(
    'Choose the k best features of a labelled matrix. Prints JSON {strategy, k, indices, scores, params}.',
  )
  .requiredOption(
    '--features <X.npy>',
    'matrix of shape (rows, features): any number dtype, C or Fortran order; or a folder of such files, one in memory at a time, for variance, f-statistic, chi-square and mutual-information-binned',
  )
  .requiredOption('--labels <y.npy>', 'whole numbers, one a row, at least two classes')
  .requiredOption('--strategy <name>', 'one of those below')
  .option('--k <count>', 'features to keep; full keeps all, whatever k is', wholeNumber(1), 50)
  .option(
    '--seed <number>',
    'seed of noise, shuffles, trees, subsamples and random',
    wholeNumber(0, MAX_SEED),
    0,
  )
  .option('--neighbours <count>', 'mutual-information: neighbours within a class', wholeNumber(1), 3)
  .option('--no-noise', 'mutual-information: do not add noise that parts equal values')
  .option(
    '--null <count>',
    'mutual-information: subtract the mean under that many shuffles of the labels',
    wholeNumber(0, 10_000),
    0,
  )
  .option('--bins <count>', 'mutual-information-binned: bins a feature', wholeNumber(2, 65_535), 16)
  .addOption(
    new Option('--binning <kind>', 'mutual-information-binned: how bins are cut')
      .choices(['equal-width', 'equal-frequency'])
      .default('equal-width'),
  )
  .option(
    '--c <number>',
    'l1-logistic: |weight| at this C, in place of the path; rfe: C of its fits (1)',
    numberFrom(0),
  )
  .option('--step <number>', 'rfe: features dropped at once, a count, or a share below 1', numberFrom(0), 1)
  .option('--trees <count>', 'random-forest: trees', wholeNumber(1, 100_000), 100)
  .addOption(
    new Option('--importance <kind>', 'random-forest: what a feature is worth')
      .choices(['impurity', 'permutation'])
      .default('impurity'),
  )
  .option(
    '--cross-validate <folds>',
    'rfe: keep as many features as classify held-out rows best, at most k',
    wholeNumber(2, 100),
  )
  .option(
    '--bootstrap <rounds>',
    'average the ranks over that many subsamples of 63% of the rows',
    wholeNumber(0, 10_000),
    0,
  )
  .option(
    '--threads <count>',
    'threads for mutual-information and random-forest (default: one a core)',
    wholeNumber(1, 256),
  )
  .option('--p-values', 'f-statistic, chi-square: add pValues to the JSON')
  .addHelpText(
    'after',
    `
indices: ascending, length k. scores: one a feature, higher is better, undefined ones null and ranked last, infinite
ones (a feature that separates the classes completely) the largest number; equal scores go to the higher index. With
--bootstrap scores are mean ranks, and relevance (the scores on all rows) and frequency (the share of subsamples that
kept a feature) come with them.

  mutual-information         nats between feature and label (Ross 2014), as scikit-learn's mutual_info_classif computes
                             it; the same noise for the same seed (random_state)
  mutual-information-binned  nats, over bins of each feature
  f-statistic                one-way analysis of variance, as f_classif
  chi-square                 as chi2; where a feature is negative all are scaled to [0, 1] first: params.scaled says so
  variance                   population variance; variance:0.001 drops those not above
  l1-logistic                two classes; how early a feature enters the path of C
  random-forest              mean decrease in impurity, or of accuracy out of bag when a feature is shuffled
  rfe                        two classes; recursive elimination with logistic regression, features for the best
  mrmr                       relevance over redundancy (FCQ), features for the best, the first k ranked
  random                     a uniform number for each feature
  full                       every feature, each scored 1; k is then the number of features

${PREFILTER_HELP}

Example: npm run -s select -- --features X.npy --labels y.npy --strategy mutual-information --k 50`,
  )
  .action(select);

async function select(options: SelectOptions, command: Command): Promise<void> {
  const spec = readStrategy(options.strategy, 'masks');
  // Full needs no k: only one that was asked for can be too large for it.
  const isAsked = spec.strategy !== 'full' || command.getOptionValueSource('k') === 'cli';
  const checkK = (dim: number): void => {
    if (!isAsked || options.k <= dim) return;
    throw new UserError(
      `--k ${options.k}: ${options.features} has ${dim} features. Give a k of at most ${dim}.`,
    );
  };
  const fit = (await isFolder(options.features))
    ? await selectFromShards(spec, options, checkK)
    : await selectFromMatrix(spec, options, checkK);
  const result = {
    strategy: fit.strategy,
    k: fit.k,
    indices: [...fit.indices],
    scores: finiteOrNull(fit.scores),
    params: fit.params,
  };
  const stability =
    fit.frequency === undefined || fit.relevance === undefined
      ? {}
      : { relevance: finiteOrNull(fit.relevance), frequency: finiteOrNull(fit.frequency) };
  const pValues = options.pValues
    ? { pValues: fit.pValues === undefined ? null : finiteOrNull(fit.pValues) }
    : {};
  printJson({ ...result, ...stability, ...pValues });
}

type CheckK = (dim: number) => void;

async function selectFromShards(
  spec: StrategySpec,
  options: SelectOptions,
  checkK: CheckK,
): Promise<MaskFit> {
  if (options.bootstrap > 0)
    throw new UserError('--bootstrap needs the whole matrix, not a folder of shards');
  const matrix = await openShardedMatrix(options.features, options.labels);
  checkK(matrix.dim);
  return fitOrExplain(async () => keepBest(spec, await scoreShards(spec, matrix, options), options.k));
}

async function selectFromMatrix(
  spec: StrategySpec,
  options: SelectOptions,
  checkK: CheckK,
): Promise<MaskFit> {
  const matrix = await readLabelledMatrix(options.features, options.labels);
  checkClasses(spec, matrix.classes, options.labels);
  checkK(matrix.dim);
  const k = options.crossValidate === undefined ? options.k : countOf(options, spec, matrix);
  const { c, ...rest } = options;
  const params = { ...rest, k, permutations: options.null, ...(c === undefined ? {} : { c, rfeC: c }) };
  return fitOrExplain(async () => {
    const scores = await withPool(options.threads, (pool) => scoreFeaturesOn(pool, spec, matrix, params));
    return keepBest(spec, scores, k);
  });
}

/** What the kernels refuse after the files were checked lies in the choice of strategy and options. */
async function fitOrExplain<T>(fit: () => Promise<T>): Promise<T> {
  try {
    return await fit();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UserError(`${cause.message}.`, { cause });
  }
}

/** NaN, which is undefined, as null; JSON has no Infinity either, which is the best. */
function finiteOrNull(values: Float64Array): (number | null)[] {
  return Array.from(values, (value) => (Number.isNaN(value) ? null : Math.min(value, Number.MAX_VALUE)));
}

/** The number of features that recursive elimination keeps by cross-validation, as scikit-learn's RFECV. */
function countOf(options: SelectOptions, spec: StrategySpec, matrix: LabelledMatrix): number {
  if (spec.name !== 'rfe') {
    throw new UserError(
      `--cross-validate goes with --strategy rfe, which it finds the number of features for`,
    );
  }
  const { features, labels, count, dim } = matrix;
  const { seed, step, c = 1, crossValidate = 5, k } = options;
  const folds = groupedFolds(Uint32Array.from(labels.keys()), crossValidate, seed);
  const { chosen } = rfeCrossValidated(features, labels, { count, dim, step, c, downTo: 1, folds });
  return Math.min(chosen, k);
}

await runCommand(program, process.argv);
