import { shorten } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { hasPicture } from './named-picture.ts';

/** Of a listing whose pictures lie elsewhere, so many are looked for; a few may be missing. */
const PROBES = 20;

/** The first of the folders that holds any of the first pictures of a listing; null when none does. */
export function findPictureFolder(folders: readonly string[], names: Iterable<string>): string | null {
  const probes = [...firstDistinct(names)];
  return folders.find((folder) => probes.some((name) => hasPicture(folder, name))) ?? null;
}

/** @throws UserError naming every folder that was looked in, when none holds the pictures */
export function requirePictureFolder(
  path: string,
  folders: readonly string[],
  names: Iterable<string>,
): string {
  const folder = findPictureFolder(folders, names);
  if (folder !== null) return folder;
  const [first = 'the first'] = firstDistinct(names);
  throw new UserError(
    `The pictures of ${path} are not where they usually lie: ${shorten(first)} and the next ones are in none of\n${folders
      .map((candidate) => `  ${candidate}`)
      .join('\n')}\nPut the folder of pictures, or a link to it, in one of these places.`,
  );
}

function firstDistinct(names: Iterable<string>): Set<string> {
  const distinct = new Set<string>();
  for (const name of names) {
    distinct.add(name);
    if (distinct.size === PROBES) break;
  }
  return distinct;
}
