import { contributionsOf, coordinateAt } from '../core/scoring/contributions.ts';
import type { CoordinateEnd, CoordinateMeanings, MeaningExample } from '../format/coordinate-meanings.ts';
import type { PublishedSelection } from '../storage/selection-store.ts';
import { type ExplainMethod, drawOverlay, findHeat } from './explain-regions.ts';
import type { ImageInput, TextInput } from './inputs/given.ts';
import { type ScoredSide, prepareImage, prepareText, scorePair } from './pair-scores.ts';
import { type Provenance, provenanceOf } from './provenance.ts';
import type { RequestScope } from './request-scope.ts';
import { targetOf } from './target.ts';
import { leaveWordsOut } from './text-words.ts';
import { type Truncation, findTruncation } from './truncation.ts';

export interface ExplainArguments {
  readonly image: ImageInput;
  readonly text: TextInput;
  /** Name. */
  readonly selection: string;
  readonly method: ExplainMethod;
}

/** The dear parts of an explanation. */
export type DearPart = 'heat' | 'overlay' | 'tokens' | 'meanings' | 'truncation';
export const DEAR_PARTS: ReadonlySet<DearPart> = new Set([
  'heat',
  'overlay',
  'tokens',
  'meanings',
  'truncation',
]);

export interface Contribution {
  readonly coordinate: number;
  readonly value: number;
  readonly words: readonly string[];
  readonly examples: readonly MeaningExample[];
}

export interface TokenShare {
  readonly text: string;
  readonly share: number;
}

/** As `Explanation` of schema.graphql, with all contributions; what was not wanted is as where there is none. */
export interface Explanation extends Truncation {
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
  readonly tokens: readonly TokenShare[];
  readonly selection: string;
  readonly provenance: Provenance;
}

/**
 * Why an image and a text score what they do.
 * @param wanted what is worked out of the dear parts
 * @throws AppError, as `explain` of schema.graphql tells
 */
export async function explain(
  args: ExplainArguments,
  scope: RequestScope,
  wanted: ReadonlySet<DearPart>,
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
  const score = scorePair(published, image, text);
  const { model } = published.record;
  const { bias, values } = contributionsOf(model, image.projected, text.projected);
  const wantsHeat = wanted.has('heat') || wanted.has('overlay');
  const [heat, tokens, meanings, truncation] = await Promise.all([
    wantsHeat ? findHeat(args.image, args.method, { published, image, text }, scope) : null,
    wanted.has('tokens') ? findTokens(args.text, published, image, { score, bias }, scope) : [],
    wanted.has('meanings') ? scope.meaningsOf(published) : null,
    findTruncation(wanted.has('truncation') && args.text.text != null ? [args.text.text] : [], scope),
  ]);
  return {
    score,
    method: heat?.method ?? 'NONE',
    bias,
    contributions: Array.from(values, (value, i) => ({
      coordinate: coordinateAt(model, i),
      value,
      ...endAt(meanings, i, image.projected[i]),
    })).sort((a, b) => Math.abs(b.value) - Math.abs(a.value)),
    rows: heat?.rows ?? null,
    columns: heat?.columns ?? null,
    heat: heat && Array.from(heat.values),
    seen: heat && [heat.seen.left, heat.seen.top, heat.seen.width, heat.seen.height],
    overlay: heat && wanted.has('overlay') ? await drawOverlay(heat) : null,
    tokens,
    ...truncation,
    selection: published.id,
    provenance: provenanceOf(published),
  };
}

/** Of the end of a coordinate at which the image lies. */
function endAt(meanings: CoordinateMeanings | null, i: number, value: number): CoordinateEnd {
  if (meanings === null) return { words: [], examples: [] };
  return meanings.coordinates[i][value < 0 ? 'low' : 'high'];
}

/** What the score loses without each word; all texts are encoded together. Without its only word a text says nothing: the bias. */
async function findTokens(
  { text: given }: TextInput,
  published: PublishedSelection,
  image: ScoredSide,
  { score, bias }: { readonly score: number; readonly bias: number },
  { embeddings }: RequestScope,
): Promise<TokenShare[]> {
  if (given == null) return [];
  const target = targetOf(published);
  const words = leaveWordsOut(given);
  return Promise.all(
    words.map(async ({ text, without }) => {
      if (without === null) return { text, share: score - bias };
      const rest = prepareText(published, await embeddings.text({ text: without }, target));
      return { text, share: score - scorePair(published, image, rest) };
    }),
  );
}
