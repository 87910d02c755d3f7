import { useState } from 'preact/hooks';
import { samplePictures } from 'virtual:sample-pictures';
import {
  type Picture,
  addressOf,
  pictureOfFile,
  pictureOfSample,
  pictureOfUrl,
  picturesOfAddress,
} from '../../pictures/picture.ts';
import type { SamplePicture } from '../../pictures/sample-picture.ts';
import { readCaptions, readPictures, writeCaptions } from '../../state/address-params.ts';
import { addressedAtFirst, useAddressed } from '../../state/address.ts';
import { type CaptionList, captionList } from '../../state/captions.ts';
import { startingCaptions } from './starting-captions.ts';

/** What the Rank view asks about, and how a person changes it. */
export interface RankInputs {
  readonly picture: Picture | null;
  readonly captions: CaptionList;
  /** Said beside the picture when it is not quite what was given; else empty. */
  readonly aside: string;
  readonly setCaptions: (captions: CaptionList) => void;
  readonly chooseSample: (sample: SamplePicture) => void;
  readonly chooseFiles: (files: readonly File[]) => void;
  readonly chooseUrl: (url: string) => void;
}

interface Asked {
  readonly picture: Picture | null;
  readonly captions: CaptionList;
  readonly aside: string;
}

const firstSample = samplePictures.at(0) ?? null;

/** Starts with the first sample among captions of others, so that the page opens with an answer. */
export function useRankInputs(): RankInputs {
  const [asked, setAsked] = useState<Asked>(() => readAsked(addressedAtFirst('rank'), null));
  useAddressed('rank', writeAsked(asked), (params) => setAsked(({ picture }) => readAsked(params, picture)));
  const choose = (picture: Picture, aside = ''): void =>
    setAsked(({ captions }) => ({
      picture,
      aside,
      captions: captions.edited || !picture.sample ? captions : captionsFor(picture),
    }));
  return {
    ...asked,
    setCaptions: (captions) => setAsked((before) => ({ ...before, captions })),
    chooseSample: (sample) => choose(pictureOfSample(sample)),
    chooseFiles(files) {
      const [first] = files;
      if (first === undefined) return;
      const others = `Took the first of ${files.length} files; the Matrix takes them all.`;
      choose(pictureOfFile(first), files.length > 1 ? others : '');
    },
    chooseUrl: (url) => choose(pictureOfUrl(url)),
  };
}

/** Captions that a view begins with for a picture. */
function captionsFor(picture: Picture | null): CaptionList {
  return captionList(picture?.sample ? startingCaptions(samplePictures, picture.sample) : ['']);
}

/** @param held the picture that is there now */
function readAsked(params: URLSearchParams, held: Picture | null): Asked {
  const names = readPictures(params).slice(0, 1);
  const { pictures, aside } = picturesOfAddress(names, held ? [held] : []);
  const opening = names.length === 0 && firstSample ? pictureOfSample(firstSample) : null;
  const picture = pictures[0] ?? opening;
  return { picture, aside, captions: readCaptions(params) ?? captionsFor(picture) };
}

/** Empty for what the view opens with. */
function writeAsked({ picture, captions }: Asked): string {
  const params = new URLSearchParams();
  if (picture !== null && picture.sample?.url !== firstSample?.url) params.set('picture', addressOf(picture));
  writeCaptions(params, captions, captionsFor(picture));
  return String(params);
}
