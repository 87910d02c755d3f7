import { useState } from 'preact/hooks';
import {
  type Picture,
  addressOf,
  pictureOfFile,
  pictureOfSample,
  pictureOfUrl,
  picturesOfAddress,
} from '../../pictures/picture.ts';
import type { SamplePicture } from '../../pictures/sample-picture.ts';
import { readPictures, readText } from '../../state/address-params.ts';
import { addressedAtFirst, useAddressed } from '../../state/address.ts';
import { NO_NARROWING, type Narrowing } from './narrowing.ts';

/** What the Search view asks, and how a person changes it. */
export interface SearchInputs {
  /** Kept while a picture takes its place. */
  readonly phrase: string;
  /** Searched by in place of the phrase. */
  readonly picture: Picture | null;
  /** Said when only a part of what was dropped is used; else empty. */
  readonly aside: string;
  /** Name of the chosen corpus; null: the first. */
  readonly corpusName: string | null;
  readonly narrowing: Narrowing;
  /** Results show their probabilities. */
  readonly showsProbabilities: boolean;
  readonly showProbabilities: (shown: boolean) => void;
  readonly setPhrase: (phrase: string) => void;
  readonly chooseFiles: (files: readonly File[]) => void;
  readonly chooseUrl: (url: string) => void;
  readonly chooseSample: (sample: SamplePicture) => void;
  readonly removePicture: () => void;
  readonly chooseCorpus: (name: string) => void;
  readonly narrow: (change: Partial<Narrowing>) => void;
}

/** The page opens with an answer: of these the samples have photographs and a drawing. */
const FIRST_PHRASE = 'an umbrella';

/** What narrows a search, as an address calls it. */
const NARROWED = [
  ['expected', 'expected'],
  ['at-least', 'atLeast'],
  ['field', 'field'],
  ['is', 'value'],
] as const;

/** All that is held; the address keeps it but for `aside`. */
type Asked = Pick<
  SearchInputs,
  'phrase' | 'picture' | 'aside' | 'corpusName' | 'narrowing' | 'showsProbabilities'
>;

export function useSearchInputs(): SearchInputs {
  const [asked, setAsked] = useState<Asked>(() => readAsked(addressedAtFirst('search'), null));
  useAddressed('search', writeAsked(asked), (params) =>
    setAsked(({ picture }) => readAsked(params, picture)),
  );
  const change = (changed: Partial<Asked>): void => setAsked((before) => ({ ...before, ...changed }));
  const choose = (picture: Picture | null, aside = ''): void => change({ picture, aside });
  return {
    ...asked,
    showProbabilities: (showsProbabilities) => change({ showsProbabilities }),
    setPhrase: (phrase) => change({ phrase, picture: null, aside: '' }),
    chooseFiles(files) {
      const [first] = files;
      if (first === undefined) return;
      choose(pictureOfFile(first), files.length > 1 ? `Took the first of ${files.length} files.` : '');
    },
    chooseUrl: (url) => choose(pictureOfUrl(url)),
    chooseSample: (sample) => choose(pictureOfSample(sample)),
    removePicture: () => choose(null),
    // Another corpus has other fields, and another number of vectors.
    chooseCorpus: (corpusName) => change({ corpusName, narrowing: NO_NARROWING }),
    narrow: (narrowed) =>
      setAsked((before) => ({ ...before, narrowing: { ...before.narrowing, ...narrowed } })),
  };
}

/** @param held the picture that is there now */
function readAsked(params: URLSearchParams, held: Picture | null): Asked {
  const { pictures, aside } = picturesOfAddress(readPictures(params).slice(0, 1), held ? [held] : []);
  const narrowed = NARROWED.map(([name, field]) => [field, readText(params, name) ?? NO_NARROWING[field]]);
  return {
    phrase: readText(params, 'phrase') ?? FIRST_PHRASE,
    picture: pictures[0] ?? null,
    aside,
    corpusName: readText(params, 'corpus'),
    narrowing: { ...NO_NARROWING, ...(Object.fromEntries(narrowed) as Partial<Narrowing>) },
    showsProbabilities: params.get('show') === 'probabilities',
  };
}

/** Empty for what the view opens with. */
function writeAsked({ phrase, picture, corpusName, narrowing, showsProbabilities }: Asked): string {
  const params = new URLSearchParams();
  if (phrase !== FIRST_PHRASE) params.set('phrase', phrase);
  if (picture !== null) params.set('picture', addressOf(picture));
  if (corpusName !== null) params.set('corpus', corpusName);
  for (const [name, field] of NARROWED) {
    if (narrowing[field] !== NO_NARROWING[field]) params.set(name, narrowing[field]);
  }
  if (showsProbabilities) params.set('show', 'probabilities');
  return String(params);
}
