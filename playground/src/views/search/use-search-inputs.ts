import { useState } from 'preact/hooks';
import { type Picture, pictureOfFile, pictureOfSample } from '../../pictures/picture.ts';
import type { SamplePicture } from '../../pictures/sample-picture.ts';
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
  readonly chooseSample: (sample: SamplePicture) => void;
  readonly removePicture: () => void;
  readonly chooseCorpus: (name: string) => void;
  readonly narrow: (change: Partial<Narrowing>) => void;
}

/** The page opens with an answer: of these the samples have photographs and a drawing. */
const FIRST_PHRASE = 'an umbrella';

/** In the tab, so that a reload keeps it. */
const SHOWN_KEY = 'alignql.search.probabilities';

function readShown(): boolean {
  try {
    return sessionStorage.getItem(SHOWN_KEY) === 'shown';
  } catch {
    return false; // a browser that keeps nothing for this site
  }
}

function keepShown(shown: boolean): void {
  try {
    sessionStorage.setItem(SHOWN_KEY, shown ? 'shown' : 'hidden');
  } catch {
    // As above: it lasts as long as the page.
  }
}

export function useSearchInputs(): SearchInputs {
  const [phrase, setPhrase] = useState(FIRST_PHRASE);
  const [picture, setPicture] = useState<Picture | null>(null);
  const [aside, setAside] = useState('');
  const [corpusName, setCorpusName] = useState<string | null>(null);
  const [narrowing, setNarrowing] = useState(NO_NARROWING);
  const [showsProbabilities, setShowsProbabilities] = useState(readShown);
  const choose = (chosen: Picture | null, words = ''): void => {
    setPicture(chosen);
    setAside(words);
  };
  return {
    phrase,
    picture,
    aside,
    corpusName,
    narrowing,
    showsProbabilities,
    showProbabilities(shown) {
      setShowsProbabilities(shown);
      keepShown(shown);
    },
    setPhrase(text) {
      choose(null);
      setPhrase(text);
    },
    chooseFiles(files) {
      const [first] = files;
      if (first === undefined) return;
      choose(pictureOfFile(first), files.length > 1 ? `Took the first of ${files.length} files.` : '');
    },
    chooseSample: (sample) => choose(pictureOfSample(sample)),
    removePicture: () => choose(null),
    chooseCorpus(name) {
      setCorpusName(name);
      // Another corpus has other fields, and another number of vectors.
      setNarrowing(NO_NARROWING);
    },
    narrow: (change) => setNarrowing((before) => ({ ...before, ...change })),
  };
}
