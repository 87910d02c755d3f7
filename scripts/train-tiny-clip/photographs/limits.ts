import type { RgbImage } from '../../../src/clip/images/resample.ts';
import type { LoadedEncoder } from '../../clip/load-encoder.ts';
import { encodePng } from '../../clip/png-file.ts';
import { blur, createPixelReader, darken, type PixelReader, sideBySide, writeWord } from './canvas.ts';
import { type Embedder, encodePictureFiles, readPicture } from './encode.ts';
import type { Places, Report } from './measure-all.ts';
import { divideByTraining, embedLabelled, embedNames, frequentConcepts } from './measure-photographs.ts';
import { type Measure, measureNames, measurePreference, measureRetrieval } from './measure.ts';
import { speaksOf } from './names.ts';
import { innerProduct } from './ranking.ts';
import {
  type LabelledPhotograph,
  type Photograph,
  readLabelledPhotographs,
  readPhotographs,
} from './read-photographs.ts';
import { readSample, type SamplePicture } from './read-sample.ts';

/** What limits are tried with. */
interface Trial {
  readonly encoder: LoadedEncoder;
  readonly embedder: Embedder;
  readonly read: PixelReader;
}

const SIDE = 192;
const WORDS = [
  'open',
  'stop',
  'cat',
  'dog',
  'ship',
  'bread',
  'hotel',
  'music',
  'water',
  'fire',
  'exit',
  'love',
];
const PEOPLE = [
  'Albert Einstein',
  'Marie Curie',
  'Nelson Mandela',
  'Frida Kahlo',
  'Charlie Chaplin',
  'Ada Lovelace',
  'Mahatma Gandhi',
  'Cleopatra',
  'Pablo Picasso',
  'Serena Williams',
];
/** At most, evenly drawn from those held out: what light and blur cost shows in some hundreds. */
const CHANGED_PICTURES = 500;

/**
 * What the encoder cannot do, tried: each as a task that somebody might set it. Nothing is asserted.
 * @throws as `measureAll`
 */
export async function tryLimits(places: Places, encoder: LoadedEncoder, embedder: Embedder): Promise<Report> {
  const trial = { encoder, embedder, read: await createPixelReader() };
  const { drawings } = await readSample(places.sample);
  const photographs = places.photos === null ? [] : await readPhotographs(places.photos);
  const measures = [
    await tryCounting(drawings, trial),
    await trySides(drawings, trial),
    await tryNegation(drawings, trial),
    await tryReading(trial),
  ];
  const missing: string[] = [];
  if (places.photos === null)
    missing.push('light, blur and faces: no photos.csv (--photos names its folder)');
  else {
    measures.push(...(await tryFaces(photographs, trial)), ...(await tryLight(photographs, trial)));
    if (places.labelledPhotos !== null) {
      const labelled = await readLabelledPhotographs(places.labelledPhotos);
      measures.push(...(await tryRare(photographs, labelled, trial)));
    }
  }
  if (places.labelledPhotos === null)
    missing.push('rare things: no labels.csv (--labelled-photos names its folder)');
  return { measures, missing, empty: [] };
}

/** Two or three copies of a drawing in a row: "two ants" or "three ants"? Names whose plural is a plain s only. */
async function tryCounting(drawings: readonly SamplePicture[], trial: Trial): Promise<Measure> {
  const countable = drawings.filter(({ name }) => /^[a-z]+[^aeiouhsxyz]$|^[a-z]+e$/.test(name));
  const files: Uint8Array[] = [];
  const right: string[] = [];
  const wrong: string[] = [];
  for (const drawing of countable) {
    const picture = await trial.read(await readPicture(drawing.path));
    for (const [count, other] of [
      [2, 3],
      [3, 2],
    ]) {
      files.push(encodePng(sideBySide(Array<RgbImage>(count).fill(picture), SIDE)));
      right.push(`${NUMBERS[count]} ${drawing.name}s`);
      wrong.push(`${NUMBERS[other]} ${drawing.name}s`);
    }
  }
  return measurePreference(
    { split: 'counting', task: '"two ants" or "three ants", drawings in a row' },
    await embedFiles(files, trial.encoder),
    await trial.embedder.texts(right),
    await trial.embedder.texts(wrong),
  );
}

const NUMBERS: Readonly<Record<number, string>> = { 2: 'two', 3: 'three' };

/** Two drawings side by side: which is on the left? */
async function trySides(drawings: readonly SamplePicture[], trial: Trial): Promise<Measure> {
  const files: Uint8Array[] = [];
  const right: string[] = [];
  const wrong: string[] = [];
  for (let i = 0; i + 1 < drawings.length; i += 2) {
    const pair = drawings.slice(i, i + 2);
    const pictures = await Promise.all(pair.map(async ({ path }) => trial.read(await readPicture(path))));
    files.push(encodePng(sideBySide(pictures, SIDE)));
    const [left, other] = pair.map(({ caption }) => caption);
    right.push(`${left} to the left of ${other}`);
    wrong.push(`${other} to the left of ${left}`);
  }
  return measurePreference(
    { split: 'left and right', task: '"a fox to the left of a cup" or the reverse' },
    await embedFiles(files, trial.encoder),
    await trial.embedder.texts(right),
    await trial.embedder.texts(wrong),
  );
}

