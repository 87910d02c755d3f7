/** Scores of two images against two captions: image 0 with captions 0 and 1, then image 1 with both. */
export type QuadScores = readonly [number, number, number, number];

export interface QuadVerdict {
  /** Each image prefers its own caption. */
  readonly text: boolean;
  /** Each caption prefers its own image. */
  readonly image: boolean;
  /** Both. */
  readonly group: boolean;
}

/** Shares that scores without any meaning get: 6, 6 and 4 of the 24 orders of four numbers. */
export const QUAD_CHANCE = { text: 1 / 4, image: 1 / 4, group: 1 / 6 } as const;

/**
 * Whether scores tell two images and two captions of the same words apart. A tie is no preference.
 * Source: Thrush et al. 2022, Winoground, equations 1 to 3.
 */
export function judgeQuad([own0, other0, other1, own1]: QuadScores): QuadVerdict {
  const text = own0 > other0 && own1 > other1;
  const image = own0 > other1 && own1 > other0;
  return { text, image, group: text && image };
}
