import { join } from 'node:path';
import { Command } from 'commander';
import { dot } from '../src/core/vector.ts';
import { tell } from './cli/messages.ts';
import { createProgress } from './cli/progress.ts';
import { runCommand } from './cli/run.ts';
import { UserError } from './cli/user-error.ts';
import { loadEncoder } from './clip/load-encoder.ts';
import { DEFAULT_MODEL, MODELS_FOLDER, findModel } from './clip/model-folder.ts';
import { parseTable } from './dataset/parse-rows.ts';
import { readText } from './files/file-access.ts';
import { openingProblems } from './opening/check-opening.ts';
import { type OpeningChoice, type SampleRow, chooseOpening } from './opening/choose-opening.ts';
import { readOpening, writeOpening } from './opening/opening-file.ts';
import { type Embedder, createEmbedder } from './train-tiny-clip/photographs/encode.ts';

/** As many as the page shows of either. */
const COUNT = 32;
const SAMPLE = join(MODELS_FOLDER, 'sample');
const COLUMNS = ['image', 'caption', 'kind', 'source'] as const;

interface Flags {
  readonly check: boolean;
  readonly model: string;
}

const program = new Command('opening')
  .description('Choose what the page opens with: sample pictures that the encoder gets right, and hard ones.')
  .option('--check', 'change nothing; exit 1 when the committed choice does not hold for the weights', false)
  .option('--model <DIR>', "the encoder's folder; opening.json is written into it", DEFAULT_MODEL)
  .addHelpText(
    'after',
    '\nWrites opening.json beside the weights. Run it after the weights or models/sample have changed.',
  )
  .action(async ({ check: isCheck, model }: Flags) => {
    const encoder = await loadEncoder({ model });
    const embedder = createEmbedder(encoder, createProgress());
    const rows = await readRows();
    const { folder } = findModel(model);
    const { fingerprint } = encoder.info;
    if (isCheck) await check(folder, fingerprint, rows, embedder);
    else await choose(folder, fingerprint, rows, embedder);
  });

async function choose(
  folder: string,
  fingerprint: string,
  rows: readonly SampleRow[],
  embedder: Embedder,
): Promise<void> {
  const pictures = await embedder.pictures(rows.map(({ image }) => join(SAMPLE, image)));
  const texts = await embedder.texts(rows.map(({ caption }) => caption));
  const cosines = new Float32Array(rows.length * rows.length);
  pictures.forEach((picture, i) =>
    texts.forEach((text, j) => (cosines[i * rows.length + j] = dot(picture, 0, text, 0, text.length))),
  );
  const choice = chooseOpening(rows, cosines, COUNT);
  if (choice.right.length === 0) {
    throw new UserError(`this encoder gets no picture of ${SAMPLE} right: there is nothing to open with`);
  }
  await writeOpening(folder, { fingerprint, ...choice });
  tell(
    `chose ${choice.right.length} pictures that the encoder gets right by ${choice.margin} and ${choice.hard.length} hard ones of ${rows.length}`,
  );
}

async function check(
  folder: string,
  fingerprint: string,
  rows: readonly SampleRow[],
  embedder: Embedder,
): Promise<void> {
  const opening = await readOpening(folder);
  if (opening.fingerprint !== fingerprint) {
    throw new UserError(
      `${folder}/opening.json was chosen by the weights ${opening.fingerprint}, these are ${fingerprint}: run npm run -s opening`,
    );
  }
  const problems = openingProblems(opening, rows, await cosinesOf(opening, rows, embedder));
  if (problems.length > 0) {
    throw new UserError(
      `${folder}/opening.json does not hold: run npm run -s opening\n  ${problems.join('\n  ')}`,
    );
  }
  tell(`all ${opening.right.length} pictures are right and all ${opening.hard.length} hard ones are hard`);
}

/** Only of the pictures in it. */
async function cosinesOf(
  { right, hard }: OpeningChoice,
  rows: readonly SampleRow[],
  embedder: Embedder,
): Promise<(image: string, caption: string) => number> {
  const known = new Set(rows.map(({ image }) => image));
  const images = [...right, ...hard].map(({ image }) => image).filter((image) => known.has(image));
  const captions = rows.map(({ caption }) => caption);
  const pictureOf = mapOf(images, await embedder.pictures(images.map((image) => join(SAMPLE, image))));
  const textOf = mapOf(captions, await embedder.texts(captions));
  return (image, caption) => {
    const [picture, text] = [pictureOf.get(image), textOf.get(caption)];
    return picture && text ? dot(picture, 0, text, 0, text.length) : NaN;
  };
}

function mapOf(keys: readonly string[], vectors: readonly Float32Array[]): ReadonlyMap<string, Float32Array> {
  return new Map(keys.map((key, i) => [key, vectors[i]]));
}

/** @throws UserError when captions.csv lacks a column */
async function readRows(): Promise<SampleRow[]> {
  const path = join(SAMPLE, 'captions.csv');
  const table = parseTable(
    await readText(path),
    path,
    COLUMNS.map((column) => [column]),
  );
  return table.map(({ line, cells }) => {
    const [image, caption, kind, source] = COLUMNS.map((column) => {
      const cell = cells[column];
      if (typeof cell !== 'string') throw new UserError(`${path} line ${line}: no column ${column}.`);
      return cell;
    });
    return { image, caption, kind, source };
  });
}

await runCommand(program, process.argv);
