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
import { METRICS, type Metric } from './matrix-cells.ts';

/** What the Matrix view compares and shows, and how a person changes it. */
export interface MatrixInputs {
  readonly pictures: readonly Picture[];
  readonly captions: CaptionList;
  /** Which figure the cells show. */
  readonly metric: Metric;
  /** Said beside the pictures when they are not quite those of the address; else empty. */
  readonly aside: string;
  readonly setCaptions: (captions: CaptionList) => void;
  readonly setMetric: (metric: Metric) => void;
  readonly addFiles: (files: readonly File[]) => void;
  readonly addUrl: (url: string) => void;
  readonly toggleSample: (sample: SamplePicture) => void;
  readonly removePicture: (picture: Picture) => void;
}

interface Asked {
  readonly pictures: readonly Picture[];
  readonly captions: CaptionList;
  readonly metric: Metric;
  readonly aside: string;
}

const STARTING_SAMPLES = samplePictures.slice(0, 4);
const STARTING_ADDRESS = addressOfAll(STARTING_SAMPLES.map(pictureOfSample));
/** In the place of pictures, where there is none. */
const NO_PICTURES = '';

/** Starts with four samples and their captions, so that the diagonal shows what to look for. */
export function useMatrixInputs(): MatrixInputs {
  const [asked, setAsked] = useState<Asked>(() => readAsked(addressedAtFirst('matrix'), []));
  useAddressed('matrix', writeAsked(asked), (params) =>
    setAsked(({ pictures }) => readAsked(params, pictures)),
  );
  const change = (changed: Partial<Asked>): void => setAsked((before) => ({ ...before, ...changed }));
  const setPictures = (next: (before: readonly Picture[]) => readonly Picture[]): void =>
    setAsked((before) => ({ ...before, pictures: next(before.pictures), aside: '' }));
  return {
    ...asked,
    setCaptions: (captions) => change({ captions }),
    setMetric: (metric) => change({ metric }),
    addFiles: (files) => setPictures((before) => [...before, ...files.map(pictureOfFile)]),
    addUrl(url) {
      const picture = pictureOfUrl(url);
      setPictures((before) => [...without(before, picture), picture]);
    },
    removePicture: (picture) => setPictures((before) => without(before, picture)),
    toggleSample(sample) {
      const picture = pictureOfSample(sample);
      setPictures((before) => {
        const others = without(before, picture);
        return others.length < before.length ? others : [...before, picture];
      });
    },
  };
}

function startingCaptions(): CaptionList {
  return captionList(STARTING_SAMPLES.length > 0 ? STARTING_SAMPLES.map(({ caption }) => caption) : ['']);
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
  return {
    pictures: names.length === 0 ? STARTING_SAMPLES.map(pictureOfSample) : pictures,
    captions: readCaptions(params) ?? startingCaptions(),
    metric: METRICS.find((known) => known === params.get('show')) ?? METRICS[0],
    aside,
  };
}

/** Empty for what the view opens with. */
function writeAsked({ pictures, captions, metric }: Asked): string {
  const params = new URLSearchParams();
  const names = addressOfAll(pictures);
  if (names.join() !== STARTING_ADDRESS.join()) for (const name of names) params.append('picture', name);
  writeCaptions(params, captions, startingCaptions());
  if (metric !== METRICS[0]) params.set('show', metric);
  return String(params);
}
