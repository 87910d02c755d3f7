import type { SamplePicture } from '../../pictures/sample-picture.ts';

const COMPANIONS = 5;

/** A sample's own caption among those of five others, spread over the list; its own comes third, so that ranking it first is news. */
export function startingCaptions(samples: readonly SamplePicture[], chosen: SamplePicture): string[] {
  const others = samples.filter((sample) => sample !== chosen);
  const start = samples.indexOf(chosen);
  const step = Math.max(1, Math.floor(others.length / COMPANIONS));
  const companions = Array.from(
    { length: Math.min(COMPANIONS, others.length) },
    (_, index) => others[(start + index * step) % others.length].caption,
  );
  return [...companions.slice(0, 2), chosen.caption, ...companions.slice(2)];
}
