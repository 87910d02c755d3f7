import { dirname } from 'node:path';
import { Command } from 'commander';
import { rateOption } from './cli/options.ts';
import { printJson, tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { addEncoderOptions, HTTP_ENCODER_HELP, httpChoiceOf } from './clip/encoder-options.ts';
import { maxPixelsOption } from './clip/picture-limit.ts';
import { cacheOption } from './dataset/cache-option.ts';
import { columnOptions } from './dataset/column-options.ts';
import { STRICT_HELP } from './dataset/skipped-rows.ts';
import { DATASET_FORMS } from './dataset/pair-source.ts';
import { createProgress } from './cli/progress.ts';
import { type SourceFlags, pairSource } from './dataset/source-flags.ts';
import { UNDECLARED_FINGERPRINT } from './dataset/source-options.ts';
import { type MetricName, metricsOption } from './score/metric-names.ts';
import { withNewFolder } from './kv/writable-folder.ts';
import { scoreDataset } from './score/score-dataset.ts';
import { scoreQuads } from './score/score-quads.ts';

interface Flags extends SourceFlags {
  readonly selection: string;
  readonly remote: boolean;
  readonly out?: string;
  readonly quads?: string;
  readonly baseRate?: number;
  readonly spreadsheetSafe: boolean;
  readonly metrics: MetricName[];
}

const [imageColumn, captionColumn] = columnOptions();
const program = new Command('score')
  .description('Score every image-caption pair of a dataset with a published selection.')
  .argument('[DATASET]', 'a file or a folder; the forms are below')
  .option(
    '--out <FILE>',
    'the table to write, .csv or .parquet; it appears when it is complete (with --quads: none)',
  )
  .option(
    '--quads <FILE>',
    'in place of DATASET: a table of two pictures and two captions a row (image_0, caption_0, image_1, caption_1), as Winoground has them',
  )
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
    '--metrics <NAMES>',
    'further columns: clip-score, ref-clip-score (of the other captions of the picture), or both with a comma between',
    metricsOption,
    [],
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
      'error, where; with --metrics also clip_score, ref_clip_score and truncated (docs/scores.md). Every row of the dataset in order; one that cannot be scored has an error in place of numbers. An interrupted\n' +
      'run continues where it stopped.\n' +
      'Prints {"out", "pairs", "scored", "duplicates", "match", "mismatch", "uncertain", "failed", "outside", "selection", "id"}, and means of --metrics; progress goes to stderr.\n' +
      'With --quads prints {"quads", "scored", "failed", "failedRows", "cosine", "score", "chance", "out", "selection", "id"}: cosine and score\n' +
      'have {"text", "image", "group"}, each a share of the rows with its exact 95% interval (docs/scores.md).',
  )
  .action(async (dataset: string | undefined, flags: Flags) => {
    const output = { startProgress: createProgress(), tell };
    const { quads, out } = flags;
    if (quads !== undefined) {
      refuseBeside(dataset, flags);
      const { model, maxPixels, cache, selection, remote, strict = false } = flags;
      const encoder = { model, maxPixels, http: httpChoiceOf(flags, model) };
      const options = { path: quads, encoder, cache, selection, remote, out, strict };
      const score = () => scoreQuads(options, output);
      return printJson(await (out === undefined ? score() : withNewFolder(dirname(out), score)));
    }
    if (out === undefined) throw new UserError("required option '--out <FILE>' not specified");
    const { selection, remote, baseRate = null, spreadsheetSafe, metrics } = flags;
    const source = pairSource(dataset, flags);
    const options = { source, selection, remote, out, baseRate, spreadsheetSafe, metrics };
    printJson(await withNewFolder(dirname(out), () => scoreDataset(options, output)));
  });

/** What has no effect on quads is a misunderstanding. */
function refuseBeside(dataset: string | undefined, flags: Flags): void {
  const given = {
    DATASET: dataset,
    '--image-embeddings': flags.imageEmbeddings,
    '--text-embeddings': flags.textEmbeddings,
    '--encoder-id': flags.encoderId,
    '--encoder-fingerprint': flags.encoderFingerprint,
    '--image-column': flags.imageColumn,
    '--caption-column': flags.captionColumn,
    '--base-rate': flags.baseRate,
    '--metrics': flags.metrics[0],
    '--spreadsheet-safe': flags.spreadsheetSafe || undefined,
  };
  const [beside] = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : name));
  if (beside !== undefined) throw new UserError(`${beside} does not go with --quads`);
}

addEncoderOptions(program);
await runCommand(program, process.argv);
