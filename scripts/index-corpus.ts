import { Command, Option } from 'commander';
import { commaList, wholeNumber } from './cli/options.ts';
import { printJson } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { addEncoderOptions, HTTP_ENCODER_HELP } from './clip/encoder-options.ts';
import { maxPixelsOption } from './clip/picture-limit.ts';
import { MAX_THUMBNAIL_BYTES } from '../src/storage/publish-corpus.ts';
import { THUMBNAIL_SIDE } from './corpus/make-thumbnails.ts';
import { POSTGRES_INDEXES } from './corpus/engines/postgres.ts';
import type { IndexFlags } from './corpus/index-flags.ts';
import { runIndex } from './corpus/run-index.ts';
import { cacheOption } from './dataset/cache-option.ts';
import { columnOptions } from './dataset/column-options.ts';
import { STRICT_HELP } from './dataset/skipped-rows.ts';
import { DATASET_FORMS } from './dataset/pair-source.ts';
import { ROW_FORMS } from '../src/format/row-forms.ts';
import { WAIT_OPTION } from './kv/publish-lock.ts';

/** What one search may re-rank: see `limits.rerank` of the API. */
const MAX_RERANK = 1000;

const [imageColumn, captionColumn] = columnOptions();
const program = new Command('index')
  .description('Pack embeddings as a corpus for search: add to it, replace in it, delete from it.')
  .argument('[DATASET]', 'pictures to encode and pack; the forms are below')
  .requiredOption('--corpus <NAME>', 'the corpus; made when there is none')
  .option(
    '--image-embeddings <I.npy>',
    'in place of DATASET: image embeddings, shape (count, dim), of the encoder of the selection',
  )
  .option('--text-embeddings <T.npy>', 'or text embeddings')
  .addOption(
    new Option('--modality <WHAT>', 'what of a DATASET is packed (default: image)').choices([
      'image',
      'text',
    ]),
  )
  .option(
    '--selection <NAME>',
    'the published selection to pack for: its coordinates and calibration (default: the one that the corpus is packed for; for a new corpus the one named default)',
  )
  .option('--ids <ids.txt>', 'one id a line for the rows of the .npy file (default: their numbers, from 0)')
  .option(
    '--metadata <META>',
    'a .csv, .tsv, .jsonl or .ndjson file with a column id; the others are metadata',
  )
  .option(
    '--fields <A,B>',
    'metadata fields that filters may use (default: all with short values)',
    commaList(String),
  )
  .option('--delete <ids.txt>', 'ids to delete, one a line')
  .option('--replace', 'start from nothing instead of from what the corpus holds', false)
  .option(
    '--drop',
    'remove the corpus, and with --engine the rows that a run left there which was stopped',
    false,
  )
  .addOption(
    new Option(
      '--plan <PLAN>',
      'full: scan full int8 vectors; compact: scan the kept coordinates, re-rank by full vectors; auto: full where it fits (default: auto, or compact where the corpus is)',
    ).choices(['auto', 'full', 'compact']),
  )
  .addOption(
    new Option(
      '--encoding <FORM>',
      'how plan compact stores the kept coordinates: int8 with a scale a vector, int4 or sign bits with steps that all vectors share (default: as the corpus has it, else as the selection was made for, else int8); takes plan compact',
    ).choices(ROW_FORMS),
  )
  .option(
    '--bytes <N>',
    'the encoding in which the kept coordinates take exactly so many bytes a vector; takes plan compact',
    wholeNumber(1),
  )
  .addOption(
    new Option(
      '--engine <KIND>',
      'what finds the candidates of a search (docs/search.md, Engines); a corpus that is there moves to it, without the data that it came from (default: as the corpus has it, also where its manifest is damaged and is replaced, else isolate)',
    ).choices(['isolate', 'postgres', 'vectorize']),
  )
  .option(
    '--vectorize-index <NAME>',
    'the index of Vectorize (default: that of the corpus, else of the binding VECTORS in wrangler.toml)',
  )
  .addOption(
    new Option(
      '--postgres-index <HOW>',
      'how PostgreSQL compares: every row, by a graph of halfvecs, or by one of sign bits first (default: as the corpus has it, else exact below 10,000 vectors and hnsw above)',
    ).choices(POSTGRES_INDEXES),
  )
  .option(
    '--rerank <N>',
    'candidates that plan compact re-ranks when a search does not say (default: 20, 100 or 1000, by the selection)',
    wholeNumber(0, MAX_RERANK),
  )
  .option(
    '--thumbnails',
    `store a small picture beside each vector of a DATASET, for results to show: WebP of quality 70, ${THUMBNAIL_SIDE} pixels at most, ${MAX_THUMBNAIL_BYTES / 1024} KiB at most (default: where the corpus has some)`,
  )
  .option('--no-thumbnails', 'make none, and remove those that the corpus has')
  .option(
    '--model <DIR>',
    'the encoder of a DATASET: a folder in the Hugging Face layout, or a fetched hub id (default: models/tiny-clip)',
  )
  .addOption(cacheOption())
  .addOption(maxPixelsOption())
  .addOption(imageColumn)
  .addOption(captionColumn)
  .option('--strict', STRICT_HELP, false)
  .option(...WAIT_OPTION)
  .option(
    '--no-wait',
    'of the engine vectorize: end before searches see what was written, which they then say by complete: false; with --drop before all is seen that is to be removed',
  )
  .option('--remote', "the account's KV instead of the local server's (needs `npx wrangler login`)", false)
  .addHelpText(
    'after',
    `\nDATASET:\n${DATASET_FORMS}\n\n${HTTP_ENCODER_HELP}\n\n` +
      'A vector whose id the corpus has takes its place; the others are added. Readers see either the old corpus or the new one, never a mixture.\n' +
      'Prints {"corpus", "count", "added", "replaced", "deleted", "selection", "encoder", "modality", "plan", "engine", "encoding", "bytesPerVector", "memoryBytes",\n' +
      '"segments", "rerank", "fields", "thumbnails", "skipped", "valuesWritten"}, and "skippedRows" where there are some; progress and the plan with its cost go to stderr.',
  )
  .action(async (dataset: string | undefined, flags: IndexFlags) => {
    const summary = await runIndex(dataset, flags);
    printJson(summary);
  });

addEncoderOptions(program);
await runCommand(program, process.argv);
