import type { SignalTest } from '../../src/core/evaluation/signal-test.ts';

/** What is looked at before any strategy is: a figure of bad pairs means nothing. */
export interface DataCheck {
  /** Different pairs: what everything is worked out on. */
  readonly pairs: number;
  /** Rows of the data that repeat the image and the text of an earlier row, to the bit. */
  readonly duplicates: number;
  /** Null where there are too few groups to tell. */
  readonly signal: SignalTest | null;
}

/** What a person must know about the data before the figures, each with what to do; none when all is well. */
export function dataWarnings({ pairs, duplicates, signal }: DataCheck): string[] {
  const warnings: string[] = [];
  if (signal !== null && !signal.found) {
    warnings.push(
      `NO SIGNAL: the texts are no nearer to their own images than to those of others (${signalInWords(signal)}). All figures here are those of chance. ` +
        'See that row i of the texts belongs to row i of the images (were the captions sorted or shuffled apart?), and that one encoder made both.',
    );
  }
  if (duplicates > 0) {
    const repeat = duplicates === 1 ? 'repeats' : 'repeat';
    warnings.push(
      `DUPLICATES: ${duplicates} of ${pairs + duplicates} rows ${repeat} the image and the text of an earlier row. Each pair counts once: the figures are of ${pairs} pairs. ` +
        'See whether data was joined twice.',
    );
  }
  return warnings;
}

/** "difference in cosine 0.002, p = 0.41 over 480 groups" */
export function signalInWords({ difference, p, groups }: SignalTest): string {
  const shown = difference
    .toFixed(3)
    .replace(/^-(?=0\.000$)/, '')
    .replace('-', '\u2212');
  return `difference in cosine ${shown}, p = ${p.toPrecision(2)} over ${groups} groups`;
}