/** A drawing of one thing: "no" in front of another's name is true, of its own false. */
async function tryNegation(drawings: readonly SamplePicture[], trial: Trial): Promise<Measure> {
  const pictures = await trial.embedder.pictures(drawings.map(({ path }) => path));
  const absent = drawings.map((_, i) => drawings[(i + (drawings.length >> 1)) % drawings.length]);
  const plain = [...drawings, ...absent].map(({ caption }) => caption);
  const negated = [...drawings, ...absent].map(({ name }) => `no ${name}`);
  const isThere = (i: number): boolean => i < drawings.length;
  return measurePreference(
    { split: 'negation', task: '"a fox" or "no fox", of what is there and what is not' },
    [...pictures, ...pictures],
    await trial.embedder.texts(plain.map((caption, i) => (isThere(i) ? caption : negated[i]))),
    await trial.embedder.texts(plain.map((caption, i) => (isThere(i) ? negated[i] : caption))),
  );
}

/** Words in black capitals on white. */
async function tryReading({ encoder, embedder }: Trial): Promise<Measure> {
  const pictures = await embedFiles(
    WORDS.map((word) => encodePng(writeWord(word, SIDE))),
    encoder,
  );
  const texts = await embedder.texts(WORDS.map((word) => `the word ${word}`));
  const measure = measureRetrieval(
    { split: 'text in a picture', task: 'which of twelve written words' },
    pictures,
    texts,
    (picture, word) => picture === word,
  );
  if (measure === null) throw new Error('expected every word to be among the choices');
  return measure;
}

/** Whether another face gives another name: how often the name that comes first most often comes first. */
async function tryFaces(photographs: readonly Photograph[], { embedder }: Trial): Promise<Measure[]> {
  const people = photographs.filter(({ concept }) => concept === 'people');
  if (people.length === 0) return [];
  const pictures = await embedder.pictures(people.map(({ path }) => path));
  const names = await embedder.texts(PEOPLE);
  const wins = PEOPLE.map(() => 0);
  for (const picture of pictures) {
    const scores = names.map((name) => innerProduct(picture, name));
    wins[scores.indexOf(Math.max(...scores))]++;
  }
  const share = Math.round((1e4 * Math.max(...wins)) / pictures.length) / 1e4;
  return [
    {
      split: 'faces and names',
      task: 'photographs of people that get the same one of ten famous names',
      queries: pictures.length,
      choices: PEOPLE.length,
      top: { '1': share },
      chance: { '1': 1 / PEOPLE.length },
    },
  ];
}

/** Labels by how many training pictures speak of them. */
async function tryRare(
  photographs: readonly Photograph[],
  labelled: readonly LabelledPhotograph[],
  { embedder }: Trial,
): Promise<Measure[]> {
  const training = photographs.filter(({ split }) => split === 'train');
  const labels = new Set(labelled.map(({ label }) => label));
  const seen = new Map(
    [...labels].map((label) => [
      label,
      training.filter(({ concept, captions }) => [concept, ...captions].some((text) => speaksOf(text, label)))
        .length,
    ]),
  );
  const names = await embedNames(labels, embedder);
  const ranges = [
    ['no training photograph', 0, 0],
    ['1 to 9 training photographs', 1, 9],
    ['10 training photographs or more', 10, Infinity],
  ] as const;
  const measures: Measure[] = [];
  for (const [amount, from, to] of ranges) {
    const chosen = labelled.filter(({ label }) => {
      const count = seen.get(label) ?? 0;
      return count >= from && count <= to;
    });
    if (chosen.length === 0) continue;
    const title = { split: 'rare things', task: `labelled-photos whose label has ${amount}` };
    measures.push(measureNames(title, await embedLabelled(chosen, embedder), names));
  }
  return measures;
}

const DARK = 0.25;
/** Of the short side. */
const BLUR = 1 / 40;

/** Held-out photographs as they are, with a quarter of the light, and out of focus. */
async function tryLight(photographs: readonly Photograph[], trial: Trial): Promise<Measure[]> {
  const frequent = frequentConcepts(photographs);
  const { known } = divideByTraining(photographs, 'test');
  const asked = known.filter(({ concept }) => frequent.has(concept));
  const step = Math.max(1, asked.length / CHANGED_PICTURES);
  const chosen = asked.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
  if (chosen.length === 0) return [];
  const names = await embedNames(frequent, trial.embedder);
  const changes: readonly (readonly [string, (picture: RgbImage) => RgbImage])[] = [
    ['as they are', (picture) => picture],
    ['with a quarter of the light', (picture) => darken(picture, DARK)],
    ['out of focus', (picture) => blur(picture, BLUR * Math.min(picture.width, picture.height))],
  ];
  const measures: Measure[] = [];
  for (const [title, change] of changes) {
    const files: Uint8Array[] = [];
    for (const { path } of chosen) files.push(encodePng(change(await trial.read(await readPicture(path)))));
    const pictures = await embedFiles(files, trial.encoder);
    measures.push(
      measureNames(
        { split: 'night and blur', task: `known concepts ${title}` },
        chosen.map(({ concept }, i) => ({ name: concept, embedding: pictures[i] })),
        names,
      ),
    );
  }
  return measures;
}

async function embedFiles(files: readonly Uint8Array[], encoder: LoadedEncoder): Promise<Float32Array[]> {
  return encodePictureFiles(
    encoder,
    files,
    files.map((_, i) => `made picture ${i}`),
  );
}
