import { useState } from 'preact/hooks';
import { sampleSets } from 'virtual:sample-pictures';
import { openingSampleOf, sampleSetOf } from '../../pictures/opening-samples.ts';
import { captionsForOwnPicture, ownCaptions } from '../../pictures/own-picture-captions.ts';
import { type Picture, addressOf, pictureOfSample, picturesOfAddress } from '../../pictures/picture.ts';
import { type PictureChoice, pictureChoice } from '../../pictures/picture-choice.ts';
import type { SampleSetName } from '../../pictures/sample-picture.ts';
import { readCaptions, readPictures, writeCaptions } from '../../state/address-params.ts';
import { addressedAtFirst, useAddressed } from '../../state/address.ts';
import { type CaptionList, captionList } from '../../state/captions.ts';
import { startingCaptions } from './starting-captions.ts';

/** What the Rank view asks about, and how a person changes it. */
export interface RankInputs extends PictureChoice {
  readonly picture: Picture | null;
  readonly captions: CaptionList;
  /** Which samples there are to choose from. */
  readonly sampleSet: SampleSetName;
  /** Said beside the picture when it is not quite what was given; else empty. */
  readonly aside: string;
  readonly setCaptions: (captions: CaptionList) => void;
}

interface Asked {
  readonly picture: Picture | null;
  readonly captions: CaptionList;
  readonly sampleSet: SampleSetName;
  readonly aside: string;
}

const firstSample = sampleSets.right.at(0) ?? null;

/** Starts with the first sample among captions of others, so that the page opens with an answer. */
export function useRankInputs(): RankInputs {
  const [asked, setAsked] = useState<Asked>(() => readAsked(addressedAtFirst('rank'), null));
  useAddressed('rank', writeAsked(asked), (params) => setAsked(({ picture }) => readAsked(params, picture)));
  const choose = (picture: Picture, aside = ''): void =>
    setAsked((before) => ({
      ...before,
      picture,
      aside,
      captions: captionsOnChoosing(picture, before.captions),
    }));
  return {
    ...asked,
    setCaptions: (captions) => setAsked((before) => ({ ...before, captions })),
    ...pictureChoice({
      choose,
      setSampleSet: (sampleSet) => setAsked((before) => ({ ...before, sampleSet })),
      asideOfMany: (count) => `Took the first of ${count} files; the Matrix takes them all.`,
    }),
  };
}

/** What a person wrote stays; a picture of one's own drops what a sample brought. */
function captionsOnChoosing(picture: Picture, captions: CaptionList): CaptionList {
  if (!picture.sample) return captionsForOwnPicture(captions);
  return captions.edited ? captions : captionsFor(picture);
}

/** Captions that a view begins with for a picture. */
function captionsFor(picture: Picture | null): CaptionList {
  if (picture === null) return captionList(['']);
  return picture.sample ? captionList(startingCaptions(openingSampleOf(picture.sample))) : ownCaptions();
}

/** @param held the picture that is there now */
function readAsked(params: URLSearchParams, held: Picture | null): Asked {
  const names = readPictures(params).slice(0, 1);
  const { pictures, aside } = picturesOfAddress(names, held ? [held] : []);
  const opening = names.length === 0 && firstSample ? pictureOfSample(firstSample) : null;
  const picture = pictures[0] ?? opening;
  return {
    picture,
    aside,
    captions: readCaptions(params) ?? captionsFor(picture),
    sampleSet: sampleSetOf(pictures),
  };
}

/** Empty for what the view opens with. */
function writeAsked({ picture, captions }: Asked): string {
  const params = new URLSearchParams();
  if (picture !== null && picture.sample?.url !== firstSample?.url) params.set('picture', addressOf(picture));
  writeCaptions(params, captions, captionsFor(picture));
  return String(params);
}
