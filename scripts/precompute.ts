import { Command, Option } from 'commander';
import { STRATEGIES } from '../src/core/selection/strategy-names.ts';
import { commaList, numberFrom, rateOption, shareOption, wholeNumber } from './cli/options.ts';
import { printJson, tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { addEncoderOptions, HTTP_ENCODER_HELP } from './clip/encoder-options.ts';
import { maxPixelsOption } from './clip/picture-limit.ts';
import { cacheOption } from './dataset/cache-option.ts';
import { columnOptions, kindColumnOption } from './dataset/column-options.ts';
import { sampleOption } from './dataset/sample-option.ts';
import { STRICT_HELP } from './dataset/skipped-rows.ts';
import { DATASET_FORMS } from './dataset/pair-source.ts';
import { createProgress } from './cli/progress.ts';
import { type SourceFlags, pairSource } from './dataset/source-flags.ts';
import { DEFAULT_CALIBRATION } from '../src/core/evaluation/calibrate.ts';
import { DEFAULT_KS } from '../src/core/evaluation/choose-strategy.ts';
import { calibrateOnly } from './precompute/calibrate-only.ts';
import { ROW_FORMS, type RowForm } from '../src/format/row-forms.ts';
import { UNDECLARED_FINGERPRINT } from './dataset/source-options.ts';
import { FUSION_CHOICES, NEGATIVE_KINDS, type NegativeKind } from '../src/precompute/options.ts';
import { withNewFolder } from './kv/writable-folder.ts';
import { precompute } from './precompute/precompute.ts';
import { summaryLines } from './precompute/summary.ts';

interface Flags extends SourceFlags {
  readonly out: string;
  readonly strategy: string;
  readonly strategies: readonly string[];
  readonly k: number;
  readonly bytes?: number;
  readonly encoding?: RowForm;
  readonly fusion: (typeof FUSION_CHOICES)[number];
  readonly centring: boolean;
  readonly negatives: number;
  readonly hardNegatives: number;
  readonly bootstrap: number;
  readonly regions: boolean;
  readonly vocabulary?: string;
  readonly threads?: number;
  readonly sample: number;
  readonly folds: number;
  readonly seed: number;
  readonly precision: number;
  readonly negativeKind: NegativeKind;
  readonly baseRate: number;
  readonly calibrateOnly?: string;
}

/** They make a selection; under --calibrate-only there is one already. */
const MAKING = [
  'strategy',
  'strategies',
  'k',
  'bytes',
  'encoding',
  'fusion',
  'centring',
  'negatives',
  'hardNegatives',
  'negativeKind',
  'bootstrap',
  'regions',
  'vocabulary',
  'threads',
];

const [imageColumn, captionColumn] = columnOptions();
const program = new Command('precompute')
  .description(
    'Make a selection from image-caption pairs: which coordinates, what fusion, what a score means.',
  )
  .argument('[DATASET]', 'a file or a folder; the forms are below')
  .requiredOption('--out <DIR>', 'where selection.bin, selection.json, report.json and report.html go')
  .option(
    '--model <DIR>',
    'the encoder: a folder in the Hugging Face layout, or a fetched hub id (default: models/tiny-clip)',
  )
  .addOption(cacheOption())
  .addOption(maxPixelsOption())
  .addOption(imageColumn)
  .addOption(captionColumn)
  .addOption(kindColumnOption())
  .option('--image-embeddings <I.npy>', 'in place of DATASET: image embeddings, shape (pairs, dim)')
  .option('--text-embeddings <T.npy>', 'text embeddings; row i belongs to row i of the images')
  .option(
    '--groups <g.npy>',
    'whole numbers, one a pair: pairs of one group are never mismatched or split over folds',
  )
  .option('--encoder-id <ID>', 'the encoder that made the embeddings, such as openai/clip-vit-base-patch32')
  .option('--encoder-fingerprint <TEXT>', `its fingerprint, where known (default: ${UNDECLARED_FINGERPRINT})`)
  .option(
    '--strategy <NAME>',
    `auto, or one of: ${STRATEGIES.join(', ')}; a prefilter may stand in front. auto: the best mean recall@1 in cross-validation among those that store at most k coordinates`,
    'auto',
  )
  .option(
    '--strategies <names>',
    'compared side by side, separated by commas; mutual-information, pca, random and full always are',
    commaList(String),
    [...STRATEGIES],
  )
  .option('--k <N>', 'coordinates to keep', wholeNumber(1), 50)
  .option(
    '--bytes <N>',
    'in place of --k: what corpora may store a vector. As many coordinates as an encoding holds are kept, and strategy auto chooses among all strategies in all encodings, by what is left of vectors stored so',
    wholeNumber(1),
  )
  .addOption(
    new Option('--encoding <FORM>', 'with --bytes: only this encoding (default: the best of all)').choices(
      ROW_FORMS,
    ),
  )
  .addOption(
    new Option(
      '--fusion <KIND>',
      'auto: a learned one only where it beats identity and full int8 vectors in cross-validation, each by more than one standard error',
    )
      .choices(FUSION_CHOICES)
      .default('auto'),
  )
  .option('--no-centring', 'do not subtract the mean of each modality')
  .option('--negatives <count>', 'mismatches to train on for each pair', wholeNumber(1, 100), 1)
  .option(
    '--hard-negatives <share>',
    'share of them that takes the nearest other captions (attention draws distractors of its own)',
    shareOption,
    0,
  )
  .option(
    '--bootstrap <rounds>',
    'average the ranks of the mask over that many subsamples of 63% of the groups',
    wholeNumber(0, 10_000),
    0,
  )
  .option(
    '--regions',
    'report as well what picture vectors pooled from regions would give, as compare --regions does; needs pictures and the embedded encoder',
    false,
  )
  .option(
    '--vocabulary <FILE>',
    'of a DATASET: tell what coordinates stand for in these words or phrases, one a line (default: the words of the captions)',
  )
  .option(
    '--precision <share>',
    'precision that calls are to have: MATCH begins where held-out pairs show it by bounds at 95%, MISMATCH by bounds at 80%; the rest is UNCERTAIN',
    numberFrom(0, 1),
    DEFAULT_CALIBRATION.precision,
  )
  .option(
    '--base-rate <rate>',
    'share of true pairs that probabilities assume; it is kept in the record',
    rateOption,
    DEFAULT_CALIBRATION.baseRate,
  )
  .addOption(
    new Option(
      '--negative-kind <KIND>',
      'mismatches that probabilities and thresholds are fitted on: a random caption of another group, or hard: the one nearest to the own caption',
    )
      .choices(NEGATIVE_KINDS)
      .default('random'),
  )
  .option(
    '--calibrate-only <SELECTION>',
    'take this selection.bin (or its folder) and fit only its calibrator again, on these pairs; uses the mismatches marked in DATASET, random ones where there are none',
  )
  .addOption(sampleOption())
  .option('--folds <N>', 'folds of the cross-validation, cut between groups', wholeNumber(2, 100), 5)
  .option('--seed <N>', 'same seed, same bytes', wholeNumber(0, 2 ** 32 - 1), 0)
  .option('--threads <count>', 'threads to spread the folds over (default: one a core)', wholeNumber(1, 256))
  .option('--strict', STRICT_HELP, false)
  .addHelpText(
    'after',
    `\nDATASET:\n${DATASET_FORMS}\n\n${HTTP_ENCODER_HELP}\n\nPrints {"out", "id", "encoder", "strategy", "k", "stored" (with --bytes), "dim", "fusion", "pairs", "duplicates", "skipped", "signal", "nearDuplicates", "verdict"}; progress and a summary go to stderr. Then: npm run -s publish -- DIR`,
  )
  .action((dataset: string | undefined, flags: Flags) => withNewFolder(flags.out, () => run(dataset, flags)));

async function run(dataset: string | undefined, flags: Flags): Promise<void> {
  const output = { startProgress: createProgress(), tell };
  const source = pairSource(dataset, flags);
  const calibration = { baseRate: flags.baseRate, precision: flags.precision };
  if (flags.calibrateOnly !== undefined) {
    refuseMakingOptions();
    const { out, folds, seed, sample } = flags;
    const request = { selection: flags.calibrateOnly, source, out, folds, seed, calibration, sample };
    printJson(await calibrateOnly(request, output));
    return;
  }
  const { bytes, encoding, ...rest } = flags;
  if (bytes === undefined && encoding !== undefined)
    throw new UserError('--encoding goes with --bytes: give the bytes that a stored vector may take');
  if (bytes !== undefined && program.getOptionValueSource('k') === 'cli')
    throw new UserError('--k and --bytes both say how much is kept: give one of them');
  const result = await precompute(
    {
      ...rest,
      ...(bytes === undefined
        ? {}
        : { storage: { bytes, encodings: encoding === undefined ? ROW_FORMS : [encoding] } }),
      source,
      calibration,
      ks: DEFAULT_KS,
      centred: flags.centring,
      mismatches: { ratio: flags.negatives, hardShare: flags.hardNegatives },
    },
    output,
  );
  for (const line of summaryLines(result.report, result.verdict, flags.out)) tell(line);
  printJson(result.summary);
}

/** @throws UserError for an option that would have no effect */
function refuseMakingOptions(): void {
  const given = MAKING.filter((name) => program.getOptionValueSource(name) === 'cli');
  if (given.length === 0) return;
  if (given.includes('negativeKind')) {
    throw new UserError(
      '--negative-kind goes with making a selection; --calibrate-only takes the mismatches that DATASET marks (a column label of 0 and 1), hard ones among them, and random captions where it marks none',
    );
  }
  const [option] = program.options.filter((known) => known.attributeName() === given[0]);
  throw new UserError(
    `${option.long ?? given[0]} goes with making a selection; --calibrate-only keeps all of one but its calibration`,
  );
}

addEncoderOptions(program);
await runCommand(program, process.argv);
