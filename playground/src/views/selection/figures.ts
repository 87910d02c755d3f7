import { formatScore, formatShare } from '../../format-numbers.ts';

/** A held-out figure of a selection: what it is called, its value and its spread over folds. */
export interface Figure {
  readonly key: FigureKey;
  readonly name: string;
  readonly explains: string;
  readonly value: number;
  readonly sd: number | null;
  readonly isShare: boolean;
}

const FIGURES = [
  {
    key: 'auc',
    path: ['auc'],
    name: 'AUC, random captions',
    explains: 'How often a true caption scores above a random wrong one; chance is 0.500.',
    isShare: false,
  },
  {
    key: 'aucHard',
    path: ['aucHard'],
    name: 'AUC, hard captions',
    explains: 'The same against the nearest other caption.',
    isShare: false,
  },
  {
    key: 'imageToText1',
    path: ['recall', 'imageToText', '1'],
    name: 'Right caption first',
    explains: 'How often the best-ranked caption of a held-out picture is its own (recall@1).',
    isShare: true,
  },
  {
    key: 'textToImage1',
    path: ['recall', 'textToImage', '1'],
    name: 'Right picture first',
    explains: 'The other way round.',
    isShare: true,
  },
  {
    key: 'ece',
    path: ['ece'],
    name: 'Calibration error',
    explains: 'How far probabilities are from what came true, on average (ECE); 0 is best.',
    isShare: false,
  },
  {
    key: 'brier',
    path: ['brier'],
    name: 'Brier score',
    explains: 'Mean squared error of the probabilities; 0 is best, guessing 0.5 gives 0.250.',
    isShare: false,
  },
] as const;

export type FigureKey = (typeof FIGURES)[number]['key'];

/**
 * The figures the page knows, of a selection's `metrics` (any JSON: a record may have none, or others).
 * A figure is a number or `{mean, sd}` over folds.
 */
export function readFigures(metrics: unknown): Figure[] {
  return FIGURES.flatMap(({ path, ...figure }) => {
    const found = at(metrics, path);
    if (typeof found === 'number') return [{ ...figure, value: found, sd: null }];
    const mean = at(found, ['mean']);
    const sd = at(found, ['sd']);
    return typeof mean === 'number'
      ? [{ ...figure, value: mean, sd: typeof sd === 'number' ? sd : null }]
      : [];
  });
}

/** What a selection is held against, of the same folds; a record says them under `metrics.beside`. */
const REFERENCES = [
  { strategy: 'full', name: (k: number) => `all ${k}` },
  { strategy: 'random', name: (k: number) => `${k} at random` },
] as const;

export interface Reference {
  readonly name: string;
  readonly figures: readonly Figure[];
}

/** The figures of full vectors and of as many coordinates chosen at random, where the record has them. */
export function readReferences(metrics: unknown): Reference[] {
  return REFERENCES.flatMap(({ strategy, name }) => {
    const k = at(metrics, ['beside', strategy, 'k']);
    const figures = readFigures(at(metrics, ['beside', strategy]));
    return typeof k === 'number' && figures.length > 0 ? [{ name: name(k), figures }] : [];
  });
}

export function formatFigure({ value, isShare }: Figure): string {
  return write(value, isShare);
}

/** The spread over folds, or nothing where there is none. */
export function formatSpread({ sd, isShare }: Figure): string {
  return sd === null ? '' : `± ${write(sd, isShare)}`;
}

function write(value: number, isShare: boolean): string {
  return isShare ? formatShare(value) : formatScore(value);
}

function at(root: unknown, path: readonly string[]): unknown {
  let place = root;
  for (const step of path) {
    if (typeof place !== 'object' || place === null) return undefined;
    place = Reflect.get(place, step);
  }
  return place;
}
