import { probability } from '../../core/calibration.ts';
import { cosineSimilarity } from '../../core/vector.ts';
import { AppError } from '../../errors.ts';
import { toItemError } from '../errors.ts';
import type { AlignmentMatrixResolvers, IndexedError } from '../generated/resolvers.ts';
import { LIMITS, type RequestBudget, assertWithin } from '../limits.ts';
import { type ScoredSide, prepareImage, prepareText, readBaseRate, scorePair } from '../pair-scores.ts';
import type { MatrixScores } from '../matrix-scores.ts';
import { settleItems } from './settle.ts';
import { targetOf } from './target.ts';
import type { QueryField } from './query-field.ts';

export const alignMatrix: QueryField<'alignMatrix'> = async (
  _root,
  args,
  { budget, embeddings, selection },
) => {
  const baseRate = readBaseRate(args.baseRate);
  assertWithin('images', args.images.length, LIMITS.images);
  assertWithin('texts', args.texts.length, LIMITS.texts);
  budget.spend('pairs', args.images.length * args.texts.length);
  const published = await selection(args.selection);
  const target = targetOf(published);
  const [images, texts] = await Promise.all([
    settleItems(args.images, async (input) => prepareImage(published, await embeddings.image(input, target))),
    settleItems(args.texts, async (input) => prepareText(published, await embeddings.text(input, target))),
  ]);
  return { selection: published, baseRate, images, texts };
};

export const AlignmentMatrix: AlignmentMatrixResolvers = {
  cosines: (matrix, _args, { budget }) =>
    cells(matrix, budget, (image, text) => cosineSimilarity(image.embedding, text.embedding)),
  scores: (matrix, _args, { budget }) =>
    cells(matrix, budget, (image, text) => scorePair(matrix.selection, image, text)),
  probabilities: (matrix, _args, { budget }) => {
    const { calibrator } = matrix.selection.record.model;
    return cells(matrix, budget, (image, text) =>
      probability(calibrator, scorePair(matrix.selection, image, text), matrix.baseRate),
    );
  },
  imageErrors: ({ images }) => indexedErrors(images),
  textErrors: ({ texts }) => indexedErrors(texts),
  selection: ({ selection }) => selection.id,
};

function cells(
  { images, texts }: MatrixScores,
  budget: RequestBudget,
  compute: (image: ScoredSide, text: ScoredSide) => number,
): (number | null)[][] {
  budget.spend('answerNumbers', images.length * texts.length);
  return images.map((image) =>
    texts.map((text) =>
      image instanceof AppError || text instanceof AppError ? null : compute(image, text),
    ),
  );
}

function indexedErrors(outcomes: readonly (ScoredSide | AppError)[]): IndexedError[] {
  return outcomes.flatMap((outcome, index) =>
    outcome instanceof AppError
      ? [{ __typename: 'IndexedError' as const, index, error: toItemError(outcome) }]
      : [],
  );
}
