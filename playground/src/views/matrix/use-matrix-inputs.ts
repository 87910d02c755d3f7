import { useState } from 'preact/hooks';
import { samplePictures } from 'virtual:sample-pictures';
import { type Picture, pictureOfFile, pictureOfSample } from '../../pictures/picture.ts';
import type { SamplePicture } from '../../pictures/sample-picture.ts';
import { type CaptionList, captionList } from '../../state/captions.ts';

/** What the Matrix view compares, and how a person changes it. */
export interface MatrixInputs {
  readonly pictures: readonly Picture[];
  readonly captions: CaptionList;
  readonly setCaptions: (captions: CaptionList) => void;
  readonly addFiles: (files: readonly File[]) => void;
  readonly toggleSample: (sample: SamplePicture) => void;
  readonly removePicture: (picture: Picture) => void;
}

const STARTING_SAMPLES = samplePictures.slice(0, 4);

/** Starts with four samples and their captions, so that the diagonal shows what to look for. */
export function useMatrixInputs(): MatrixInputs {
  const [pictures, setPictures] = useState<readonly Picture[]>(() => STARTING_SAMPLES.map(pictureOfSample));
  const [captions, setCaptions] = useState(() =>
    captionList(STARTING_SAMPLES.length > 0 ? STARTING_SAMPLES.map(({ caption }) => caption) : ['']),
  );
  const without = (id: string): readonly Picture[] => pictures.filter((picture) => picture.id !== id);
  return {
    pictures,
    captions,
    setCaptions,
    addFiles: (files) => setPictures((before) => [...before, ...files.map(pictureOfFile)]),
    removePicture: ({ id }) => setPictures(without(id)),
    toggleSample(sample) {
      const picture = pictureOfSample(sample);
      const others = without(picture.id);
      setPictures(others.length < pictures.length ? others : [...pictures, picture]);
    },
  };
}
