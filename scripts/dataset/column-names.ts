import { UserError } from '../cli/user-error.ts';

/**
 * Names of columns are compared without case and outer spaces, in every kind of table and for every option that names one:
 * `Image`, `IMAGE` and ` image ` are one name.
 */
export function foldName(name: string): string {
  return name.trim().toLowerCase();
}

/**
 * Which column is meant by a list of names: the first name that there is a column of.
 * @param columns as the table writes them
 * @param names in order of preference
 * @param at names the table or row in messages
 * @returns the column as the table writes it; null when it has none of the names
 * @throws UserError when two columns have the name that is meant
 */
export function findColumn(columns: readonly string[], names: readonly string[], at: string): string | null {
  const folded = columns.map(foldName);
  const name = names.map(foldName).find((candidate) => folded.includes(candidate));
  if (name === undefined) return null;
  const same = columns.filter((_, i) => folded[i] === name);
  if (same.length === 1) return same[0];
  throw new UserError(
    `${at}: expected one column ${name}, found ${same.join(' and ')}. Names are compared without case; rename all but one.`,
  );
}
