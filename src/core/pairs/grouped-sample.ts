import { hashFloats, hashNumbers, hashText } from './content-hash.ts';

/**
 * Pairs of one key are in a grouped sample together or not at all. The key is a hash of what makes the group: its number where one is
 * given, else the name of the picture where there is one, else the picture's embedding. So the sample depends on what the data holds, not on its
 * order, nor on how it is cut into shards.
 */
export function sampleKey(
  image: Float32Array,
  { group, name }: { readonly group: number | null; readonly name: string | null },
): number {
  if (group !== null) return hashNumbers(group);
  return name === null ? hashFloats(image) : hashText(name);
}

/** The lowest keys seen, ascending, one a pair, at most one more than a sample takes: what `sampleBound` needs to know. Mergeable. */
export type SampleSketch = Float64Array;

/** The sketch of more pairs. @param most pairs of a sample, the same for every sketch of one sample; O(n log n) */
export function addToSketch(sketch: SampleSketch, keys: Float64Array, most: number): SampleSketch {
  // Most of many keys are above all that are kept.
  const limit = sketch.length > most ? sketch[sketch.length - 1] : Infinity;
  const low = keys.filter((key) => key < limit);
  if (low.length === 0) return sketch;
  const all = new Float64Array(sketch.length + low.length);
  all.set(sketch);
  all.set(low, sketch.length);
  return all.sort().slice(0, most + 1);
}

export function mergeSketches(a: SampleSketch, b: SampleSketch, most: number): SampleSketch {
  return addToSketch(a, b, most);
}

/**
 * The bound below which keys are sampled: as many whole groups, the lowest first, as have at most so many pairs together. Infinity where all
 * do.
 * @returns 0 where the first group alone is too large
 */
export function sampleBound(sketch: SampleSketch, most: number): number {
  if (sketch.length <= most) return Infinity;
  // The group that goes over stays out whole, and with it everything above.
  return sketch[0] === sketch[most] ? 0 : sketch[most];
}
