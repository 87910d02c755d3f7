import type { SampleRow } from './choose-opening.ts';
import type { OpeningFile } from './opening-file.ts';

/** Kernels of another machine round differently: a margin may miss by this much, in cosine. */
const ROUNDING = 0.01;

/**
 * Whether a committed choice still says the truth. The choice itself may differ where two pictures are nearly as good.
 * @param rows all of the sample
 * @param cosine of a picture (by path) and a caption
 * @returns what does not hold, a sentence each
 */
export function openingProblems(
  { margin, right, hard }: OpeningFile,
  rows: readonly SampleRow[],
  cosine: (image: string, caption: string) => number,
): string[] {
  const byImage = new Map(rows.map((row) => [row.image, row]));
  const images = right.map(({ image }) => image);
  const unknown = [...images, ...hard.map(({ image }) => image)].filter((image) => !byImage.has(image));
  if (unknown.length > 0) return unknown.map((image) => `${image} is not in the sample`);
  const captionOf = (image: string): string => byImage.get(image)?.caption ?? '';
  const lead = (image: string, rival: string): number =>
    cosine(image, captionOf(image)) - cosine(image, rival);
  const notRight = images.flatMap((image) =>
    images
      .filter((other) => other !== image && lead(image, captionOf(other)) < margin - ROUNDING)
      .map((other) => `${image}: its own caption does not lead “${captionOf(other)}” by ${margin}`),
  );
  const notHard = hard.flatMap(({ image, rivals }) =>
    rivals
      .filter((rival) => lead(image, rival) > ROUNDING)
      .map((rival) => `${image}: “${rival}” does not beat its own caption`),
  );
  return [...notRight, ...notHard];
}
