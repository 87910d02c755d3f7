import { quote } from '../../src/errors.ts';
import { readInputFile } from '../files/input-file.ts';
import { UserError } from '../cli/user-error.ts';
import { MAX_TEXT_BYTES } from '../files/regular-file.ts';
import { decodeText, splitLines } from '../files/text.ts';

const MAX_ID_LENGTH = 512;

/**
 * Ids of a text file, one a line; blank lines at the end are ignored.
 * @param option names the file in messages
 * @throws UserError for an empty, overlong or repeated id, with its line
 */
export async function readIdsFile(path: string, option: string): Promise<string[]> {
  const text = decodeText(await readInputFile(path, option, MAX_TEXT_BYTES), `${option} ${path}`);
  const lines = splitLines(text.replace(/[\r\n]+$/, ''));
  if (lines.length === 1 && lines[0] === '')
    throw new UserError(`${option} ${path} holds no id, expected one a line`);
  const lineOf = new Map<string, number>();
  lines.forEach((id, i) => {
    const where = `${option} ${path} line ${i + 1}`;
    checkId(id, where);
    const first = lineOf.get(id);
    if (first !== undefined)
      throw new UserError(`${where}: the id ${quote(id)} is that of line ${first} again`);
    lineOf.set(id, i + 1);
  });
  return lines;
}

/** @throws UserError unless it is 1 to 512 characters */
export function checkId(id: string, where: string): void {
  if (id.length >= 1 && id.length <= MAX_ID_LENGTH) return;
  throw new UserError(`${where}: expected an id of 1 to ${MAX_ID_LENGTH} characters, got ${id.length}`);
}
