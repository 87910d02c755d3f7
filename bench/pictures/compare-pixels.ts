/** Upright 8-bit RGB, row-major. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** How one picture came out: `within 1` and `within 2` are levels of 255 that the worst sample differs by. */
export const OUTCOMES = [
  'equal',
  'within 1',
  'within 2',
  'different',
  'refused by both',
  'refused by us only',
  'refused by Pillow only',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

export interface Comparison {
  readonly outcome: Outcome;
  /** What a reader needs to look further: sizes, worst and mean difference, or the reasons of the refusals. */
  readonly detail: string;
}

/**
 * Compare what two decoders made of one file, sample by sample.
 * @param ours a picture, or why it was refused; so `theirs`
 */
export function comparePixels(ours: DecodedPicture | string, theirs: DecodedPicture | string): Comparison {
  if (typeof ours === 'string') {
    if (typeof theirs === 'string')
      return { outcome: 'refused by both', detail: `${ours} | Pillow: ${theirs}` };
    return { outcome: 'refused by us only', detail: ours };
  }
  if (typeof theirs === 'string') return { outcome: 'refused by Pillow only', detail: `Pillow: ${theirs}` };
  if (ours.width !== theirs.width || ours.height !== theirs.height) {
    const detail = `${ours.width} x ${ours.height}, Pillow ${theirs.width} x ${theirs.height}`;
    return { outcome: 'different', detail };
  }
  return compareSamples(ours.data, theirs.data);
}

function compareSamples(ours: Uint8Array, theirs: Uint8Array): Comparison {
  let worst = 0;
  let sum = 0;
  let differing = 0;
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i] - theirs[i]);
    if (difference === 0) continue;
    differing++;
    sum += difference;
    worst = Math.max(worst, difference);
  }
  if (worst === 0) return { outcome: 'equal', detail: '' };
  const share = ((100 * differing) / ours.length).toFixed(2);
  const detail = `worst ${worst}, mean ${(sum / ours.length).toFixed(3)}, ${share} % of samples differ`;
  if (worst <= 2) return { outcome: worst === 1 ? 'within 1' : 'within 2', detail };
  return { outcome: 'different', detail };
}
