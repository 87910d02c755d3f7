import type { Fusion as FusionModel } from '../core/scoring/selection-model.ts';
import { AppError, againAs } from '../errors.ts';
import type { ImageInput, TextInput } from './inputs/given.ts';
import { LIMITS, assertWithin } from './limits.ts';
import { type CaptionsScore, readBaseRate, scoreCaptions } from './pair-scores.ts';
import { type Provenance, provenanceOf } from './provenance.ts';
import type { RequestScope } from './request-scope.ts';
import { settleItems } from './settle.ts';
import { targetOf } from './target.ts';

export interface AlignCaptionsArguments {
  readonly image: ImageInput;
  readonly captions: readonly TextInput[];
  /** Name. */
  readonly selection: string;
  readonly baseRate?: number | null;
}

/** As `Fusion` of schema.graphql. */
export type FusionName = 'IDENTITY' | 'WEIGHTED' | 'ATTENTION';

/** As `CaptionSetAlignment` of schema.graphql. */
export interface CaptionSetAlignment extends CaptionsScore {
  readonly fusion: FusionName;
  readonly selection: string;
  readonly provenance: Provenance;
}

/** Scores one image against several captions together. @throws AppError, as `alignCaptions` of schema.graphql tells */
export async function alignCaptions(
  args: AlignCaptionsArguments,
  { budget, embeddings, selection }: RequestScope,
): Promise<CaptionSetAlignment> {
  const { captions } = args;
  const baseRate = readBaseRate(args.baseRate);
  if (captions.length === 0) throw new AppError('BAD_INPUT', 'Expected at least one caption, got none.');
  assertWithin('captions', captions.length, LIMITS.texts);
  budget.spend('pairs', captions.length);
  const published = await selection(args.selection);
  const target = targetOf(published);
  const [image, outcomes] = await Promise.all([
    embeddings.image(args.image, target),
    settleItems(captions, (caption) => embeddings.text(caption, target)),
  ]);
  return {
    ...scoreCaptions(published, image, outcomes.map(requireCaption), baseRate),
    fusion: fusionName(published.record.model.fusion),
    selection: published.id,
    provenance: provenanceOf(published),
  };
}

function requireCaption(outcome: Float32Array | AppError, index: number): Float32Array {
  if (!(outcome instanceof AppError)) return outcome;
  throw new AppError(outcome.code, `Caption ${index}: ${outcome.message}`, {
    cause: outcome,
    ...againAs(outcome),
  });
}

/** The schema's name of a record's fusion. */
export function fusionName({ kind }: Pick<FusionModel, 'kind'>): FusionName {
  switch (kind) {
    case 'identity':
      return 'IDENTITY';
    case 'weighted':
      return 'WEIGHTED';
    case 'attention':
      return 'ATTENTION';
  }
}
