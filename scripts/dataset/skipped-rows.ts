import { UserError } from '../cli/user-error.ts';
import type { Skipped } from './pair-source.ts';

const SHOWN = 10;

/** For --help: one rule for every command that reads rows. */
export const STRICT_HELP =
  'stop at rows that cannot be used (NaN, Infinity or zeros only; a picture or caption that is missing or broken) instead of skipping, counting and listing them';

/**
 * Count and list what was left out, or refuse it.
 * @param listedIn where all of them are, for a person
 * @throws UserError with the first of them when `strict`
 */
export function tellSkipped(
  skipped: readonly Skipped[],
  { strict, tell, listedIn }: { strict: boolean; tell: (line: string) => void; listedIn: string },
): void {
  if (strict) refuseSkipped(skipped);
  if (skipped.length === 0) return;
  tell(`${skipped.length} rows or pictures skipped; ${listedIn} lists them`);
  for (const { where, reason } of skipped.slice(0, SHOWN)) tell(`  ${where}: ${reason}`);
  if (skipped.length > SHOWN) tell(`  and ${skipped.length - SHOWN} more`);
}

/** For the JSON of a command that has no other place to list them; nothing where nothing was left out. */
export function skippedFields(skipped: readonly Skipped[]): {
  readonly skipped?: number;
  readonly skippedRows?: readonly Skipped[];
} {
  if (skipped.length === 0) return {};
  return {
    skipped: skipped.length,
    skippedRows: skipped.map(({ where, reason }) => ({ where, reason })),
  };
}

/** @throws UserError when there is any, with the first of them */
export function refuseSkipped(skipped: readonly Skipped[]): void {
  if (skipped.length === 0) return;
  const first = skipped.slice(0, SHOWN).map(({ where, reason }) => `\n  ${where}: ${reason}`);
  const more = skipped.length > SHOWN ? `\n  and ${skipped.length - SHOWN} more` : '';
  throw new UserError(
    `--strict: ${skipped.length} rows or pictures cannot be used.${first.join('')}${more}\nMend them, or leave --strict out to skip them.`,
  );
}
