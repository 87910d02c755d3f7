import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isSelectionName, ownerOf } from '../../src/format/kv-keys.ts';
import {
  type SelectionKv,
  publishedNames,
  readPointerToTell,
  readRecord,
} from '../../src/storage/selection-kv.ts';
import { UserError } from '../cli/user-error.ts';
import { readDeployment } from '../kv/deployment.ts';
import { openKv } from '../kv/open-kv.ts';
import { type FoundSelection, readSelectionFile } from '../selection/selection-file.ts';

/**
 * The selection that a person means: a published name, or a path (with a slash, or ending in .bin) to a selection.bin or to
 * the folder that precompute put one in. A name with an owner has a slash too: it is a path where there is such a file or folder here.
 * @throws UserError when there is none, naming those that are published
 */
export async function findSelection(selection: string, remote: boolean): Promise<FoundSelection> {
  if (/[/\\]|\.bin$/.test(selection) && !isOwnedName(selection, remote)) {
    if (remote) throw new UserError(`--remote goes with a published name; ${selection} is a file`);
    return readSelectionFile(selection, '--selection');
  }
  if (!isSelectionName(selection)) {
    throw new UserError(
      `--selection "${selection}" is neither a name (a-z, 0-9, dot, underscore, hyphen) nor a path to a selection.bin`,
    );
  }
  const { selections } = await readDeployment(remote);
  const { kv, close } = await openKv(remote, selections, { readsOnly: true });
  try {
    return await readPublished(kv, selection, remote);
  } finally {
    await close();
  }
}

function isOwnedName(text: string, remote: boolean): boolean {
  const mayBe = isSelectionName(text) && ownerOf(text) !== null && !text.endsWith('.bin');
  return mayBe && (remote || !existsSync(text));
}

async function readPublished(kv: SelectionKv, name: string, remote: boolean): Promise<FoundSelection> {
  const pointer = await readPointerToTell(kv, name);
  if (pointer !== null) {
    const stored = await readRecord(kv, pointer.id);
    if (stored !== null) return stored;
    throw new UserError(
      `selection "${name}" points at record ${pointer.id}, which is not here yet; try again`,
    );
  }
  if (existsSync(join(name, 'selection.bin'))) {
    throw new UserError(
      `there is no selection "${name}" in the KV, but a folder of that name: write --selection ./${name}`,
    );
  }
  const names = await publishedNames(kv);
  const place = remote ? "the account's KV" : 'the local KV';
  throw new UserError(
    `there is no selection "${name}" in ${place}, which has ${names.length === 0 ? 'none' : names.join(', ')}. ` +
      'Publish one (npm run -s publish -- DIR --name NAME), or give the path to a selection.bin',
  );
}
