import { orItemError } from '../errors.ts';
import { LIMITS, assertWithin } from '../limits.ts';
import { prepareImage, prepareText, readBaseRate, scoreInFull } from '../pair-scores.ts';
import { assertFirst, toRanking } from './ranking.ts';
import { settleItems } from './settle.ts';
import { targetOf } from './target.ts';
import type { QueryField } from './query-field.ts';

export const rankTexts: QueryField<'rankTexts'> = (_root, args, { budget, embeddings, selection }) =>
  orItemError(async () => {
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
    return toRanking(published, outcomes, { first: args.first, baseRate });
  });
