import type { ImageInput, TextInput } from './inputs/given.ts';
import {
  type PairScore,
  intervalOf,
  prepareImage,
  prepareText,
  readBaseRate,
  scoreInFull,
} from './pair-scores.ts';
import { type Provenance, provenanceOf } from './provenance.ts';
import type { RequestScope } from './request-scope.ts';
import { targetOf } from './target.ts';

export interface AlignArguments {
  readonly image: ImageInput;
  readonly text: TextInput;
  /** Name. */
  readonly selection: string;
  readonly baseRate?: number | null;
}

/** As `Alignment` of schema.graphql. */
export interface Alignment extends PairScore {
  readonly probabilityInterval: number[];
  readonly selection: string;
  readonly provenance: Provenance;
  readonly encoder: string;
}

/** Scores one image against one text. @throws AppError, as `align` of schema.graphql tells */
export async function align(
  args: AlignArguments,
  { budget, embeddings, selection }: RequestScope,
): Promise<Alignment> {
  const baseRate = readBaseRate(args.baseRate);
  budget.spend('pairs', 1);
  const published = await selection(args.selection);
  const target = targetOf(published);
  const image = embeddings.image(args.image, target);
  const text = embeddings.text(args.text, target);
  const waits = image instanceof Promise || text instanceof Promise;
  const [ofImage, ofText] = waits ? await Promise.all([image, text]) : [image, text];
  const scores = scoreInFull(
    published,
    prepareImage(published, ofImage),
    prepareText(published, ofText),
    baseRate,
  );
  return Object.assign(scores, {
    probabilityInterval: intervalOf(published, scores.score, baseRate),
    selection: published.id,
    provenance: provenanceOf(published),
    encoder: target.id,
  });
}
