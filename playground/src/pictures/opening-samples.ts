import { sampleSets } from 'virtual:sample-pictures';
import type { Picture } from './picture.ts';
import type { OpeningSample, SamplePicture, SampleSetName, SampleSets } from './sample-picture.ts';

/** Captions beside its own that a sample is shown among. */
const COMPANIONS = 5;

const { right, hard }: SampleSets = sampleSets;

/** A sample with the captions that it is shown among: for one of neither set, captions of those that are right. */
export function openingSampleOf(sample: SamplePicture): OpeningSample {
  const known = [...right, ...hard].find(({ url }) => url === sample.url);
  const captions = right.map(({ caption }) => caption);
  const others = captions.filter((caption) => caption !== sample.caption).slice(0, COMPANIONS);
  return known ?? { ...sample, rivals: [], others };
}

/** The set that pictures were chosen from: the hard ones as soon as one of them is there. */
export function sampleSetOf(pictures: readonly Picture[]): SampleSetName {
  const urls = new Set(hard.map(({ url }) => url));
  return pictures.some(({ sample }) => sample && urls.has(sample.url)) ? 'hard' : 'right';
}
