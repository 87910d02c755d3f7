import { AppError } from '../errors.ts';
import type { PublishedSelection } from '../storage/selection-store.ts';
import { UNKNOWN_MATCH } from '../core/calibration/any-match.ts';
import type { Modality } from '../core/scoring/selection-model.ts';
import { anyMatchOf } from './any-match.ts';
import type { ImageInput, TextInput } from './inputs/given.ts';
import { type ItemError, toItemError } from './item-error.ts';
import { LIMITS, assertWithin } from './limits.ts';
import {
  type PairScore,
  type ScoredSide,
  intervalOf,
  prepareImage,
  prepareText,
  readBaseRate,
  scoreInFull,
} from './pair-scores.ts';
import { type Provenance, provenanceOf } from './provenance.ts';
import type { RequestScope } from './request-scope.ts';
import { settleItems } from './settle.ts';
import { targetOf } from './target.ts';

interface RankArguments {
  /** Name. */
  readonly selection: string;
  readonly first?: number | null;
  readonly baseRate?: number | null;
}

export interface RankTextsArguments extends RankArguments {
  readonly image: ImageInput;
  readonly texts: readonly TextInput[];
}

export interface RankImagesArguments extends RankArguments {
  readonly text: TextInput;
  readonly images: readonly ImageInput[];
}

/** As `RankedItem` of schema.graphql: either `error` is null, or all the others but `index` are. */
export interface RankedItem {
  readonly index: number;
  readonly cosine: number | null;
  readonly score: number | null;
  readonly probability: number | null;
  readonly probabilityInterval: number[] | null;
  readonly decision: PairScore['decision'] | null;
  readonly domain: PairScore['domain'] | null;
  readonly error: ItemError | null;
}

const UNSCORED = {
  cosine: null,
  score: null,
  probability: null,
  probabilityInterval: null,
  decision: null,
  domain: null,
} as const;

/** As `Ranking` of schema.graphql. */
export interface Ranking {
  readonly items: readonly RankedItem[];
  readonly anyMatch: number | null;
  readonly relevantCount: number | null;
  readonly selection: string;
  readonly provenance: Provenance;
}

/** Ranks texts for an image. @throws AppError, as `rankTexts` of schema.graphql tells */
export async function rankTexts(
  args: RankTextsArguments,
  { budget, embeddings, selection }: RequestScope,
): Promise<Ranking> {
  assertFirst(args.first);
  const baseRate = readBaseRate(args.baseRate);
  assertWithin('texts', args.texts.length, LIMITS.texts);
  budget.spend('pairs', args.texts.length);
  const published = await selection(args.selection);
  const target = targetOf(published);
  const [image, texts] = await Promise.all([
    embeddings.image(args.image, target),
    settleItems(args.texts, (input) => embeddings.text(input, target)),
  ]);
  const preparedImage = prepareImage(published, image);
  const outcomes = texts.map((text) =>
    text instanceof Error
      ? text
      : scoreInFull(published, preparedImage, prepareText(published, text), baseRate),
  );
  const query = { modality: 'image', side: preparedImage } as const;
  return toRanking(published, outcomes, { first: args.first, baseRate, query });
}

/** Ranks images for a text. @throws AppError, as `rankImages` of schema.graphql tells */
export async function rankImages(
  args: RankImagesArguments,
  { budget, embeddings, selection }: RequestScope,
): Promise<Ranking> {
  assertFirst(args.first);
  const baseRate = readBaseRate(args.baseRate);
  assertWithin('images', args.images.length, LIMITS.images);
  budget.spend('pairs', args.images.length);
  const published = await selection(args.selection);
  const target = targetOf(published);
  const [text, images] = await Promise.all([
    embeddings.text(args.text, target),
    settleItems(args.images, (input) => embeddings.image(input, target)),
  ]);
  const preparedText = prepareText(published, text);
  const outcomes = images.map((image) =>
    image instanceof Error
      ? image
      : scoreInFull(published, prepareImage(published, image), preparedText, baseRate),
  );
  const query = { modality: 'text', side: preparedText } as const;
  return toRanking(published, outcomes, { first: args.first, baseRate, query });
}

/** `first`: at most so many items; null or undefined is all. `baseRate`: the one that the outcomes were scored at. */
interface RankingOptions {
  readonly first: number | null | undefined;
  readonly baseRate: number | undefined;
  readonly query: { readonly modality: Modality; readonly side: ScoredSide };
}

/** Best score first, equal scores by index, failed items last by index; then cut. */
function toRanking(
  published: PublishedSelection,
  outcomes: readonly (PairScore | AppError)[],
  { first, baseRate, query }: RankingOptions,
): Ranking {
  const ranked = outcomes
    .map((outcome, index) => ({ outcome, index }))
    .sort((a, b) => scoreOf(b.outcome) - scoreOf(a.outcome) || a.index - b.index);
  const scores = ranked.flatMap(({ outcome }) => (outcome instanceof AppError ? [] : [outcome.score]));
  const { modality, side } = query;
  const found = { modality, projected: side.projected, scores, count: scores.length };
  return {
    items: ranked
      .slice(0, first ?? outcomes.length)
      .map(({ outcome, index }) => toRankedItem(published, outcome, index, baseRate)),
    ...(scores.length === 0 ? UNKNOWN_MATCH : anyMatchOf(published.record, found)),
    selection: published.id,
    provenance: provenanceOf(published),
  };
}

/** @throws AppError BAD_INPUT when `first` is negative */
function assertFirst(first: number | null | undefined): void {
  if (first != null && first < 0)
    throw new AppError('BAD_INPUT', `Expected first of at least 0, got ${first}.`);
}

/** Scores are finite, so a failed item sorts behind every scored one. Lowest finite number, since Infinity - Infinity is NaN. */
function scoreOf(outcome: PairScore | AppError): number {
  return outcome instanceof AppError ? -Number.MAX_VALUE : outcome.score;
}

function toRankedItem(
  published: PublishedSelection,
  outcome: PairScore | AppError,
  index: number,
  baseRate: number | undefined,
): RankedItem {
  if (outcome instanceof AppError) return { index, ...UNSCORED, error: toItemError(outcome) };
  const probabilityInterval = intervalOf(published, outcome.score, baseRate);
  return Object.assign(outcome, { index, probabilityInterval, error: null });
}
