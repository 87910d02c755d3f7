import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadEncoder, type LoadedEncoder } from '../scripts/clip/load-encoder.ts';
import { encodePng } from '../scripts/clip/png-file.ts';
import { centredDirections, playPointingGame } from '../scripts/regions/pointing-game.ts';
import { type CaptionedPicture, readSamplePictures } from '../scripts/regions/sample-pictures.ts';
import type { PatchExplainer } from '../src/clip/patches.ts';
import type { RgbImage } from '../src/clip/images/resample.ts';
import { createRandom, type Random } from '../src/core/random.ts';
import { areaUnder, centrePrior, hottestFirst, randomMap } from '../src/core/regions/faithfulness.ts';
import { dot } from '../src/core/vector.ts';
import { AppError } from '../src/errors.ts';
import type { BenchRow } from './measure.ts';

const SEED = 0;
/** Of the sample set, every so many-th. */
const SAMPLE_STEP = 14;
/** Steps from no cell covered to all of them. */
const STEPS = 7;
const RESAMPLES = 2000;
const PHOTOGRAPHS = path.resolve(import.meta.dirname, '../../shared/data/labelled-photos');

/** Least share of composed pictures in which the right half is the hotter one. */
const POINTING_TARGET = 0.8;
const POINTING_PAIRS = 50;

type Tell = (line: string) => void;
type Curve = 'deletion' | 'insertion';

/**
 * Whether a heat map shows what the score hangs on: how fast the score falls when the hottest cells are covered first, how fast it rises
 * when they are shown first, and which half of a composed picture is hotter. MODEL names another model than the bundled one.
 */
export async function benchFaithfulness(tell: Tell): Promise<BenchRow[]> {
  const model = process.env.MODEL;
  const encoder = await loadEncoder({ threads: 2, ...(model === undefined ? {} : { model }) });
  const explainer = await encoder.images.patches?.();
  if (!explainer) throw new Error(`${encoder.info.id} explains no patches`);
  const sample = await readSamplePictures();
  const pointing = await playPointingGame(encoder, explainer, explainer.methods, sample, {
    pairs: POINTING_PAIRS,
    seed: SEED,
  });
  const rows = pointing.map(({ method, wins, asked }) => pointingRow(method, wins, asked));
  for (const row of rows) tell(`${row.name}: ${row.ours.median}`);
  const sets: readonly (readonly [string, readonly CaptionedPicture[]])[] = [
    ['sample', sample.filter((_, i) => i % SAMPLE_STEP === 0)],
    ['photographs', readPhotographs()],
  ];
  for (const [set, pictures] of sets) {
    if (pictures.length === 0) tell(`faithfulness: ${PHOTOGRAPHS} is not here and is left out`);
    else rows.push(...(await curveRows(encoder, explainer, set, pictures, tell)));
  }
  return rows;
}

function readPhotographs(): CaptionedPicture[] {
  const table = path.join(PHOTOGRAPHS, 'labels.csv');
  if (!existsSync(table)) return [];
  const lines = readFileSync(table, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [file, label] = line.split(',');
    const article = /^[aeiou]/.test(label) ? 'an' : 'a';
    return { file: path.join(PHOTOGRAPHS, 'images', file), caption: `${article} ${label}` };
  });
}

/** Areas under both curves of every map and picture. */
async function curveRows(
  encoder: LoadedEncoder,
  explainer: PatchExplainer,
  set: string,
  pictures: readonly CaptionedPicture[],
  tell: Tell,
): Promise<BenchRow[]> {
  const random = createRandom(SEED);
  const directions = await centredDirections(
    encoder,
    pictures.map(({ caption }) => caption),
  );
  const areas = new Map<string, Record<Curve, number[]>>();
  for (const [i, { file }] of pictures.entries()) {
    for (const [name, area] of await areasOf(encoder, explainer, file, directions[i], random)) {
      const known = areas.get(name) ?? { deletion: [], insertion: [] };
      known.deletion.push(area.deletion);
      known.insertion.push(area.insertion);
      areas.set(name, known);
    }
    if (i % 20 === 19) tell(`faithfulness: ${i + 1} of ${pictures.length} of ${set}`);
  }
  const prior = areas.get(CENTRE);
  if (prior === undefined) throw new Error('the centre prior was not measured');
  return [...areas].flatMap(([name, area]) =>
    (['deletion', 'insertion'] as const).flatMap((curve) => [
      row(`${name}, ${set}`, `${curve} area`, meanSpread(area[curve])),
      // Deletion is better the lower it is.
      ...(name === CENTRE
        ? []
        : [
            gainRow(
              `${name}, ${set}`,
              `${curve}, better than the centre prior by`,
              area[curve].map((x, i) => (curve === 'deletion' ? prior[curve][i] - x : x - prior[curve][i])),
            ),
          ]),
    ]),
  );
}

