import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type SelectionRecord, decodeSelection, selectionId } from '../../src/format/selection-record.ts';
import { readInput } from '../files/input-file.ts';

export interface FoundSelection {
  readonly id: string;
  readonly record: SelectionRecord;
}

/**
 * The selection at a path: a selection.bin, or the folder that precompute put one in.
 * @param option named in messages
 * @returns `file`: where it was read
 * @throws UserError when it cannot be read
 */
export async function readSelectionFile(
  path: string,
  option: string,
): Promise<FoundSelection & { readonly file: string }> {
  const isFolder = await stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(path, 'selection.bin') : path;
  const { bytes, record } = await readInput(file, option, (read) => ({
    bytes: read,
    record: decodeSelection(read),
  }));
  return { id: await selectionId(bytes), record, file };
}
