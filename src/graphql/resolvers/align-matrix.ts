import { AppError } from '../../errors.ts';
import { toItemError } from '../errors.ts';
import type { AlignmentMatrixResolvers, IndexedError } from '../generated/resolvers.ts';
import { LIMITS, type RequestBudget, assertWithin } from '../limits.ts';
import { MatrixScores } from '../matrix-scores.ts';
import { readBaseRate } from '../pair-scores.ts';
import { productKernels } from '../workerd-product-kernels.ts';
import { settleItems } from './settle.ts';
import { targetOf } from './target.ts';
import { provenanceOf } from '../provenance.ts';
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
    settleItems(args.images, (input) => embeddings.image(input, target)),
    settleItems(args.texts, (input) => embeddings.text(input, target)),
  ]);
  return new MatrixScores(published, images, texts, baseRate, productKernels());
};

export const AlignmentMatrix: AlignmentMatrixResolvers = {
  cosines: (matrix, _args, { budget }) => spendCells(matrix, budget).cosines(),
  scores: (matrix, _args, { budget }) => spendCells(matrix, budget).scores(),
  probabilities: (matrix, _args, { budget }) => spendCells(matrix, budget).probabilities(),
  cosinesPacked: (matrix, _args, { budget }) => spendCells(matrix, budget).cosinesPacked(),
  scoresPacked: (matrix, _args, { budget }) => spendCells(matrix, budget).scoresPacked(),
  probabilitiesPacked: (matrix, _args, { budget }) => spendCells(matrix, budget).probabilitiesPacked(),
  imageErrors: ({ images }) => indexedErrors(images),
  textErrors: ({ texts }) => indexedErrors(texts),
  selection: ({ selection }) => selection.id,
  provenance: ({ selection }) => provenanceOf(selection),
};

function spendCells(matrix: MatrixScores, budget: RequestBudget): MatrixScores {
  budget.spend('answerNumbers', matrix.images.length * matrix.texts.length);
  return matrix;
}

function indexedErrors(outcomes: readonly (Float32Array | AppError)[]): IndexedError[] {
  return outcomes.flatMap((outcome, index) =>
    outcome instanceof AppError
      ? [{ __typename: 'IndexedError' as const, index, error: toItemError(outcome) }]
      : [],
  );
}
