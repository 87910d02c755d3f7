import type { Embedder } from './encode.ts';
import { type Measure, measureNames, measureRetrieval, type Named } from './measure.ts';
import { asCaption } from './names.ts';
import type { LabelledPhotograph, Photograph } from './read-photographs.ts';

/** A concept of so many pictures, over all splits, counts as well covered. */
export const FREQUENT = 10;

/** In order of first appearance. */
function conceptsOf(photographs: readonly Photograph[]): Set<string> {
  return new Set(photographs.map(({ concept }) => concept));
}

/** The concepts of a set, each with its number of pictures over all splits. */
function countConcepts(photographs: readonly Photograph[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { concept } of photographs) counts.set(concept, (counts.get(concept) ?? 0) + 1);
  return counts;
}

/** Concepts of `FREQUENT` pictures or more. */
export function frequentConcepts(photographs: readonly Photograph[]): Set<string> {
  const counts = [...countConcepts(photographs)].filter(([, count]) => count >= FREQUENT);
  return new Set(counts.map(([concept]) => concept));
}

/** Pictures of a split by whether their concept has any picture to train on. */
export function divideByTraining(
  photographs: readonly Photograph[],
  split: Photograph['split'],
): { readonly known: Photograph[]; readonly unseen: Photograph[] } {
  const trained = new Set(
    photographs.filter((photo) => photo.split === 'train').map(({ concept }) => concept),
  );
  const chosen = photographs.filter((photo) => photo.split === split);
  return {
    known: chosen.filter(({ concept }) => trained.has(concept)),
    unseen: chosen.filter(({ concept }) => !trained.has(concept)),
  };
}

/** Pictures of concepts that were trained: among the names of frequent concepts, each source, and among all names. */
export async function measureKnown(
  photographs: readonly Photograph[],
  split: Photograph['split'],
  embedder: Embedder,
): Promise<Measure[]> {
  const { known } = divideByTraining(photographs, split);
  const frequentNames = frequentConcepts(photographs);
  const frequent = known.filter(({ concept }) => frequentNames.has(concept));
  if (frequent.length === 0) return [];
  const names = await embedNames(frequentNames, embedder);
  const all = await embedNames(conceptsOf(photographs), embedder);
  const title = 'known concepts';
  const among = `names of ${FREQUENT} pictures or more`;
  const pictures = await embedPhotographs(frequent, embedder);
  const sources = Map.groupBy(frequent.keys(), (i) => frequent[i].source);
  return [
    measureNames({ split: title, task: among }, pictures, names),
    measureNames({ split: title, task: 'all names' }, await embedPhotographs(known, embedder), all),
    ...[...sources].sort().map(([source, members]) =>
      measureNames(
        { split: `${title}, ${source}`, task: among },
        members.map((i) => pictures[i]),
        names,
      ),
    ),
  ];
}

/** Pictures of concepts that are wholly held out: among their own names, and among all. */
export async function measureUnseen(
  photographs: readonly Photograph[],
  split: Photograph['split'],
  embedder: Embedder,
): Promise<Measure[]> {
  const { unseen } = divideByTraining(photographs, split);
  if (unseen.length === 0) return [];
  const pictures = await embedPhotographs(unseen, embedder);
  const names = await embedNames(conceptsOf(unseen), embedder);
  const all = await embedNames(conceptsOf(photographs), embedder);
  return [
    measureNames({ split: 'unseen concepts', task: 'their names' }, pictures, names),
    measureNames({ split: 'unseen concepts', task: 'all names' }, pictures, all),
  ];
}

/** Captions that were made of a list of objects, for pictures that had none by a person. */
const LISTED = /^a photo with /;

/** COCO's pictures and what people wrote about them. */
export function withHumanCaptions(photographs: readonly Photograph[]): Photograph[] {
  return photographs.filter(
    ({ source, captions }) => source === 'coco-2017' && !captions.some((caption) => LISTED.test(caption)),
  );
}

/** Retrieval both ways of COCO's pictures and their captions by people. A picture's own captions are right, no others. */
export async function measureCaptions(
  photographs: readonly Photograph[],
  splits: readonly Photograph['split'][],
  embedder: Embedder,
): Promise<Measure[]> {
  const chosen = withHumanCaptions(photographs).filter(({ split }) => splits.includes(split));
  const pictures = await embedder.pictures(chosen.map(({ path }) => path));
  const captions = await embedder.texts(chosen.flatMap((photo) => photo.captions));
  const owner = chosen.flatMap((photo, i) => photo.captions.map(() => i));
  const split = `COCO's human captions, ${splits.join(' and ')}`;
  return [
    measureRetrieval({ split, task: 'picture to caption' }, pictures, captions, (p, c) => owner[c] === p),
    measureRetrieval({ split, task: 'caption to picture' }, captions, pictures, (c, p) => owner[c] === p),
  ].filter((measure) => measure !== null);
}

/** Photographs among the labels of their set. */
export async function measureLabelled(
  photographs: readonly LabelledPhotograph[],
  embedder: Embedder,
): Promise<Measure> {
  const pictures = await embedLabelled(photographs, embedder);
  const names = await embedNames(new Set(photographs.map(({ label }) => label)), embedder);
  return measureNames({ split: 'labelled-photos', task: 'their labels' }, pictures, names);
}

async function embedPhotographs(photographs: readonly Photograph[], embedder: Embedder): Promise<Named[]> {
  const embeddings = await embedder.pictures(photographs.map(({ path }) => path));
  return photographs.map(({ concept }, i) => ({ name: concept, embedding: embeddings[i] }));
}

export async function embedLabelled(
  photographs: readonly LabelledPhotograph[],
  embedder: Embedder,
): Promise<Named[]> {
  const embeddings = await embedder.pictures(photographs.map(({ path }) => path));
  return photographs.map(({ label }, i) => ({ name: label, embedding: embeddings[i] }));
}

/** Names as users ask for them, without a template. */
export async function embedNames(names: ReadonlySet<string>, embedder: Embedder): Promise<Named[]> {
  const wanted = [...names];
  const embeddings = await embedder.texts(wanted.map(asCaption));
  return wanted.map((name, i) => ({ name, embedding: embeddings[i] }));
}
