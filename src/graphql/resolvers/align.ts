import { orItemError } from '../errors.ts';
import { intervalOf, prepareImage, prepareText, readBaseRate, scoreInFull } from '../pair-scores.ts';
import { targetOf } from './target.ts';
import { provenanceOf } from '../provenance.ts';
import type { QueryField } from './query-field.ts';

export const align: QueryField<'align'> = (_root, args, { budget, embeddings, selection }) =>
  orItemError(async () => {
    const baseRate = readBaseRate(args.baseRate);
    budget.spend('pairs', 1);
    const published = await selection(args.selection);
    const target = targetOf(published);
    const [image, text] = await Promise.all([
      embeddings.image(args.image, target),
      embeddings.text(args.text, target),
    ]);
    const scores = scoreInFull(
      published,
      prepareImage(published, image),
      prepareText(published, text),
      baseRate,
    );
    return {
      __typename: 'Alignment' as const,
      ...scores,
      probabilityInterval: intervalOf(published, scores.score, baseRate),
      selection: published.id,
      provenance: provenanceOf(published),
      encoder: target.id,
    };
  });
