import { AppError } from '../../errors.ts';
import { alignMatrix as answer } from '../../use-cases/align-matrix.ts';
import type { RequestBudget } from '../../use-cases/limits.ts';
import type { MatrixScores } from '../../use-cases/matrix-scores.ts';
import { provenanceOf } from '../../use-cases/provenance.ts';
import { toItemError } from '../errors.ts';
import type { AlignmentMatrixResolvers, IndexedError } from '../generated/resolvers.ts';
import type { QueryField } from './query-field.ts';

export const alignMatrix: QueryField<'alignMatrix'> = (_root, args, context) => answer(args, context);

export const AlignmentMatrix: AlignmentMatrixResolvers = {
  cosines: (matrix, _args, { budget }) => spendCells(matrix, budget).cosines(),
  scores: (matrix, _args, { budget }) => spendCells(matrix, budget).scores(),
  probabilities: (matrix, _args, { budget }) => spendCells(matrix, budget).probabilities(),
  cosinesPacked: (matrix, _args, { budget }) => spendCells(matrix, budget).cosinesPacked(),
  scoresPacked: (matrix, _args, { budget }) => spendCells(matrix, budget).scoresPacked(),
  probabilitiesPacked: (matrix, _args, { budget }) => spendCells(matrix, budget).probabilitiesPacked(),
  imageDomain: (matrix) => matrix.imageDomain(),
  textDomain: (matrix) => matrix.textDomain(),
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
