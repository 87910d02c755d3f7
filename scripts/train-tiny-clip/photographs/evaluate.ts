import { join } from 'node:path';
import { Command, Option } from 'commander';
import { printJson, tell } from '../../cli/messages.ts';
import { createProgress } from '../../cli/progress.ts';
import { runCommand } from '../../cli/run.ts';
import { UserError } from '../../cli/user-error.ts';
import { loadEncoder } from '../../clip/load-encoder.ts';
import { DEFAULT_MODEL, findModel, MODELS_FOLDER } from '../../clip/model-folder.ts';
import { PROJECT_ROOT } from '../../kv/project.ts';
import { differences, readCommitted, writeCommitted } from './committed-metrics.ts';
import { createEmbedder } from './encode.ts';
import { tryLimits } from './limits.ts';
import { measureAll, type Places, type Report, whereSetIs } from './measure-all.ts';
import { toMarkdown, toTextTable } from './report.ts';

const SHARED = join(PROJECT_ROOT, '../shared/data');

interface Flags {
  readonly photos?: string;
  readonly labelledPhotos?: string;
  readonly sample?: string;
  readonly split: 'test' | 'val';
  readonly model?: string;
  readonly markdown: boolean;
  readonly json: boolean;
  readonly limits: boolean;
  readonly check: boolean;
  readonly write: boolean;
}

const program = new Command('evaluate-photographs')
  .description('Measure an encoder on photographs, as users ask: names without a template, by cosine.')
  .option(
    '--photos <DIR>',
    'a set with photos.csv (default: ../shared/data/photos beside the project, if it is there)',
  )
  .option(
    '--labelled-photos <DIR>',
    'a set with labels.csv (default: ../shared/data/labelled-photos, if it is there)',
  )
  .option('--sample <DIR>', 'pictures of both kinds with captions (default: models/sample)')
  .addOption(
    new Option('--split <NAME>', 'test is for the report, val for choosing')
      .choices(['test', 'val'])
      .default('test'),
  )
  .option(
    '--model <DIR>',
    'the encoder: a folder in the Hugging Face layout, or a fetched hub id (default: models/tiny-clip)',
  )
  .addOption(new Option('--markdown', 'print the table as Markdown').default(false).conflicts('json'))
  .option(
    '--limits',
    'try what such an encoder cannot do instead: counting, reading, names, light, ...',
    false,
  )
  .option('--json', 'print every number as JSON', false)
  .addOption(
    new Option(
      '--check',
      "compare with the model's metrics.json; exit 1 where a committed number does not hold",
    )
      .default(false)
      .conflicts('write'),
  )
  .option('--write', "put the numbers into the model's metrics.json and the table into its README.md", false)
  .addHelpText(
    'after',
    '\nphotos.csv has the columns file, concept, captions (one to three, with | between), source, split (train, val, test). Pictures of\n' +
      'concepts that have training pictures are "known", those of the others "unseen". labels.csv has no header: file below images/, label.\n' +
      'A set that is not there is skipped with a notice.',
  )
  .action(evaluate);

async function evaluate(flags: Flags): Promise<void> {
  const encoder = await loadEncoder({ model: flags.model });
  const embedder = createEmbedder(encoder, createProgress());
  const places = placesOf(flags);
  const report = flags.limits
    ? await tryLimits(places, encoder, embedder)
    : await measureAll(places, flags.split, embedder);
  for (const line of [...report.missing, ...report.empty]) tell(`skipped: ${line}`);
  const { fingerprint } = encoder.info;
  print(report, flags, fingerprint);
  const { folder } = findModel(flags.model ?? DEFAULT_MODEL);
  if (flags.check) await check(report, flags, folder);
  if (flags.write) await write(report, flags, folder, fingerprint);
}

function placesOf({ photos, labelledPhotos, sample }: Flags): Places {
  return {
    photos: photos ?? whereSetIs(join(SHARED, 'photos'), 'photos.csv'),
    labelledPhotos: labelledPhotos ?? whereSetIs(join(SHARED, 'labelled-photos'), 'labels.csv'),
    sample: sample ?? join(MODELS_FOLDER, 'sample'),
  };
}

function print({ measures }: Report, { json, markdown, split }: Flags, fingerprint: string): void {
  if (json) printJson({ fingerprint, split, measures }, 1);
  else process.stdout.write(`${markdown ? toMarkdown(measures) : toTextTable(measures)}\n`);
}

async function check({ measures, missing }: Report, flags: Flags, folder: string): Promise<void> {
  onlyTest(flags.split, '--check');
  const committed = await readCommitted(folder, partOf(flags));
  if (committed === null)
    throw new UserError(`${folder}/metrics.json has no such numbers; --write puts them there.`);
  const found = differences(committed.measures, measures, missing.length === 0);
  if (found.length > 0)
    throw new UserError(`${found.length} committed numbers do not hold:\n  ${found.join('\n  ')}`);
  tell(`the committed numbers hold${missing.length === 0 ? '' : ', as far as they could be measured'}`);
}

async function write(
  { measures, missing }: Report,
  flags: Flags,
  folder: string,
  fingerprint: string,
): Promise<void> {
  onlyTest(flags.split, '--write');
  if (missing.length > 0) {
    tell(`nothing is written: ${folder}/metrics.json has the numbers of every set, and some are not here`);
    return;
  }
  await writeCommitted(folder, partOf(flags), { fingerprint, measures });
}

function partOf({ limits }: Flags): 'photographs' | 'limits' {
  return limits ? 'limits' : 'photographs';
}

/** @throws UserError for numbers of val, which choices are made by: the card shows what was held back from them */
function onlyTest(split: string, flag: string): void {
  if (split !== 'test')
    throw new UserError(`${flag} is for --split test: the card shows no numbers of ${split}.`);
}

await runCommand(program, process.argv);
