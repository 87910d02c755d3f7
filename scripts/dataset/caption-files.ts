import { readdir } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import { splitLines } from '../files/text.ts';
import { imageFile, readText } from './file-access.ts';
import { isPicture } from './picture-names.ts';
import { type DatasetListing, type DatasetRow, createListing } from './pair-source.ts';

/** Pairs of a folder of pictures, each with a .txt of the same name that holds a caption a line, in path order. */
export async function readCaptionFiles(folder: string): Promise<DatasetListing> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const known = new Set(paths);
  const rows: DatasetRow[] = [];
  // Sorted by code unit: the order of a directory differs between file systems, the order of the result must not.
  for (const path of paths.filter(isPicture).sort()) {
    const captionPath = `${path.slice(0, -extname(path).length)}.txt`;
    const where = relative(folder, path);
    if (!known.has(captionPath)) {
      rows.push({ where, reason: `no ${basename(captionPath)} beside it`, image: where });
      continue;
    }
    const captions = splitLines(await readText(captionPath)).map((line) => line.trim());
    const filled = captions.filter((caption) => caption !== '');
    if (filled.length === 0) {
      rows.push({ where, reason: `${basename(captionPath)} is empty`, image: where });
    }
    const image = imageFile(path);
    for (const caption of filled) rows.push({ image, imageName: where, caption, where });
  }
  return createListing(rows);
}
