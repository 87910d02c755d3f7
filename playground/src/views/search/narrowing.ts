import type { CorpusData } from '../../api/search-operations.ts';

/** What a search is narrowed by, as it stands in the fields. */
export interface Narrowing {
  /** How many are expected to fit, before looking. */
  readonly expected: string;
  /** Least probability in percent; empty: any. */
  readonly atLeast: string;
  /** A metadata field; empty: no filter. */
  readonly field: string;
  readonly value: string;
}

/** Of many pictures few fit: one, until a person says otherwise. */
export const NO_NARROWING: Narrowing = { expected: '1', atLeast: '', field: '', value: '' };

/**
 * The base rate of a corpus of which so many are expected to fit; null where that is no number from 1 to one less than all,
 * for which there is no rate between 0 and 1.
 */
export function baseRateOf({ expected }: Narrowing, { count }: CorpusData): number | null {
  const number = Number(expected);
  return expected.trim() !== '' && number >= 1 && number < count ? number / count : null;
}

/** From 0 to 1; null for any. */
export function minProbabilityOf({ atLeast }: Narrowing): number | null {
  const percent = Number(atLeast);
  return atLeast.trim() !== '' && percent > 0 && percent <= 100 ? percent / 100 : null;
}

/** Null for no filter, also for a field that this corpus has not. */
export function filterOf(
  { field, value }: Narrowing,
  { fields }: CorpusData,
): { readonly field: string; readonly eq: string } | null {
  return value !== '' && fields.includes(field) ? { field, eq: value } : null;
}
