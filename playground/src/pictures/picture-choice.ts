import { sampleSets } from 'virtual:sample-pictures';
import { type Picture, pictureOfFile, pictureOfSample, pictureOfUrl } from './picture.ts';
import type { SamplePicture, SampleSetName } from './sample-picture.ts';

/** How a person chooses the one picture of a view. */
export interface PictureChoice {
  readonly chooseSample: (sample: SamplePicture) => void;
  /** Show another set, and choose the first of it. */
  readonly showSamples: (name: SampleSetName) => void;
  readonly chooseFiles: (files: readonly File[]) => void;
  readonly chooseUrl: (url: string) => void;
}

interface ChoiceOf {
  /** @param aside said beside the picture, if anything is */
  readonly choose: (picture: Picture, aside?: string) => void;
  readonly setSampleSet: (name: SampleSetName) => void;
  /** What is said where several files were given and the first was taken. */
  readonly asideOfMany: (count: number) => string;
}

export function pictureChoice({ choose, setSampleSet, asideOfMany }: ChoiceOf): PictureChoice {
  return {
    chooseSample: (sample) => choose(pictureOfSample(sample)),
    showSamples(name) {
      const [first] = sampleSets[name];
      if (first !== undefined) choose(pictureOfSample(first));
      setSampleSet(name);
    },
    chooseFiles(files) {
      const [first] = files;
      if (first === undefined) return;
      choose(pictureOfFile(first), files.length > 1 ? asideOfMany(files.length) : '');
    },
    chooseUrl: (url) => choose(pictureOfUrl(url)),
  };
}
