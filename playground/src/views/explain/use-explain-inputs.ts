import { useState } from 'preact/hooks';
import { sampleSets } from 'virtual:sample-pictures';
import { sampleSetOf } from '../../pictures/opening-samples.ts';
import {
  type Picture,
  addressOf,
  latestFile,
  pictureOfSample,
  picturesOfAddress,
} from '../../pictures/picture.ts';
import { type PictureChoice, pictureChoice } from '../../pictures/picture-choice.ts';
import type { SampleSetName } from '../../pictures/sample-picture.ts';
import { readPictures, readText } from '../../state/address-params.ts';
import { addressedAtFirst, useAddressed } from '../../state/address.ts';

/** What the Explain view asks about, and how a person changes it. */
export interface ExplainInputs extends PictureChoice {
  readonly picture: Picture | null;
  readonly text: string;
  readonly sampleSet: SampleSetName;
  /** Said beside the picture when it is not quite what was given; else empty. */
  readonly aside: string;
  readonly setText: (text: string) => void;
}

interface Asked {
  readonly picture: Picture | null;
  readonly text: string;
  readonly sampleSet: SampleSetName;
  readonly aside: string;
}

const firstSample = sampleSets.right.at(0) ?? null;

/** Starts with the first sample and its own caption. */
export function useExplainInputs(): ExplainInputs {
  const [asked, setAsked] = useState<Asked>(() => readAsked(addressedAtFirst('explain'), null));
  useAddressed('explain', writeAsked(asked), (params) =>
    setAsked(({ picture }) => readAsked(params, picture)),
  );
  const choose = (picture: Picture, aside = ''): void =>
    setAsked((before) => ({ ...before, picture, aside, text: textOnChoosing(picture, before) }));
  return {
    ...asked,
    setText: (text) => setAsked((before) => ({ ...before, text })),
    ...pictureChoice({
      choose,
      setSampleSet: (sampleSet) => setAsked((before) => ({ ...before, sampleSet })),
      asideOfMany: (count) => `Took the first of ${count} files.`,
    }),
  };
}

/** A sample's own caption goes with it; what a person wrote stays. */
function textOnChoosing(picture: Picture, { picture: before, text }: Asked): string {
  const isOwn = text === '' || text === before?.sample?.caption;
  return isOwn ? (picture.sample?.caption ?? '') : text;
}

/** @param held the picture that is there now */
function readAsked(params: URLSearchParams, held: Picture | null): Asked {
  const names = readPictures(params).slice(0, 1);
  const files = [held, latestFile()].filter((picture) => picture !== null);
  const { pictures, aside } = picturesOfAddress(names, files.toReversed());
  const opening = names.length === 0 && firstSample ? pictureOfSample(firstSample) : null;
  const picture = pictures[0] ?? opening;
  return {
    picture,
    aside,
    text: readText(params, 'caption') ?? picture?.sample?.caption ?? '',
    sampleSet: sampleSetOf(pictures),
  };
}

/** Empty for what the view opens with. */
function writeAsked({ picture, text }: Asked): string {
  const params = new URLSearchParams();
  if (picture !== null && picture.sample?.url !== firstSample?.url) params.set('picture', addressOf(picture));
  if (text !== (picture?.sample?.caption ?? '')) params.set('caption', text);
  return String(params);
}
