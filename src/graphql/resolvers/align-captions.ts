import { AppError } from '../../errors.ts';
import { orItemError } from '../errors.ts';
import { LIMITS, assertWithin } from '../limits.ts';
import { readBaseRate, scoreCaptions } from '../pair-scores.ts';
import { fusionName } from './selection.ts';
import { settleItems } from './settle.ts';
import { targetOf } from './target.ts';
import { provenanceOf } from '../provenance.ts';
import type { QueryField } from './query-field.ts';

export const alignCaptions: QueryField<'alignCaptions'> = (_root, args, { budget, embeddings, selection }) =>
  orItemError(async () => {
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
      __typename: 'CaptionSetAlignment' as const,
      ...scoreCaptions(published, image, outcomes.map(requireCaption), baseRate),
      fusion: fusionName(published.record.model.fusion),
      selection: published.id,
      provenance: provenanceOf(published),
    };
  });

function requireCaption(outcome: Float32Array | AppError, index: number): Float32Array {
  if (!(outcome instanceof AppError)) return outcome;
  throw new AppError(outcome.code, `Caption ${index}: ${outcome.message}`, { cause: outcome });
}
