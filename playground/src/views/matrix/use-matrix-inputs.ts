import { useState } from 'preact/hooks';
import { sampleSets } from 'virtual:sample-pictures';
import { sampleSetOf } from '../../pictures/opening-samples.ts';
import { captionsForOwnPicture } from '../../pictures/own-picture-captions.ts';
import {
  type Picture,
  addressOf,
  pictureOfFile,
  pictureOfSample,
  pictureOfUrl,
  picturesOfAddress,
} from '../../pictures/picture.ts';
import type { OpeningSample, SamplePicture, SampleSetName } from '../../pictures/sample-picture.ts';
import { readCaptions, readPictures, writeCaptions } from '../../state/address-params.ts';
import { addressedAtFirst, useAddressed } from '../../state/address.ts';
import { type CaptionList, captionList } from '../../state/captions.ts';
import { METRICS, type Metric } from './matrix-cells.ts';

/** What the Matrix view compares and shows, and how a person changes it. */
export interface MatrixInputs {
  readonly pictures: readonly Picture[];
  readonly captions: CaptionList;
  /** Which samples there are to choose from. */
  readonly sampleSet: SampleSetName;
  /** Which figure the cells show. */
  readonly metric: Metric;
  /** Said beside the pictures when they are not quite those of the address; else empty. */
  readonly aside: string;
  readonly setCaptions: (captions: CaptionList) => void;
  readonly setMetric: (metric: Metric) => void;
  readonly addFiles: (files: readonly File[]) => void;
  readonly addUrl: (url: string) => void;
  readonly toggleSample: (sample: SamplePicture) => void;
  /** Show another set, and begin with it; pictures and captions of one's own stay. */
  readonly showSamples: (name: SampleSetName) => void;
  readonly removePicture: (picture: Picture) => void;
}

type Asked = Pick<MatrixInputs, 'pictures' | 'captions' | 'sampleSet' | 'metric' | 'aside'>;

/** In the place of pictures, where there is none. */
const NO_PICTURES = '';

/** Starts with samples and their captions. */
export function useMatrixInputs(): MatrixInputs {
  const [asked, setAsked] = useState<Asked>(() => readAsked(addressedAtFirst('matrix'), []));
  useAddressed('matrix', writeAsked(asked), (params) =>
    setAsked(({ pictures }) => readAsked(params, pictures)),
  );
  const change = (changed: Partial<Asked>): void => setAsked((before) => ({ ...before, ...changed }));
  const setPictures = (next: (before: readonly Picture[]) => readonly Picture[]): void =>
    setAsked((before) => ({ ...before, pictures: next(before.pictures), aside: '' }));
  const addOwn = (own: readonly Picture[]): void => setAsked((before) => withOwn(before, own));
  return {
    ...asked,
    setCaptions: (captions) => change({ captions }),
    setMetric: (metric) => change({ metric }),
    addFiles: (files) => addOwn(files.map(pictureOfFile)),
    addUrl: (url) => addOwn([pictureOfUrl(url)]),
    removePicture: (picture) => setPictures((before) => without(before, picture)),
    toggleSample(sample) {
      const picture = pictureOfSample(sample);
      setPictures((before) => {
        const others = without(before, picture);
        return others.length < before.length ? others : [...before, picture];
      });
    },
    showSamples: (sampleSet) =>
      setAsked((before) => ({
        ...before,
        sampleSet,
        aside: '',
        pictures: [...before.pictures.filter(({ sample }) => !sample), ...startingPictures(sampleSet)],
        captions: before.captions.edited ? before.captions : startingCaptions(sampleSet),
      })),
  };
}

/** Pictures of one's own take the place of what the view opened with, and join what a person has put together. */
function withOwn(before: Asked, own: readonly Picture[]): Asked {
  const { pictures, captions, sampleSet } = before;
  const [last] = own;
  if (last === undefined) return before;
  const isAsOpened =
    !captions.edited && addressOfAll(pictures).join() === addressOfAll(startingPictures(sampleSet)).join();
  const kept = own.reduce(without, isAsOpened ? [] : pictures);
  return {
    ...before,
    aside: '',
    pictures: [...kept, ...own],
    captions: isAsOpened ? captionsForOwnPicture(captions) : captions,
  };
}

/** Four that are right with their captions: the diagonal shows what to look for. Of the hard ones three, each with what it is taken for. */
function startingSamples(name: SampleSetName): readonly OpeningSample[] {
  return sampleSets[name].slice(0, name === 'right' ? 4 : 3);
}

function startingPictures(name: SampleSetName): readonly Picture[] {
  return startingSamples(name).map(pictureOfSample);
}

function startingCaptions(name: SampleSetName): CaptionList {
  const texts = startingSamples(name).flatMap(({ caption, rivals }) => [caption, ...rivals.slice(0, 1)]);
  return captionList(texts.length > 0 ? [...new Set(texts)] : ['']);
}

function without(pictures: readonly Picture[], { id }: Picture): readonly Picture[] {
  return pictures.filter((picture) => picture.id !== id);
}

function addressOfAll(pictures: readonly Picture[]): readonly string[] {
  return pictures.length === 0 ? [NO_PICTURES] : pictures.map(addressOf);
}

/** @param held the pictures that are there now */
function readAsked(params: URLSearchParams, held: readonly Picture[]): Asked {
  const names = readPictures(params);
  const { pictures, aside } = picturesOfAddress(
    names.filter((name) => name !== NO_PICTURES),
    held,
  );
  const sampleSet = sampleSetOf(pictures);
  return {
    pictures: names.length === 0 ? startingPictures(sampleSet) : pictures,
    captions: readCaptions(params) ?? startingCaptions(sampleSet),
    sampleSet,
    metric: METRICS.find((known) => known === params.get('show')) ?? METRICS[0],
    aside,
  };
}

/** Empty for what the view opens with. */
function writeAsked({ pictures, captions, metric }: Asked): string {
  const params = new URLSearchParams();
  const names = addressOfAll(pictures);
  const opening = addressOfAll(startingPictures('right'));
  if (names.join() !== opening.join()) for (const name of names) params.append('picture', name);
  // As it is read again: an address says which set it is of by its pictures.
  writeCaptions(params, captions, startingCaptions(sampleSetOf(pictures)));
  if (metric !== METRICS[0]) params.set('show', metric);
  return String(params);
}
