import { dirname } from 'node:path';
import { Command } from 'commander';
import { comparisonCandidates, encodingsOf, withYardsticks } from '../src/core/evaluation/candidates.ts';
import { encodedBytes } from '../src/core/evaluation/vector-encoding.ts';
import { STRATEGIES } from '../src/core/selection/strategy-names.ts';
import { commaList, shareOption, wholeNumber } from './cli/options.ts';
import { printJson, tell, tellLines } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { isEmbeddingFolder } from './dataset/embedding-folder.ts';
import { cacheOption } from './dataset/cache-option.ts';
import { sampleOption } from './dataset/sample-option.ts';
import { STRICT_HELP, skippedFields } from './dataset/skipped-rows.ts';
import { pairSource } from './dataset/source-flags.ts';
import { checkTableFile, writeTable } from './files/table-file.ts';
import { makeWritableFolder, withNewFolder } from './kv/writable-folder.ts';
import { createProgress } from './cli/progress.ts';
import { DEFAULT_KS } from '../src/core/evaluation/choose-strategy.ts';
import { crossValidateFolds } from './parallel/cross-validate-folds.ts';
import { withPool } from './parallel/pool.ts';
import { checkData } from './precompute/check-data.ts';
import { checkedFolds } from './precompute/check-request.ts';
import { type LoadedPairs, loadPairs } from './precompute/load-pairs.ts';
import { compareRegions, regionTable } from './regions/compare-regions.ts';
import { picturesOf, readPatchEmbeddings } from './regions/patch-embeddings.ts';
import { comparisonColumns } from './report/comparison-columns.ts';
import { comparisonTable } from './report/comparison-table.ts';
import { equalBytesTable } from './report/equal-bytes-table.ts';
import { dataWarnings } from './report/data-warnings.ts';
import { PREFILTER_HELP, checkPrefilters, readStrategy } from './selection/strategy-names.ts';

interface CompareOptions {
  readonly imageEmbeddings?: string;
  readonly textEmbeddings?: string;
  readonly groups?: string;
  readonly model?: string;
  readonly cache: string;
  readonly regions: boolean;
  readonly strategies: readonly string[];
  readonly k?: readonly number[];
  readonly bytes?: readonly number[];
  readonly folds: number;
  readonly seed: number;
  readonly centring: boolean;
  readonly negatives: number;
  readonly hardNegatives: number;
  readonly threads?: number;
  readonly strict: boolean;
  readonly sample: number;
  readonly out?: string;
}

const program = new Command('compare')
  .description(
    'Compare selection strategies on image-caption embeddings by cross-validation. Prints JSON {rows, ...}.',
  )
  .argument('[DATASET]', 'pictures and captions, as precompute takes them')
  .option(
    '--image-embeddings <I.npy>',
    'in place of DATASET: matrix of shape (pairs, dim); row i belongs to row i of the texts',
  )
  .option('--text-embeddings <T.npy>', 'matrix of the same shape')
  .option('--groups <g.npy>', 'whole numbers, one a pair: pairs of one number are never in two folds')
  .option('--model <DIR>', 'what encodes a DATASET (default: models/tiny-clip)')
  .addOption(cacheOption())
  .option(
    '--regions',
    'of a DATASET: also with picture vectors pooled from the patches that an explanation picks',
    false,
  )
  .option('--strategies <names>', 'separated by commas', commaList(String), [...STRATEGIES])
  .option(
    '--k <counts>',
    'coordinates to keep, separated by commas (default: 16,50,128, those up to dim; none with --bytes)',
    commaList(wholeNumber(1)),
  )
  .option(
    '--bytes <counts>',
    'sizes of a stored vector, separated by commas: every strategy at exactly so many in every encoding',
    commaList(wholeNumber(1)),
  )
  .option('--folds <count>', 'folds of the cross-validation', wholeNumber(2, 100), 5)
  .option('--seed <number>', 'seed of folds, mismatches, noise and random', wholeNumber(0, 2 ** 32 - 1), 0)
  .option('--no-centring', 'do not subtract the mean of each modality (full never does)')
  .option('--negatives <count>', 'mismatches to train on for each pair', wholeNumber(1, 100), 1)
  .option('--hard-negatives <share>', 'share of them that takes the nearest other captions', shareOption, 0)
  .option('--threads <count>', 'threads to spread the folds over (default: one a core)', wholeNumber(1, 256))
  .addOption(sampleOption())
  .option('--strict', STRICT_HELP, false)
  .option('--out <FILE>', 'the rows as a table as well, .csv or .parquet')
  .addHelpText(
    'after',
    `
Strategies: ${STRATEGIES.join(', ')}.
${PREFILTER_HELP}
pca, random and full are always compared too.

Rows are L2-normalised; equal rows are one image or one caption, and pairs that share either are of one group. Each
figure is mean and standard deviation over folds: auc against one random mismatch a pair, aucHard against the nearest
other caption, recall of unique images against all captions of one held-out fold, ece and brier of probabilities
calibrated on the other folds, stability as Jaccard and kuncheva of the kept sets. bytes: what one stored vector takes. full also
gives rows for int8 and sign encodings; random is the mean of five draws. A table of the same ends the messages on stderr.

--bytes 32,64,128 adds rows of float32, int8, int4 and sign, of as many coordinates as take exactly so many bytes: int8 a byte a
coordinate and 4 for its scale, int4 half a byte (its steps are shared by all vectors), sign an eighth. Image and text are both stored
so; recallFloatQuery is that of a query that is not. The table is then recall@1, mean of both directions, at equal bytes.

--regions adds regions: [{map, share, rows}] and a table: every row once more, the picture's vector pooled from a quarter or a half of
its patches, the hottest of a map (shares, grad-cam) of the nearest training caption, or those in the middle (centre). gain: recall@1,
mean of both directions, over that of whole pictures in the same folds. In the table of --out these rows follow the others, with
columns regions, region_share, gain and gain_se.

nearDuplicates: pictures, and captions, of different groups that are all but the same (cosine of at least 0.985).
duplicates: rows that repeat the image and the text of an earlier one; each pair counts once. signal: whether texts belong to their
images beyond chance, by a permutation test at 0.2%; null with fewer than 8 groups.

Examples:
  npm run -s compare -- --image-embeddings I.npy --text-embeddings T.npy --k 50
  npm run -s compare -- models/sample --regions`,
  )
  .action((dataset: string | undefined, options: CompareOptions) => {
    const run = (): Promise<void> => compare(dataset, options);
    return options.out === undefined ? run() : withNewFolder(dirname(options.out), run);
  });

