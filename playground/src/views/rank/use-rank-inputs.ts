import { useState } from 'preact/hooks';
import { samplePictures } from 'virtual:sample-pictures';
import { type Picture, pictureOfFile, pictureOfSample } from '../../pictures/picture.ts';
import type { SamplePicture } from '../../pictures/sample-picture.ts';
import { type CaptionList, captionList } from '../../state/captions.ts';
import { startingCaptions } from './starting-captions.ts';

/** What the Rank view asks about, and how a person changes it. */
export interface RankInputs {
  readonly picture: Picture | null;
  readonly captions: CaptionList;
  /** Said beside the picture when only a part of what was dropped is used; else empty. */
  readonly aside: string;
  readonly setCaptions: (captions: CaptionList) => void;
  readonly chooseSample: (sample: SamplePicture) => void;
  readonly chooseFiles: (files: readonly File[]) => void;
}

const firstSample = samplePictures.at(0) ?? null;

/** Starts with the first sample among captions of others, so that the page opens with an answer. */
export function useRankInputs(): RankInputs {
  const [picture, setPicture] = useState<Picture | null>(() => firstSample && pictureOfSample(firstSample));
  const [captions, setCaptions] = useState(() =>
    captionList(firstSample ? startingCaptions(samplePictures, firstSample) : ['']),
  );
  const [aside, setAside] = useState('');
  return {
    picture,
    captions,
    aside,
    setCaptions,
    chooseSample(sample) {
      setAside('');
      setPicture(pictureOfSample(sample));
      if (!captions.edited) setCaptions(captionList(startingCaptions(samplePictures, sample)));
    },
    chooseFiles(files) {
      const [first] = files;
      if (first === undefined) return;
      setPicture(pictureOfFile(first));
      setAside(files.length > 1 ? `Took the first of ${files.length} files; the Matrix takes them all.` : '');
    },
  };
}
