import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CoordinateMeanings } from '../../src/format/coordinate-meanings.ts';
import { decodeMeanings } from '../../src/format/coordinate-meanings.ts';
import { meaningsKey } from '../../src/format/kv-keys.ts';
import { sealValue } from '../../src/format/stored-value.ts';
import { UserError } from '../cli/user-error.ts';

/** What the coordinates of the record beside it stand for: `{"id", "coordinates"}`, for people and for `publish`. */
export const MEANINGS_FILE = 'meanings.json';

/** @param id of the record that they are of */
export function meaningsText(id: string, { coordinates }: CoordinateMeanings): string {
  return `${JSON.stringify({ id, coordinates })}\n`;
}

/**
 * The meanings in a folder, as they are published.
 * @param id of the record in the folder
 * @returns null where the folder has none, or those of another record
 * @throws UserError for a file that is none
 */
export async function readMeaningsFile(folder: string, id: string): Promise<CoordinateMeanings | null> {
  const path = join(folder, MEANINGS_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UserError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (text === null) return null;
  try {
    if ((JSON.parse(text) as { readonly id?: unknown }).id !== id) return null;
    const label = meaningsKey(id);
    return decodeMeanings(sealValue(label, new TextEncoder().encode(text)), id);
  } catch (cause) {
    throw new UserError(`${path} is not what precompute writes: make it anew, or remove it`, { cause });
  }
}
