import type { OpeningSample } from '../../pictures/sample-picture.ts';

/** A sample's own caption among the others that it is shown with; its own comes third, so that ranking it first is news. */
export function startingCaptions({ caption, rivals, others }: OpeningSample): string[] {
  const companions = [...others, ...rivals];
  return [...companions.slice(0, 2), caption, ...companions.slice(2)];
}
