import type { ImageInput, TextInput } from './inputs/given.ts';
import { LIMITS, assertWithin } from './limits.ts';
import { MatrixScores } from './matrix-scores.ts';
import { readBaseRate } from './pair-scores.ts';
import type { RequestScope } from './request-scope.ts';
import { settleItems } from './settle.ts';
import { targetOf } from './target.ts';
import { productKernels } from './workerd-product-kernels.ts';

export interface AlignMatrixArguments {
  readonly images: readonly ImageInput[];
  readonly texts: readonly TextInput[];
  /** Name. */
  readonly selection: string;
  readonly baseRate?: number | null;
}

/** Scores every image against every text. @throws AppError, as `alignMatrix` of schema.graphql tells */
export async function alignMatrix(
  args: AlignMatrixArguments,
  { budget, embeddings, selection }: RequestScope,
): Promise<MatrixScores> {
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
}