async function compare(dataset: string | undefined, options: CompareOptions): Promise<void> {
  const form = options.out === undefined ? null : await checkTableFile(options.out);
  if (options.out !== undefined) {
    await makeWritableFolder(dirname(options.out), 'the folder of --out', 'Choose another with --out.');
  }
  const specs = options.strategies.map((name) => readStrategy(name, 'comparison'));
  const { folds, seed } = options;
  const { pairs: set, sampled } = await readPairs(dataset, options);
  const bytes = checkedBytes(options.bytes ?? [], set.dim);
  const ks = checkedKs(options.k, set.dim, bytes);
  for (const spec of specs) checkPrefilters(spec, Math.max(1, ...ks));
  checkedFolds(set, { folds, seed });
  const candidates = comparisonCandidates(
    withYardsticks(specs.map(({ name }) => name)),
    ks,
    set.dim,
    options.centring,
    bytes,
  );
  const { pairs, duplicates, signal, nearDuplicates } = checkData(set, seed, tell);
  const mismatches = { ratio: options.negatives, hardShare: options.hardNegatives };
  const startProgress = createProgress();
  const patches = options.regions
    ? await readPatchEmbeddings(picturesOf(set.origins.pictures), options.model, startProgress)
    : null;
  const { evaluations, regions } = await withPool(options.threads, async (pool) => {
    const work = { pool, startProgress };
    const whole = await crossValidateFolds(set, candidates, { folds, seed, mismatches }, work);
    return {
      evaluations: whole,
      regions: patches && (await compareRegions(set, patches, whole, { folds, seed, mismatches }, work)),
    };
  });
  const rows = evaluations.map(({ row }) => row);
  if (options.out !== undefined && form !== null)
    await writeTable(options.out, form, comparisonColumns(rows, regions));
  tellLines(bytes.length > 0 ? equalBytesTable(rows, bytes) : comparisonTable(rows));
  for (const line of dataWarnings({ pairs, duplicates, signal, nearDuplicates })) tell(`warning: ${line}`);
  if (regions !== null) tellLines(regionTable(rows, regions));
  printJson({
    rows,
    ...(regions === null ? {} : { regions }),
    pairs,
    ...(sampled === null ? {} : { sampledFrom: sampled.total }),
    dim: set.dim,
    folds,
    seed,
    duplicates,
    signal,
    nearDuplicates,
    ...skippedFields(set.skipped),
  });
}

/** @throws UserError for options that do not go together, and whatever is wrong with the files */
async function readPairs(dataset: string | undefined, options: CompareOptions): Promise<LoadedPairs> {
  if (
    dataset === undefined &&
    options.imageEmbeddings === undefined &&
    options.textEmbeddings === undefined
  ) {
    throw new UserError('name a DATASET, or --image-embeddings and --text-embeddings');
  }
  if (dataset === undefined && options.regions)
    throw new UserError('--regions needs the pictures of a DATASET; .npy files have none');
  // Nothing is published here, so that nobody needs to know whose vectors they are.
  const holdsEmbeddings = dataset === undefined || isEmbeddingFolder(dataset);
  const source = pairSource(dataset, holdsEmbeddings ? { ...options, encoderId: 'any' } : options);
  if (source.kind !== 'dataset' && options.regions)
    throw new UserError('--regions needs the pictures of a DATASET; embeddings have none');
  const output = { startProgress: createProgress(), tell };
  const { sample } = options;
  return loadPairs(source, output, () => undefined, { listedIn: 'skippedRows', sample });
}

function checkedBytes(sizes: readonly number[], dim: number): readonly number[] {
  const unfit = sizes.find((size) => encodingsOf(size, dim).length === 0);
  if (unfit === undefined) return sizes;
  throw new UserError(
    `--bytes ${unfit}: no encoding of up to ${dim} coordinates takes exactly so many bytes. Give at most ${encodedBytes('float32', dim)}, a multiple of 4 above ${encodedBytes('int8', dim)}.`,
  );
}

function checkedKs(
  ks: readonly number[] | undefined,
  dim: number,
  bytes: readonly number[],
): readonly number[] {
  if (ks === undefined) {
    if (bytes.length > 0) return [];
    const fitting = DEFAULT_KS.filter((k) => k <= dim);
    return fitting.length > 0 ? fitting : [dim];
  }
  const tooLarge = ks.find((k) => k > dim);
  if (tooLarge !== undefined) {
    throw new UserError(
      `--k ${tooLarge}: the embeddings have ${dim} coordinates. Give a k of at most ${dim}.`,
    );
  }
  return ks;
}

await runCommand(program, process.argv);
