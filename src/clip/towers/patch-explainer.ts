import { cosineSimilarity, columnMeans, dot } from '../../core/vector.ts';
import { occlusionHeat, planOcclusion } from '../../core/regions/occlusion.ts';
import { patchGradCam, patchShares } from '../../core/regions/patch-shares.ts';
import { AppError } from '../../errors.ts';
import { coverCells, meanColour } from '../images/cover-part.ts';
import { resizeAndCrop } from '../images/preprocess.ts';
import type { RgbImage } from '../images/resample.ts';
import { forPreview, seenPart } from '../images/seen-part.ts';
import type { PatchExplainer, PatchQuestion } from '../patches.ts';
import { lazy } from '../lazy.ts';
import {
  encodePictures,
  type LoadedTower,
  piecesOf,
  readPicture,
  type RegionMaps,
  towerInputs,
} from './loaded-tower.ts';
import { findOutput, type OnnxSession, runForOutputs } from './onnx-session.ts';
import { asEncoderFailure } from './text-tower.ts';

/** Covered pictures that an occlusion map takes, besides the picture as it is: one around each cell of 7 x 7. */
const OCCLUSION_BUDGET = 49;

interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/**
 * Heat maps where the tower runs: by what its graph, or the copy of it that has more outputs, gives; by occlusion in any case.
 * @param dim what the encoder gives
 */
export async function createPatchExplainer(tower: LoadedTower, dim: number): Promise<PatchExplainer> {
  const regions = await tower.regions();
  const maps = regions?.maps ?? sharesOf(tower.session, tower.family.imageOutputs);
  const session = lazy(async () =>
    regions === null ? tower.session : tower.runtime.createSession(regions.model, regions.externalData),
  );
  const { run } = piecesOf(tower);
  return {
    methods: maps?.methods.includes('OCCLUSION') ? maps.methods : [...(maps?.methods ?? []), 'OCCLUSION'],
    async explainImage(bytes, question) {
      const read = await run(() =>
        readPicture(tower, bytes, (rows) => ({
          picture: resizeAndCrop(rows, tower.preprocessing),
          preview: resizeAndCrop(rows, forPreview(tower.preprocessing)),
          seen: seenPart(rows.extent ?? rows, tower.preprocessing),
        })),
      );
      if (read instanceof AppError) return read;
      const { picture, preview, seen } = read;
      const { method } = question;
      const grid =
        maps === null || method === 'OCCLUSION'
          ? occlude(tower, picture, dim, question.direction)
          : asEncoderFailure(run(async () => mapRegions(tower, await session(), maps, picture, question)));
      return { method, ...(await grid), seen, preview };
    },
  };
}

/** What the graph of an encoder that means over its patches' embeddings gives; null where it does not tell them. */
function sharesOf({ outputNames }: OnnxSession, imageOutputs: readonly string[]): RegionMaps | null {
  const image = imageOutputs.find((name) => outputNames.includes(name));
  if (image === undefined || !outputNames.includes(PATCH_OUTPUT)) return null;
  return {
    // Shares are exact, and yet point less well to what the score hangs on than covering does: docs/explain.md.
    methods: ['OCCLUSION', 'SHARES', 'GRAD_CAM'],
    outputs: [image, PATCH_OUTPUT],
    heat({ [image]: whole, [PATCH_OUTPUT]: patches }, { direction, method }) {
      const mean = columnMeans(patches.data, direction.length);
      const cosine = cosineSimilarity(mean, whole.data);
      if (cosine > LEAST_MEAN_COSINE) {
        return (method === 'SHARES' ? patchShares : patchGradCam)(patches.data, direction);
      }
      throw new AppError(
        'ENCODER_FAILED',
        `The mean of ${PATCH_OUTPUT} has cosine ${cosine.toFixed(4)} to ${image}, expected 1: they are no shares of it`,
      );
    },
  };
}

/** Of tiny-clip: the patches' tokens, normed and projected, [1, patches, dim]. */
export const PATCH_OUTPUT = 'patch_embeds';
/** Both are float32 sums of the same numbers. */
const LEAST_MEAN_COSINE = 0.9999;

async function mapRegions(
  tower: LoadedTower,
  session: OnnxSession,
  { outputs, heat }: RegionMaps,
  picture: RgbImage,
  question: PatchQuestion,
): Promise<Grid> {
  const names = outputs.map((name) => findOutput(session, [name]));
  const inputs = towerInputs(tower, session, [picture]);
  const values = heat(await runForOutputs(tower.runtime, session, inputs, names), question);
  const rows = Math.round(Math.sqrt((values.length * picture.height) / picture.width));
  const columns = values.length / rows;
  if (Number.isInteger(columns)) return { rows, columns, values };
  throw new AppError('ENCODER_FAILED', `The model gave ${values.length} patches, which fill no grid`);
}

async function occlude(
  tower: LoadedTower,
  picture: RgbImage,
  dim: number,
  direction: Float32Array,
): Promise<Grid> {
  const plan = planOcclusion(OCCLUSION_BUDGET, Math.min(picture.width, picture.height));
  const { rows, columns, windows } = plan;
  const { images: together, run } = piecesOf(tower);
  const colour = meanColour(picture);
  const pictures = [picture, ...windows.map((window) => coverCells(picture, window, plan, colour))];
  const scores: number[] = [];
  for (let from = 0; from < pictures.length; from += together) {
    const some = pictures.slice(from, from + together);
    const vectors = await asEncoderFailure(run(() => encodePictures(tower, some, dim)));
    scores.push(...vectors.map((vector) => dot(direction, 0, vector, 0, dim)));
  }
  return { rows, columns, values: occlusionHeat(plan, scores[0], Float64Array.from(scores.slice(1))) };
}
