import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { createProgress } from '../../cli/progress.ts';
import { runCommand } from '../../cli/run.ts';
import { UserError } from '../../cli/user-error.ts';
import { loadEncoder } from '../../clip/load-encoder.ts';
import { DEFAULT_MODEL, MODELS_FOLDER } from '../../clip/model-folder.ts';
import { PROJECT_ROOT } from '../../kv/project.ts';
import { replaceBetween } from './committed-metrics.ts';
import { createEmbedder } from './encode.ts';
import { measureAll } from './measure-all.ts';
import type { Measure } from './measure.ts';
import { markdownTable, percent } from './report.ts';

/** What runs are compared by: columns of the table. */
const COLUMNS: readonly { readonly title: string; readonly split: RegExp; readonly task: string }[] = [
  { title: 'known concepts, top 1/5', split: /^known concepts$/, task: 'names of 10 pictures or more' },
  { title: 'picture to human caption, top 1/5/10', split: /^COCO/, task: 'picture to caption' },
  { title: 'human caption to picture', split: /^COCO/, task: 'caption to picture' },
  {
    title: 'drawings of the sample, own caption',
    split: /^drawings of the sample$/,
    task: 'own caption among all of the sample',
  },
];

interface Run {
  readonly name: string;
  readonly model: string;
}

const program = new Command('ablations')
  .description('Compare training runs on the held-out split val, which choices are made by: one line a run.')
  .addArgument(
    new Argument('<NAME=DIR...>', 'what a run is called, and the model folder that it was exported to'),
  )
  .option('--photos <DIR>', 'a set with photos.csv', join(PROJECT_ROOT, '../shared/data/photos'))
  .option('--write', 'put the table between the markers of the card of models/tiny-clip', false)
  .action(compareRuns);

async function compareRuns(
  texts: readonly string[],
  { photos, write }: { readonly photos: string; readonly write: boolean },
): Promise<void> {
  const runs = texts.map(readRun);
  const places = { photos, labelledPhotos: null, sample: join(MODELS_FOLDER, 'sample') };
  const lines: string[][] = [];
  for (const { name, model } of runs) {
    const embedder = createEmbedder(await loadEncoder({ model }), createProgress());
    const { measures } = await measureAll(places, 'val', embedder);
    lines.push([name, ...COLUMNS.map((column) => shareOf(measures, column))]);
  }
  const table = markdownTable(['run', ...COLUMNS.map(({ title }) => title)], lines);
  process.stdout.write(`${table}\n`);
  if (!write) return;
  const card = join(DEFAULT_MODEL, 'README.md');
  await writeFile(card, replaceBetween(await readFile(card, 'utf8'), 'ablations', table));
}

function readRun(text: string): Run {
  const at = text.lastIndexOf('=');
  if (at < 1 || at === text.length - 1) throw new UserError(`expected NAME=DIR, got "${text}".`);
  return { name: text.slice(0, at), model: text.slice(at + 1) };
}

function shareOf(measures: readonly Measure[], { split, task }: (typeof COLUMNS)[number]): string {
  const found = measures.find((measure) => split.test(measure.split) && measure.task === task);
  return found === undefined ? '-' : percent(found.top);
}

await runCommand(program, process.argv);
