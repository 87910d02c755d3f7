import { Command } from 'commander';
import { rateOption } from './cli/options.ts';
import { printJson, tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { addEncoderOptions, HTTP_ENCODER_HELP } from './clip/encoder-options.ts';
import { maxPixelsOption } from './clip/picture-limit.ts';
import { cacheOption } from './dataset/cache-option.ts';
import { columnOptions } from './dataset/column-options.ts';
import { STRICT_HELP } from './dataset/skipped-rows.ts';
import { DATASET_FORMS } from './dataset/pair-source.ts';
import { createProgress } from './cli/progress.ts';
import { type SourceFlags, pairSource } from './dataset/source-flags.ts';
import { UNDECLARED_FINGERPRINT } from './dataset/source-options.ts';
import { scoreDataset } from './score/score-dataset.ts';

interface Flags extends SourceFlags {
  readonly selection: string;
  readonly remote: boolean;
  readonly out: string;
  readonly baseRate?: number;
  readonly spreadsheetSafe: boolean;
}

const [imageColumn, captionColumn] = columnOptions();
const program = new Command('score')
  .description('Score every image-caption pair of a dataset with a published selection.')
  .argument('[DATASET]', 'a file or a folder; the forms are below')
  .requiredOption('--out <FILE>', 'the table to write, .csv or .parquet; it appears when it is complete')
  .option(
    '--selection <NAME>',
    'a published name, or the path to a selection.bin or to the folder that precompute wrote',
    'default',
  )
  .option('--remote', "read the name from the account's KV instead of the local server's", false)
  .option(
    '--base-rate <RATE>',
    "share of true pairs in this dataset, between 0 and 1 (default: the selection's own)",
    rateOption,
  )
  .option(
    '--spreadsheet-safe',
    "put ' before texts of the .csv that a spreadsheet would run as formulas (default: every text as it is)",
    false,
  )
  .option(
    '--model <DIR>',
    'the encoder: a folder in the Hugging Face layout, or a fetched hub id (default: models/tiny-clip)',
  )
  .addOption(cacheOption())
  .addOption(maxPixelsOption())
  .addOption(imageColumn)
  .addOption(captionColumn)
  .option('--image-embeddings <I.npy>', 'in place of DATASET: image embeddings, shape (pairs, dim)')
  .option('--text-embeddings <T.npy>', 'text embeddings; row i belongs to row i of the images')
  .option('--encoder-id <ID>', 'the encoder that made the embeddings, such as openai/clip-vit-base-patch32')
  .option('--encoder-fingerprint <TEXT>', `its fingerprint, where known (default: ${UNDECLARED_FINGERPRINT})`)
  .option('--strict', STRICT_HELP, false)
  .addHelpText(
    'after',
    `\nDATASET:\n${DATASET_FORMS}\n\n${HTTP_ENCODER_HELP}\n\n` +
      'Columns: image, caption, cosine, score, probability, low, high (its 95% interval), decision (MATCH, MISMATCH, UNCERTAIN),\n' +
      'error, where. Every row of the dataset in order; one that cannot be scored has an error in place of numbers. An interrupted\n' +
      'run continues where it stopped.\n' +
      'Prints {"out", "pairs", "scored", "duplicates", "match", "mismatch", "uncertain", "failed", "selection", "id"}; progress goes to stderr.',
  )
  .action(async (dataset: string | undefined, flags: Flags) => {
    const { selection, remote, out, baseRate = null, spreadsheetSafe } = flags;
    const summary = await scoreDataset(
      { source: pairSource(dataset, flags), selection, remote, out, baseRate, spreadsheetSafe },
      { startProgress: createProgress(), tell },
    );
    printJson(summary);
  });

addEncoderOptions(program);
await runCommand(program, process.argv);
