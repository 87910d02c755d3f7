import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Embedder } from './encode.ts';
import { type Measure, measureRetrieval } from './measure.ts';
import { type KindPicture, measureAcrossKinds, measureStyle } from './measure-kinds.ts';
import {
  divideByTraining,
  FREQUENT,
  measureCaptions,
  measureKnown,
  measureLabelled,
  measureUnseen,
} from './measure-photographs.ts';
import { asCaption } from './names.ts';
import { type Photograph, readLabelledPhotographs, readPhotographs } from './read-photographs.ts';
import { readSample, type Sample, type SamplePicture } from './read-sample.ts';

/** Where the sets are; null: not here. */
export interface Places {
  readonly photos: string | null;
  readonly labelledPhotos: string | null;
  readonly sample: string;
}

export interface Report {
  readonly measures: readonly Measure[];
  /** Sets that are not here: what could not be measured, and why. */
  readonly missing: readonly string[];
  /** What the sets that are here have no pictures for. */
  readonly empty: readonly string[];
}

/** A set that need not be there: the folder when its list is. */
export function whereSetIs(folder: string, list: string): string | null {
  return existsSync(join(folder, list)) ? folder : null;
}

/**
 * Everything that is measured on photographs.
 * @param split the held-out pictures that are asked
 * @throws UserError for a set with a row that is not sound, or a picture that cannot be decoded
 */
export async function measureAll(places: Places, split: 'test' | 'val', embedder: Embedder): Promise<Report> {
  const photographs = places.photos === null ? [] : await readPhotographs(places.photos);
  const measures: Measure[] = [];
  const missing: string[] = [];
  const empty: string[] = [];
  if (places.photos === null) {
    missing.push('known concepts, unseen concepts and COCO: no photos.csv (--photos names its folder)');
  } else {
    const ofKnown = await measureKnown(photographs, split, embedder);
    if (ofKnown.length === 0)
      empty.push(`known concepts: none of ${FREQUENT} pictures or more in split ${split}`);
    measures.push(...ofKnown);
    const unseen = await measureUnseen(photographs, split, embedder);
    if (unseen.length === 0) empty.push(`unseen concepts: none of split ${split}`);
    measures.push(...unseen);
    // What is chosen by val must not have seen test; the report of test takes both, as there are few.
    measures.push(
      ...(await measureCaptions(photographs, split === 'val' ? ['val'] : ['val', 'test'], embedder)),
    );
  }
  if (places.labelledPhotos === null) {
    missing.push('labelled-photos: no labels.csv (--labelled-photos names its folder)');
  } else {
    measures.push(await measureLabelled(await readLabelledPhotographs(places.labelledPhotos), embedder));
  }
  const { known } = divideByTraining(photographs, split);
  const kinds = await measureKinds(places.sample, known, embedder);
  return { measures: [...measures, ...kinds.measures], missing, empty: [...empty, ...kinds.empty] };
}

/** Photographs against drawings: those of the sample, and of the split where it is here. */
async function measureKinds(
  sampleFolder: string,
  known: readonly Photograph[],
  embedder: Embedder,
): Promise<Omit<Report, 'missing'>> {
  const sample = await readSample(sampleFolder);
  const drawings = { title: 'drawings of the sample', pictures: sample.drawings.map(fromSample) };
  const sets = [
    { title: 'photographs of the sample', pictures: sample.photographs.map(fromSample) },
    { title: 'known concepts', pictures: known.map(fromSet) },
  ];
  const present = sets.filter(({ pictures }) => pictures.length > 0);
  const empty = sets
    .filter(({ pictures }) => pictures.length === 0)
    .map(({ title }) => `${title} against drawings: there are none`);
  const measures = await measureSample(sample, embedder);
  measures.push(await measureStyle(drawings, 'drawing', embedder));
  for (const set of present) measures.push(await measureStyle(set, 'photo', embedder));
  for (const set of present) measures.push(...(await measureAcrossKinds(set, drawings, embedder)));
  return { measures, empty };
}

/** Pictures of the sample, either kind apart, among the captions of both. */
async function measureSample({ photographs, drawings }: Sample, embedder: Embedder): Promise<Measure[]> {
  const all = [...photographs, ...drawings];
  const captions = await embedder.texts(all.map(({ caption }) => caption));
  const task = 'own caption among all of the sample';
  const kinds = [
    { split: 'photographs of the sample', pictures: photographs, from: 0 },
    { split: 'drawings of the sample', pictures: drawings, from: photographs.length },
  ];
  const measures: Measure[] = [];
  for (const { split, pictures, from } of kinds) {
    const embeddings = await embedder.pictures(pictures.map(({ path }) => path));
    const measure = measureRetrieval({ split, task }, embeddings, captions, (p, c) => from + p === c);
    if (measure !== null) measures.push(measure);
  }
  return measures;
}

function fromSample({ path, caption, name }: SamplePicture): KindPicture {
  return { path, caption, name, texts: [caption] };
}

function fromSet({ path, concept, captions }: Photograph): KindPicture {
  return { path, caption: asCaption(concept), name: concept, texts: [concept, ...captions] };
}
