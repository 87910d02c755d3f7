import { resizeAndCrop } from '../../src/clip/images/preprocess.ts';
import { readPicture, towerInputs } from '../../src/clip/towers/loaded-tower.ts';
import { runForOutputs } from '../../src/clip/towers/onnx-session.ts';
import { PATCH_OUTPUT } from '../../src/clip/towers/patch-explainer.ts';
import type { PatchGrid } from '../../src/core/evaluation/region-images.ts';
import { AppError } from '../../src/errors.ts';
import type { StartProgress } from '../cli/progress.ts';
import { UserError } from '../cli/user-error.ts';
import { openVisionTower } from '../clip/load-encoder.ts';
import type { ImageSource } from '../dataset/pair-source.ts';

/**
 * The patches of pictures in the space of the texts, of an encoder whose embedding is their mean.
 * @param pictures each of which was encoded before
 * @throws UserError for an encoder that does not give them, or a picture that can no longer be read
 */
export async function readPatchEmbeddings(
  pictures: readonly ImageSource[],
  model: string | undefined,
  startProgress: StartProgress,
): Promise<PatchGrid> {
  const tower = await openVisionTower({ model });
  if (!tower.session.outputNames.includes(PATCH_OUTPUT)) {
    throw new UserError(
      `--regions pools patches in the space of the texts, which this model does not give: expected an output ${PATCH_OUTPUT}, got ${tower.session.outputNames.join(', ')}. The embedded encoder has it: leave out --model.`,
    );
  }
  const progress = startProgress('patches', pictures.length);
  const matrices: Float32Array[] = [];
  let side = 0;
  try {
    for (const { name, read } of pictures) {
      const picture = await readPicture(tower, await read(), (rows) =>
        resizeAndCrop(rows, tower.preprocessing),
      );
      if (picture instanceof AppError) throw new UserError(`${name}: ${picture.message}`);
      const outputs = await runForOutputs(
        tower.runtime,
        tower.session,
        towerInputs(tower, tower.session, [picture]),
        [PATCH_OUTPUT],
      );
      const { data, dims } = outputs[PATCH_OUTPUT];
      matrices.push(data);
      side = Math.sqrt(dims[1]);
      progress.add(1);
    }
  } finally {
    progress.stop();
  }
  return { rows: side, columns: side, pictures: matrices };
}

/** @throws UserError where a picture is known by its embedding alone */
export function picturesOf(origins: readonly (ImageSource | null)[]): ImageSource[] {
  return origins.map((picture) => {
    if (picture !== null) return picture;
    throw new UserError('--regions needs pictures; this DATASET holds embeddings');
  });
}
