import { decide } from '../../src/core/calibration/decisions.ts';
import type { Calibrator } from '../../src/core/scoring/selection-model.ts';
import { nodeDecoders } from '../clip/node-runtime.ts';
import type { PairedEmbeddings } from '../../src/dataset/paired-embeddings.ts';
import type { ImageSource } from '../dataset/pair-source.ts';
import type { Calibration } from '../../src/core/evaluation/calibrate.ts';
import type { HeldOutScores } from '../../src/core/evaluation/held-out.ts';
import { pickExamples } from '../report/pick-examples.ts';
import type { ExamplePair, ExamplePairs } from '../report/report-data.ts';
import { type Thumbnailer, createThumbnailer } from '../report/thumbnails.ts';

/**
 * The held-out pairs worth a look, with their pictures where they still open; null where embeddings came without
 * captions to show.
 */
export async function examplePairs(
  { origins, imageRows }: PairedEmbeddings,
  heldOut: HeldOutScores,
  { probabilities }: Calibration,
  calibrator: Calibrator,
): Promise<ExamplePairs | null> {
  if (origins.captions.every((caption) => caption === null)) return null;
  const toThumbnail = await createThumbnailer(await nodeDecoders());
  const whereOfImage = new Map<number, string>();
  imageRows.forEach((row, pair) => {
    if (!whereOfImage.has(row)) whereOfImage.set(row, origins.where[pair]);
  });
  const describe = async (i: number): Promise<ExamplePair> => {
    const image = heldOut.imageRows[i];
    return {
      where: whereOfImage.get(image) ?? 'marked as a mismatch',
      caption: origins.captions[heldOut.textRows[i]] ?? '',
      isMatch: heldOut.labels[i] === 1,
      score: heldOut.scores[i],
      probability: probabilities[i],
      decision: decide(calibrator, probabilities[i]),
      thumbnail: await thumbnailOf(origins.pictures[image], toThumbnail),
    };
  };
  const { best, worst, uncertain } = pickExamples({ ...heldOut, probabilities });
  return {
    best: await Promise.all(best.map(describe)),
    worst: await Promise.all(worst.map(describe)),
    uncertain: await Promise.all(uncertain.map(describe)),
  };
}

/** Null for none, and for one that was moved or damaged since it was encoded. */
async function thumbnailOf(picture: ImageSource | null, toThumbnail: Thumbnailer): Promise<string | null> {
  const bytes = await picture?.read().catch(() => null);
  return bytes ? toThumbnail(bytes) : null;
}
