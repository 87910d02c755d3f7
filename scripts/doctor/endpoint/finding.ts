/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  /** `skipped`: it could not be looked at; `advice` says what is missing. */
  readonly state: 'ok' | 'wrong' | 'skipped';
  readonly found: string;
  /** What to do about it; null where there is nothing. */
  readonly advice: string | null;
}

export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found, advice: null });
export const wrong = (check: string, found: string, advice: string): Finding => ({
  check,
  state: 'wrong',
  found,
  advice,
});
export const skipped = (check: string, found: string, advice: string | null): Finding => ({
  check,
  state: 'skipped',
  found,
  advice,
});
