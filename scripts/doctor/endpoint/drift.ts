import { readFile } from 'node:fs/promises';
import { createRandom } from '../../../src/core/random.ts';
import type { ApiClient } from './api-client.ts';
import { type Finding, ok, wrong } from './finding.ts';
import { samplePath, sampleRows } from '../../clip/golden.ts';

/** Pictures and captions a matrix; each gives so many matches, and as many mismatches are drawn from the rest. */
const SIDE = 12;
const MATRICES = 6;
const BINS = 10;
/** Label sets drawn from the probabilities themselves: what a calibrated record shows by chance on so few pairs. */
const DRAWS = 1000;
const CHANCE_LEVEL = 0.99;
/** A sample is of other pairs than those that the record was fitted on: so much more is no drift yet. */
const TOLERANCE = 0.1;

interface Labelled {
  readonly probability: number;
  readonly isMatch: boolean;
}

/** Whether the probabilities of `default` still say how often a caption belongs to its picture, on pairs of the sample set. */
export async function checkDrift(api: ApiClient): Promise<Finding> {
  const check = 'calibration of default';
  const pairs = await labelledPairs(api);
  if (typeof pairs === 'string')
    return wrong(check, pairs, 'the encoder or the selection fails: see the other findings');
  const ece = calibrationError(pairs);
  const shift = meanShift(pairs);
  const chance = chanceLevel(pairs);
  const found = `${pairs.length} pairs of the sample set: ECE ${ece.toFixed(3)}, chance level ${chance.toFixed(3)} (99 %), tolerated ${TOLERANCE} above it; mean probability off by ${shift.toFixed(3)}`;
  if (ece <= chance + TOLERANCE) return ok(check, found);
  return wrong(
    check,
    found,
    'the record was calibrated for another encoder or other pairs: run `npm run -s precompute` on pairs of your own and publish the result, or roll back',
  );
}

/** A text says why there are none. */
async function labelledPairs(api: ApiClient): Promise<Labelled[] | string> {
  const rows = await sampleRows();
  const random = createRandom(0);
  const step = Math.floor(rows.length / (SIDE * MATRICES));
  const pairs: Labelled[] = [];
  for (let m = 0; m < MATRICES; m++) {
    const chosen = Array.from({ length: SIDE }, (_, i) => rows[(i * MATRICES + m) * step]);
    const images = await Promise.all(
      chosen.map(async ({ image }) => ({ base64: await readFile(samplePath(image), 'base64') })),
    );
    const { data, errors } = await api.ask(
      `query ($images: [ImageInput!]!, $texts: [TextInput!]!) { alignMatrix(images: $images, texts: $texts, baseRate: 0.5) {
        probabilities imageErrors { error { code message } } textErrors { error { code message } } } }`,
      { images, texts: chosen.map(({ caption }) => ({ text: caption })) },
    );
    const matrix = data?.alignMatrix as
      { probabilities: number[][]; imageErrors: ItemFailure[]; textErrors: ItemFailure[] } | null | undefined;
    if (matrix === null || matrix === undefined) return errors.join('; ');
    const [failure] = [...matrix.imageErrors, ...matrix.textErrors];
    if (failure !== undefined) return `${failure.error.code}: ${failure.error.message}`;
    matrix.probabilities.forEach((row, i) => {
      const other = (i + 1 + random.nextInt(SIDE - 1)) % SIDE;
      pairs.push({ probability: row[i], isMatch: true }, { probability: row[other], isMatch: false });
    });
  }
  return pairs;
}

interface ItemFailure {
  readonly error: { readonly code: string; readonly message: string };
}

/** Expected calibration error over bins of equal width. Naeini et al. 2015. */
export function calibrationError(pairs: readonly Labelled[]): number {
  const bins = Array.from({ length: BINS }, () => ({ sum: 0, matches: 0 }));
  for (const { probability, isMatch } of pairs) {
    const bin = bins[Math.min(BINS - 1, Math.floor(probability * BINS))];
    bin.sum += probability;
    if (isMatch) bin.matches++;
  }
  return bins.reduce((total, { sum, matches }) => total + Math.abs(sum - matches), 0) / pairs.length;
}

function meanShift(pairs: readonly Labelled[]): number {
  const sum = pairs.reduce((total, { probability, isMatch }) => total + probability - (isMatch ? 1 : 0), 0);
  return sum / pairs.length;
}

/** What the error exceeds in one of a hundred samples when every label is drawn with the very probability that was told. */
export function chanceLevel(pairs: readonly Labelled[]): number {
  const random = createRandom(1);
  const errors = Array.from({ length: DRAWS }, () =>
    calibrationError(pairs.map(({ probability }) => ({ probability, isMatch: random.next() < probability }))),
  );
  return errors.sort((a, b) => a - b)[Math.ceil(CHANCE_LEVEL * DRAWS) - 1];
}
