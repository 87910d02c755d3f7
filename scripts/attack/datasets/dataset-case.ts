import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mistakeOf } from '../../cli/run.ts';
import { readNpyPairs } from '../../dataset/npy-pairs.ts';
import { readDataset } from '../../dataset/read-dataset.ts';
import type { CaseRandom } from '../case-random.ts';
import { makeDataset } from './change-dataset.ts';
import type { SeedDataset } from './seed-datasets.ts';

/** Pictures that are opened of a dataset that is still valid. */
const MAX_OPENED = 8;
const MAX_MESSAGE_CHARACTERS = 16_384;

/** A dataset's file as the commands read it: refused as the user's mistake, or listed, and its pictures opened. */
export async function tryDataset(random: CaseRandom): Promise<{ readonly refusal: string | null }> {
  const dataset = makeDataset(random);
  const folder = mkdtempSync(join(tmpdir(), 'alignql-dataset-'));
  try {
    await read(folder, dataset);
    return { refusal: null };
  } catch (error) {
    const refusal = mistakeOf(error);
    if (refusal === null) throw error;
    if (refusal.length > MAX_MESSAGE_CHARACTERS)
      throw new Error(`a message of ${refusal.length} characters`, { cause: error });
    // It names the file, which is the user's own.
    return { refusal: refusal.replaceAll(folder, '') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function read(folder: string, { name, kind, bytes }: SeedDataset): Promise<void> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  if (kind === 'npy') {
    await readNpyPairs({ imageEmbeddings: path, textEmbeddings: path, groups: null });
    return;
  }
  const { pairs } = await readDataset(path);
  for (const { image } of pairs.slice(0, MAX_OPENED)) {
    // A picture that cannot be opened is skipped with its reason, whatever that is.
    await image.read().catch(() => undefined);
  }
}
