import path from 'node:path';
import cliProgress from 'cli-progress';
import { Command, Option } from 'commander';
import { AppError } from '../src/errors.ts';
import { escapeControls, printJson, tell } from './cli/messages.ts';
import { runCommand } from './cli/run.ts';
import { fetchModel, onnxRepository } from './clip/fetch-model.ts';
import { loadEncoder } from './clip/load-encoder.ts';
import { checkHubId } from './clip/hub-id.ts';
import {
  DEFAULT_MODEL,
  MODELS_FOLDER,
  type ModelDescription,
  writeDescription,
} from './clip/model-folder.ts';
import { drawTestPicture } from './clip/test-picture.ts';

const CHECK_TEXT = 'a red square on white';

const program = new Command('model').description('Bring, describe and check the encoders in models/.');

program
  .command('fetch')
  .description('bring a CLIP with ONNX files from the Hugging Face hub to models/<id> and describe it')
  .argument('<id>', 'hub id, such as openai/clip-vit-base-patch32')
  .option(
    '--from <repository>',
    'hub repository with the ONNX files (default: <id>; for openai/clip-vit-* the exports of Xenova)',
  )
  .option('--revision <name>', 'branch, tag or commit', 'main')
  .addOption(new Option('--precision <name>', 'weights').choices(['q8', 'fp32']).default('q8'))
  .option(
    '--out <folder>',
    'where to put it: a new folder, or that of an earlier fetch, which is replaced (default: models/<id>)',
  )
  .option('--host <url>', 'a mirror of the hub')
  .action(fetchCommand);

program
  .command('describe')
  .description('write encoder.json (id, dim, fingerprint, file hashes) for a model folder, from its files')
  .argument('[folder]', 'model folder', DEFAULT_MODEL)
  .option('--id <id>', 'the encoder id (default: the present one, else the path below models/)')
  .option('--revision <name>', 'what to record as its revision')
  .action(describeCommand);

program
  .command('check')
  .description('load a model, encode one text and one picture, print id, dim, fingerprint and times as JSON')
  .argument('[model]', 'model folder or hub id', DEFAULT_MODEL)
  .action(checkCommand);

interface FetchFlags {
  readonly from?: string;
  readonly revision: string;
  readonly precision: 'q8' | 'fp32';
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
  printDescription(description);
}

async function describeCommand(
  folder: string,
  flags: { readonly id?: string; readonly revision?: string },
): Promise<void> {
  printDescription(await writeDescription(folder, flags));
}

function printDescription({ id, dim, fingerprint, folder }: ModelDescription): void {
  printJson({ id, dim, fingerprint, folder });
}

async function checkCommand(model: string): Promise<void> {
  const started = performance.now();
  const encoder = await loadEncoder({ model });
  const times: Record<string, number> = { openMs: elapsed(started) };
  const picture = drawTestPicture();
  for (const round of ['first', 'second'] as const) {
    const textFrom = performance.now();
    const [text] = await encoder.text.encodeTexts([CHECK_TEXT]);
    times[`${round}TextMs`] = elapsed(textFrom);
    const imageFrom = performance.now();
    const [image] = await encoder.images.encodeImages([picture]);
    times[`${round}ImageMs`] = elapsed(imageFrom);
    if (image instanceof AppError) throw image;
    if (round === 'second') times.cosine = text.reduce((sum, value, i) => sum + value * image[i], 0);
  }
  printJson({ ...encoder.info, ...times }, 2);
}

function elapsed(fromMs: number): number {
  return Math.round((performance.now() - fromMs) * 10) / 10;
}

await runCommand(program, process.argv);
