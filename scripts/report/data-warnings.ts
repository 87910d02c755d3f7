import { NEAR_DUPLICATE_COSINE, type NearDuplicates } from '../../src/core/evaluation/near-duplicates.ts';
import type { SignalTest } from '../../src/core/evaluation/signal-test.ts';

/** Of near duplicates, in a message. */
const MOST_SHOWN = 3;

/** Pictures, or captions, of different groups that are all but the same. */
export interface NamedNearDuplicates extends Omit<NearDuplicates, 'nearest'> {
  /** The two rows of the data, as messages name them. */
  readonly nearest: readonly { readonly where: readonly string[]; readonly cosine: number }[];
}

/** What is looked at before any strategy is: a figure of bad pairs means nothing. */
export interface DataCheck {
  /** Different pairs: what everything is worked out on. */
  readonly pairs: number;
  /** Rows of the data that repeat the image and the text of an earlier row, whatever the norm of their vectors. */
  readonly duplicates: number;
  /** Null where there are too few groups to tell. */
  readonly signal: SignalTest | null;
  /** Absent where nobody looked. */
  readonly nearDuplicates?: { readonly images: NamedNearDuplicates; readonly texts: NamedNearDuplicates };
}

/** What a person must know about the data before the figures, each with what to do; none when all is well. */
export function dataWarnings({ pairs, duplicates, signal, nearDuplicates }: DataCheck): string[] {
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
  if (nearDuplicates !== undefined) {
    warnings.push(
      ...nearWarnings(nearDuplicates.images, 'pictures'),
      ...nearWarnings(nearDuplicates.texts, 'captions'),
    );
  }
  return warnings;
}

function nearWarnings({ count, nearest, rows, lookedAt }: NamedNearDuplicates, what: string): string[] {
  if (count === 0) return [];
  const shown = nearest
    .slice(0, MOST_SHOWN)
    .map(({ where, cosine }) => `${where.join(' and ')} (${cosine.toFixed(3)})`);
  const more = count > MOST_SHOWN ? ', …' : '';
  const among = lookedAt < rows ? ` among ${lookedAt} of ${rows}, drawn at random` : '';
  return [
    `NEAR DUPLICATES: ${count} ${count === 1 ? 'pair' : 'pairs'} of ${what} of different groups ${count === 1 ? 'has' : 'have'} a cosine of at least ${NEAR_DUPLICATE_COSINE}${among}: ${shown.join(', ')}${more}. ` +
      'One may stand in a fold and the other be held out, and each counts as the mismatch of the other. Where they are the same, leave one out or give them one group.',
  ];
}

/** "difference in cosine 0.002, p = 0.41 over 480 groups" */
export function signalInWords({ difference, p, groups }: SignalTest): string {
  const shown = difference
    .toFixed(3)
    .replace(/^-(?=0\.000$)/, '')
    .replace('-', '\u2212');
  return `difference in cosine ${shown}, p = ${p.toPrecision(2)} over ${groups} groups`;
}
