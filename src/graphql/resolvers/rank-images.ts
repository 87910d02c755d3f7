import { orItemError } from '../errors.ts';
import { LIMITS, assertWithin } from '../limits.ts';
import { prepareImage, prepareText, readBaseRate, scoreInFull } from '../pair-scores.ts';
import { assertFirst, toRanking } from './ranking.ts';
import { settleItems } from './settle.ts';
import { targetOf } from './target.ts';
import type { QueryField } from './query-field.ts';

export const rankImages: QueryField<'rankImages'> = (_root, args, { budget, embeddings, selection }) =>
  orItemError(async () => {
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
    return toRanking(published, outcomes, { first: args.first, baseRate });
  });
