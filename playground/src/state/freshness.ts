import type { Live } from './live-request.ts';

/**
 * How an answer that is shown stands to what is asked now. `none`: there is none, or nothing is asked and it is not shown.
 * `current`: it answers that. `awaiting`: a newer one is to come. `failed`: a newer one cannot be had.
 */
export type Freshness = 'none' | 'current' | 'awaiting' | 'failed';

/** What a view knows beside its request. */
interface Circumstances {
  /** Nothing is asked: no caption, no picture, no phrase. */
  readonly nothing: boolean;
  /** Something that the request needs is still to come, such as a picture's embedding. */
  readonly preparing: boolean;
  /** It cannot be asked: over a limit. */
  readonly refused: boolean;
}

export function freshnessOf<Input, Data>(
  { answer, current, failure, pending }: Live<Input, Data>,
  { nothing, preparing, refused }: Circumstances,
): Freshness {
  if (answer === null || nothing) return 'none';
  if (refused || (failure !== null && !pending)) return 'failed';
  if (preparing || !current) return 'awaiting';
  return 'current';
}