const CENTRE = 'centre prior';
const RANDOM = 'random';

interface NamedMap {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

async function areasOf(
  encoder: LoadedEncoder,
  explainer: PatchExplainer,
  file: string,
  direction: Float32Array,
  random: Random,
): Promise<[string, Record<Curve, number>][]> {
  const maps: NamedMap[] = [];
  let picture: RgbImage | null = null;
  for (const method of explainer.methods) {
    const heat = await explainer.explainImage(new Uint8Array(readFileSync(file)), { direction, method });
    if (heat instanceof AppError) throw heat;
    picture = heat.preview;
    maps.push({ ...heat, name: method });
  }
  if (picture === null) throw new Error('no map was made');
  const { rows, columns } = maps[0];
  maps.push({ name: CENTRE, rows, columns, values: centrePrior(rows, columns) });
  maps.push({ name: RANDOM, rows, columns, values: randomMap(rows, columns, random) });
  const colour = meanColour(picture);
  const covered: RgbImage[] = [picture, coverCells(picture, maps[0], allOf(maps[0]), colour)];
  for (const map of maps) {
    const order = hottestFirst(map.values);
    for (let step = 1; step < STEPS; step++) {
      const count = Math.round((step * order.length) / STEPS);
      covered.push(coverCells(picture, map, order.subarray(0, count), colour));
      covered.push(coverCells(picture, map, order.subarray(count), colour));
    }
  }
  const scores = (await encoder.images.encodeImages(covered.map(encodePng))).map((vector) => {
    if (vector instanceof AppError) throw vector;
    return dot(vector, 0, direction, 0, direction.length);
  });
  const [whole, none] = scores;
  return maps.map(({ name }, i) => {
    const from = 2 + i * 2 * (STEPS - 1);
    const inner = Array.from({ length: STEPS - 1 }, (_, step) => step);
    const deletion = [whole, ...inner.map((step) => scores[from + 2 * step]), none];
    const insertion = [none, ...inner.map((step) => scores[from + 2 * step + 1]), whole];
    return [
      name,
      {
        deletion: areaUnder(Float64Array.from(deletion)),
        insertion: areaUnder(Float64Array.from(insertion)),
      },
    ];
  });
}

function allOf({ rows, columns }: NamedMap): Uint32Array {
  return Uint32Array.from({ length: rows * columns }, (_, cell) => cell);
}

/** A copy with the mean colour over some cells of a map. */
function coverCells(
  picture: RgbImage,
  { rows, columns }: NamedMap,
  cells: Uint32Array,
  colour: readonly number[],
): RgbImage {
  const { width, height } = picture;
  const data = picture.data.slice();
  for (const cell of cells) {
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    for (let y = Math.round((row * height) / rows); y < Math.round(((row + 1) * height) / rows); y++) {
      const to = Math.round(((column + 1) * width) / columns);
      for (let x = Math.round((column * width) / columns); x < to; x++) data.set(colour, 3 * (y * width + x));
    }
  }
  return { width, height, data };
}

function meanColour({ data }: RgbImage): number[] {
  const sums = [0, 0, 0];
  data.forEach((value, at) => (sums[at % 3] += value));
  return sums.map((sum) => Math.round((3 * sum) / data.length));
}

function pointingRow(method: string, wins: number, asked: number): BenchRow {
  const share = wins / asked;
  // Wilson's 95% interval.
  const z = 1.96;
  const centre = (share + (z * z) / (2 * asked)) / (1 + (z * z) / asked);
  const half =
    (z * Math.sqrt((share * (1 - share)) / asked + (z * z) / (4 * asked * asked))) / (1 + (z * z) / asked);
  return {
    name: `${method}, ${asked} halves`,
    metric: 'the right half is hotter',
    unit: 'share',
    ours: { median: rounded(share), min: rounded(centre - half), max: rounded(centre + half) },
    rival: { name: CENTRE, median: 0.5, min: 0.5, max: 0.5 },
    ratio: rounded(0.5 / share),
    target: null,
    met: share >= POINTING_TARGET,
  };
}

function row(name: string, metric: string, ours: BenchRow['ours']): BenchRow {
  return { name, metric, unit: 'score', ours, rival: null, ratio: null, target: null, met: null };
}

function gainRow(name: string, metric: string, differences: readonly number[]): BenchRow {
  const ours = meanSpread(differences);
  return { ...row(name, metric, ours), met: ours.min > 0 };
}

/** The mean, and the 95% interval of its bootstrap. */
function meanSpread(values: readonly number[]): BenchRow['ours'] {
  const random = createRandom(SEED);
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[random.nextInt(values.length)];
    return sum / values.length;
  }).sort();
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return {
    median: rounded(mean),
    min: rounded(means[Math.floor(0.025 * RESAMPLES)]),
    max: rounded(means[Math.ceil(0.975 * RESAMPLES) - 1]),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
