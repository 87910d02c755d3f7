import path from 'node:path';
import cliProgress from 'cli-progress';
import { Command, Option } from 'commander';
import { escapeControls, printJson, tell } from './cli/messages.ts';
import { numberFrom } from './cli/options.ts';
import { runCommand } from './cli/run.ts';
import { showTable } from './cli/text-table.ts';
import { checkModel } from './model/check-model.ts';
import { fetchModel, onnxRepository } from './model/fetch-model.ts';
import { listModels } from './model/list-models.ts';
import { addRegions } from './regions/add-regions.ts';
import { checkHubId } from './clip/hub-id.ts';
import {
  DEFAULT_MODEL,
  MODELS_FOLDER,
  type ModelDescription,
  type Precision,
  PRECISIONS,
  writeDescription,
} from './clip/model-folder.ts';

const program = new Command('model').description('Bring, describe and check the encoders in models/.');

program
  .command('list')
  .description(
    'the models that are known: what they know, sizes, licences, where they run, whether they are here',
  )
  .addHelpText(
    'after',
    '\nPrints [{"id", "from", "knows", "languages", "dim", "megabytes", "licence", "logitScale", "logitBias", "isHere", "runs", "note"}]; on a\n' +
      'terminal the same as a table on stderr. "runs": how it runs, or null where it does not. Sources: docs/models.md.',
  )
  .action(listCommand);

program
  .command('fetch')
  .description(
    'bring a model with ONNX files from the Hugging Face hub to models/<id>, check every file and try it',
  )
  .argument('<id>', 'hub id, such as openai/clip-vit-base-patch32')
  .option(
    '--from <repository>',
    'hub repository with the ONNX files (default: what `model list` shows, else <id>)',
  )
  .option('--revision <name>', 'branch, tag or commit', 'main')
  .addOption(
    new Option(
      '--precision <name>',
      'weights of both towers (default: q8; fp32 for the pictures of MobileCLIP)',
    ).choices(Object.keys(PRECISIONS)),
  )
  .option(
    '--out <folder>',
    'where to put it: a new folder, or that of an earlier fetch, which is replaced (default: models/<id>)',
  )
  .option('--host <url>', 'a mirror of the hub (default: HF_ENDPOINT of the environment, else the hub)')
  .addHelpText(
    'after',
    '\nA fetch that ends early leaves <folder>.fetching, which the next one goes on with. HF_TOKEN of the environment is sent to the hub.',
  )
  .action(fetchCommand);

program
  .command('describe')
  .description('write encoder.json (id, dim, fingerprint, file hashes) for a model folder, from its files')
  .argument('[folder]', 'model folder', DEFAULT_MODEL)
  .option('--id <id>', 'the encoder id (default: the present one, else the path below models/)')
  .option('--revision <name>', 'what to record as its revision')
  .option(
    '--logit-scale <number>',
    'what cosines are multiplied by before a softmax over labels',
    numberFrom(0),
  )
  .option('--logit-bias <number>', 'what a model of a sigmoid a pair adds (SigLIP)', numberFrom(-1e9))
  .action(describeCommand);

program
  .command('check')
  .description(
    'load a model, encode texts and a picture, compare its own golden vectors, tell what fits where; JSON with times',
  )
  .argument('[model]', 'model folder or hub id', DEFAULT_MODEL)
  .action(checkCommand);

program
  .command('regions')
  .description(
    'find in a model what its heat maps can be made of, measure them, write a graph beside its picture tower',
  )
  .argument('[model]', 'model folder or hub id', DEFAULT_MODEL)
  .addHelpText(
    'after',
    '\nPrints {"methods", "graph", "reason", "cosine", "pointing"}: the best method first, and why it is occlusion where the last block was\n' +
      'not found. `model fetch` does the same. Sources and figures: docs/explain.md.',
  )
  .action(regionsCommand);

interface FetchFlags {
  readonly from?: string;
  readonly revision: string;
  readonly precision?: Precision;
  readonly out?: string;
  readonly host?: string;
}

async function fetchCommand(id: string, flags: FetchFlags): Promise<void> {
  checkHubId(id, 'the id');
  const out = path.resolve(flags.out ?? path.join(MODELS_FOLDER, id));
  const from = flags.from ?? onnxRepository(id);
  if (from !== id) tell(`${id}: taking the ONNX files of ${from}`);
  const bar = new cliProgress.SingleBar(
    { format: '{file} {bar} {percentage}% of {megabytes} MB', stream: process.stderr, clearOnComplete: true },
    cliProgress.Presets.shades_classic,
  );
  bar.start(1, 0, { file: '', megabytes: '0' });
  let description: ModelDescription;
  try {
    description = await fetchModel({
      ...flags,
      id,
      from,
      precision: flags.precision ?? null,
      out,
      host: flags.host ?? null,
      onProgress(file, loaded, total) {
        bar.setTotal(total);
        bar.update(loaded, { file: escapeControls(file), megabytes: (total / 1e6).toFixed(1) });
      },
    });
  } finally {
    bar.stop();
  }
  const { id: described, dim, fingerprint, folder } = description;
  tell('Looking for what its heat maps can be made of');
  printJson({ id: described, dim, fingerprint, folder, regions: await addRegions(folder) });
}

async function regionsCommand(model: string): Promise<void> {
  printJson(await addRegions(model), 2);
}

async function describeCommand(
  folder: string,
  flags: {
    readonly id?: string;
    readonly revision?: string;
    readonly logitScale?: number;
    readonly logitBias?: number;
  },
): Promise<void> {
  printDescription(await writeDescription(folder, flags));
}

function printDescription({ id, dim, fingerprint, folder }: ModelDescription): void {
  printJson({ id, dim, fingerprint, folder });
}

async function checkCommand(model: string): Promise<void> {
  printJson(await checkModel(model), 2);
}

function listCommand(): void {
  const models = listModels();
  showTable(
    ['id', 'knows', 'languages', 'dim', 'MB', 'licence', 'here', 'runs'],
    models.map(({ id, knows, languages, dim, megabytes, licence, isHere, runs, note }) => {
      const size = megabytes === null ? '-' : String(megabytes);
      return [id, knows, languages, String(dim), size, licence, isHere ? 'yes' : 'no', runs ?? `no: ${note}`];
    }),
  );
  printJson(models);
}

await runCommand(program, process.argv);
