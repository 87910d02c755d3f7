import type { PatchHeat, PatchMethod } from '../clip/patches.ts';
import { queryVector, scoreDirection, scoreFactor } from '../core/search/score-direction.ts';
import { contributionsOf, coordinateAt } from '../core/scoring/contributions.ts';
import { AppError } from '../errors.ts';
import type { PublishedSelection } from '../storage/selection-store.ts';
import type { ImageInput, TextInput } from './inputs/given.ts';
import { type ScoredSide, prepareImage, prepareText, scorePair } from './pair-scores.ts';
import { type Provenance, provenanceOf } from './provenance.ts';
import type { RequestScope } from './request-scope.ts';
import { targetOf } from './target.ts';

export type ExplainMethod = PatchMethod | 'AUTO' | 'NONE';

export interface ExplainArguments {
  readonly image: ImageInput;
  readonly text: TextInput;
  /** Name. */
  readonly selection: string;
  readonly method: ExplainMethod;
}

/** Which dear parts of an explanation are wanted. */
export interface Wanted {
  readonly heat: boolean;
}

export interface Contribution {
  readonly coordinate: number;
  readonly value: number;
  readonly words: readonly string[];
}

/** As `Explanation` of schema.graphql, but for `contributions`. */
export interface Explanation {
  readonly score: number;
  readonly method: ExplainMethod;
  readonly bias: number;
  /** The largest by size first, ties by coordinate. */
  readonly contributions: readonly Contribution[];
  readonly rows: number | null;
  readonly columns: number | null;
  readonly heat: readonly number[] | null;
  readonly seen: readonly number[] | null;
  readonly overlay: string | null;
  readonly tokens: readonly { readonly text: string; readonly share: number }[];
  readonly selection: string;
  readonly provenance: Provenance;
}

/** Why an image and a text score what they do. @throws AppError, as `explain` of schema.graphql tells */
export async function explain(
  args: ExplainArguments,
  scope: RequestScope,
  wanted: Wanted,
): Promise<Explanation> {
  const { budget, embeddings } = scope;
  budget.spend('pairs', 1);
  const published = await scope.selection(args.selection);
  const target = targetOf(published);
  const [imageEmbedding, textEmbedding] = await Promise.all([
    embeddings.image(args.image, target),
    embeddings.text(args.text, target),
  ]);
  const image = prepareImage(published, imageEmbedding);
  const text = prepareText(published, textEmbedding);
  const { model } = published.record;
  const { bias, values } = contributionsOf(model, image.projected, text.projected);
  const heat = wanted.heat ? await findHeat(args, published, image, text, scope) : null;
  return {
    score: scorePair(published, image, text),
    method: heat?.method ?? 'NONE',
    bias,
    contributions: Array.from(values, (value, i) => ({
      coordinate: coordinateAt(model, i),
      value,
      words: [],
    })).sort((a, b) => Math.abs(b.value) - Math.abs(a.value)),
    rows: heat?.rows ?? null,
    columns: heat?.columns ?? null,
    heat: heat && Array.from(heat.values),
    seen: heat && [heat.seen.left, heat.seen.top, heat.seen.width, heat.seen.height],
    overlay: null,
    tokens: [],
    selection: published.id,
    provenance: provenanceOf(published),
  };
}

/** @throws AppError BAD_INPUT for a method that cannot be had here */
async function findHeat(
  { image: given, method }: ExplainArguments,
  published: PublishedSelection,
  image: ScoredSide,
  text: ScoredSide,
  { encoders, embeddings }: RequestScope,
): Promise<PatchHeat | null> {
  if (method === 'NONE') return null;
  if (given.embedding != null) {
    if (method === 'AUTO') return null;
    throw new AppError('BAD_INPUT', `Expected pixels for a heat map by ${method}, got an embedding.`);
  }
  const explainer = (await encoders().images.patches?.()) ?? null;
  const methods = explainer?.methods ?? [];
  const chosen = method === 'AUTO' ? methods[0] : methods.find((offered) => offered === method);
  if (explainer === null || chosen === undefined) {
    if (method === 'AUTO') return null;
    const offered = ['AUTO', 'NONE', ...methods].join(', ');
    throw new AppError(
      'BAD_INPUT',
      `Expected a method of this deployment's encoder (${offered}), got ${method}.`,
    );
  }
  const direction = directionOf(published, image, text);
  const heat = await explainer.explainImage(await embeddings.file(given), { direction, method: chosen });
  if (heat instanceof AppError) throw heat;
  return heat;
}

/** The score as a linear function of the image's embedding, at this image, but for a constant. Length dim. */
function directionOf(
  { record: { model } }: PublishedSelection,
  image: ScoredSide,
  text: ScoredSide,
): Float32Array {
  const { direction } = scoreDirection(model, 'image', queryVector(model, text.projected));
  const factor = scoreFactor(model, 'image', image.embedding);
  return Float32Array.from(direction, (value) => value * factor);
}
