import type { PatchHeat, PatchMethod } from '../clip/patches.ts';
import { encodePng } from '../clip/images/encode-png.ts';
import { toDataUri } from '../clip/remote/data-uri.ts';
import { paintHeat } from '../core/regions/paint-heat.ts';
import { queryVector, scoreDirection, scoreFactor } from '../core/search/score-direction.ts';
import { AppError } from '../errors.ts';
import type { PublishedSelection } from '../storage/selection-store.ts';
import type { ImageInput } from './inputs/given.ts';
import { COVERED_BY_ITSELF, COVERED_WHEN_ASKED } from './heat-passes.ts';
import { occlude } from './occlude.ts';
import { type ScoredSide, prepareImage, scorePair } from './pair-scores.ts';
import type { RequestScope } from './request-scope.ts';

export type ExplainMethod = PatchMethod | 'AUTO' | 'NONE';

/** A pair that is explained. */
interface Pair {
  readonly published: PublishedSelection;
  readonly image: ScoredSide;
  readonly text: ScoredSide;
}

/**
 * What each region of the image adds to the score: by the encoder where it can tell, by occlusion here where it cannot.
 * @returns null for NONE, and for AUTO where there are no pixels
 * @throws AppError BAD_INPUT for a method that cannot be had, and those of the picture and the encoder
 */
export async function findHeat(
  given: ImageInput,
  method: ExplainMethod,
  pair: Pair,
  scope: RequestScope,
): Promise<PatchHeat | null> {
  if (method === 'NONE') return null;
  if (given.embedding != null) {
    if (method === 'AUTO') return null;
    throw new AppError('BAD_INPUT', `Expected pixels for a heat map by ${method}, got an embedding.`);
  }
  const { encoders, embeddings } = scope;
  const explainer = (await encoders().images.patches?.()) ?? null;
  const methods = explainer?.methods ?? [];
  const chosen = method === 'AUTO' ? methods[0] : methods.find((offered) => offered === method);
  if (explainer !== null && chosen !== undefined) {
    const question = { direction: directionOf(pair), method: chosen };
    const heat = await explainer.explainImage(await embeddings.file(given), question, embeddings.deadline);
    if (heat instanceof AppError) throw heat;
    return heat;
  }
  if (method !== 'AUTO' && method !== 'OCCLUSION') {
    const offered = ['AUTO', ...new Set([...methods, 'OCCLUSION']), 'NONE'].join(', ');
    throw new AppError(
      'BAD_INPUT',
      `Expected a method of this deployment's encoder (${offered}), got ${method}.`,
    );
  }
  const { published, text } = pair;
  const covered = method === 'AUTO' ? COVERED_BY_ITSELF : COVERED_WHEN_ASKED;
  const score = (embedding: Float32Array): number =>
    scorePair(published, prepareImage(published, embedding), text);
  return occlude(await embeddings.file(given), covered, score, scope);
}

/** The part that the encoder sees with heat over it, as the data URI of a PNG. */
export async function drawOverlay({ preview, ...heat }: PatchHeat): Promise<string> {
  return toDataUri(await encodePng({ ...preview, data: paintHeat(preview, heat) }));
}

/** The score as a linear function of the image's embedding, at this image, but for a constant. Length dim. */
function directionOf({ published, image, text }: Pair): Float32Array {
  const { model } = published.record;
  const { direction } = scoreDirection(model, 'image', queryVector(model, text.projected));
  const factor = scoreFactor(model, 'image', image.embedding);
  return Float32Array.from(direction, (value) => value * factor);
}
