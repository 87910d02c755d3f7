import { quote, shorten } from '../../src/errors.ts';
import { kindNames } from '../../src/dataset/kind-names.ts';
import { UserError } from '../cli/user-error.ts';
import { findColumn } from './column-names.ts';
import { type DatasetListing, type DatasetRow, createListing, isSkipped } from './pair-source.ts';

const MAX_NAME_LENGTH = 60;

/**
 * The kind that a row names in a column: text, or a number or truth value as its text.
 * @param cells by column, as the table writes them
 * @param where names the row in messages
 * @throws UserError at `where` for nothing there, for what is no name, and for two columns of that name
 */
export function readKind(cells: Readonly<Record<string, unknown>>, column: string, where: string): string {
  const found = findColumn(Object.keys(cells), [column], where);
  const name = found === null ? '' : nameOf(cells[found]);
  if (name === '') {
    throw new UserError(
      `${where} names no kind: every pair needs one under --kind-column ${column}. Fill it in, or remove the row.`,
    );
  }
  if (name !== null && name.length <= MAX_NAME_LENGTH && !/\p{Cc}|\p{Cs}/u.test(name)) return name;
  const shown = name === null ? 'something else than text' : quote(name);
  throw new UserError(
    `${where}: expected ${column} to be the name of a kind, at most ${MAX_NAME_LENGTH} characters on one line, got ${shown}.`,
  );
}

/** Empty where there is nothing: null, NaN (as pandas has a gap) or blanks. Null for what is no name. */
function nameOf(value: unknown): string | null {
  if (value === null || value === undefined || Number.isNaN(value)) return '';
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return null;
}

/**
 * A listing whose pairs say of which kind they are.
 * @param path of the dataset, in messages
 * @throws UserError when no pair has the column, or one names no kind there, or there are more than 12
 */
export function withKinds(listing: DatasetListing, column: string, path: string): DatasetListing {
  const isNamed = listing.pairs.some(
    ({ columns = {}, where }) => findColumn(Object.keys(columns), [column], where) !== null,
  );
  if (!isNamed) {
    throw noKindColumn(column, path, [
      ...new Set(listing.pairs.flatMap(({ columns = {} }) => Object.keys(columns))),
    ]);
  }
  const rows = listing.rows.map((row): DatasetRow =>
    isSkipped(row) ? row : { ...row, kind: readKind(row.columns ?? {}, column, row.where) },
  );
  const kinded = createListing(rows, listing.notes);
  kindNames(kinded.pairs);
  return kinded;
}

/** @param columns those that could have been named */
export function noKindColumn(column: string, path: string, columns: readonly string[]): UserError {
  const found =
    columns.length === 0
      ? 'none besides those of pictures, captions and labels'
      : shorten(columns.join(', '));
  return new UserError(`--kind-column ${column}: ${path} has no such column. Its columns: ${found}.`);
}
