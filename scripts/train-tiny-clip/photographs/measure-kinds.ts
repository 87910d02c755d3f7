import type { Embedder } from './encode.ts';
import { type Measure, measurePreference, measureRetrieval } from './measure.ts';
import { speaksOf } from './names.ts';

/** A picture of either kind. */
export interface KindPicture {
  readonly path: string;
  /** What it shows, as a caption without a template: `a fox`. */
  readonly caption: string;
  /** The same without an article. */
  readonly name: string;
  /** What is said about it: a drawing whose name occurs in one of them shows the same. */
  readonly texts: readonly string[];
}

/** Pictures of one kind under the title of the report. */
export interface KindSet {
  readonly title: string;
  readonly pictures: readonly KindPicture[];
}

/** Pictures of either kind choose between "a photo of" and "a drawing of" what they show. */
export async function measureStyle(
  { title, pictures }: KindSet,
  kind: 'photo' | 'drawing',
  embedder: Embedder,
): Promise<Measure> {
  const other = kind === 'photo' ? 'drawing' : 'photo';
  return measurePreference(
    { split: title, task: `"a ${kind} of" before "a ${other} of"` },
    await embedder.pictures(pictures.map(({ path }) => path)),
    await embedder.texts(pictures.map(({ caption }) => `a ${kind} of ${caption}`)),
    await embedder.texts(pictures.map(({ caption }) => `a ${other} of ${caption}`)),
  );
}

/**
 * Search across kinds, both ways, by the picture alone. A drawing and a photograph show the same when the drawing's name occurs in
 * what is said about the photograph. Those without a partner ask nothing but are among the choices.
 */
export async function measureAcrossKinds(
  photographs: KindSet,
  drawings: KindSet,
  embedder: Embedder,
): Promise<Measure[]> {
  const photographEmbeddings = await embedder.pictures(photographs.pictures.map(({ path }) => path));
  const drawingEmbeddings = await embedder.pictures(drawings.pictures.map(({ path }) => path));
  const showsSame = photographs.pictures.map(({ texts }) =>
    drawings.pictures.map(({ name }) => texts.some((text) => speaksOf(text, name))),
  );
  const task = 'find the other kind';
  return [
    measureRetrieval(
      { split: `${photographs.title}, ${drawings.title}`, task: `${task} by a photograph` },
      photographEmbeddings,
      drawingEmbeddings,
      (p, d) => showsSame[p][d],
    ),
    measureRetrieval(
      { split: `${photographs.title}, ${drawings.title}`, task: `${task} by a drawing` },
      drawingEmbeddings,
      photographEmbeddings,
      (d, p) => showsSame[p][d],
    ),
  ].filter((measure) => measure !== null);
}
