import { basename, extname, relative } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { splitLines } from '../files/text.ts';
import { walkFolder } from '../files/walk-folder.ts';
import { readText } from '../files/file-access.ts';
import { imageFile } from './image-file.ts';
import { isAppleDouble, isPicture } from '../../src/dataset/picture-names.ts';
import { type DatasetListing, type DatasetRow, createListing } from './pair-source.ts';

type Walk = Awaited<ReturnType<typeof walkFolder>>;
type FoundFile = Walk['files'][number];

const SHOWN = 3;

/**
 * Pairs of a folder of pictures, each with a .txt of the same name that holds a caption a line, in path order. Links are
 * followed. A picture whose captions are missing, in doubt or not to be read is skipped.
 * @throws UserError when a folder cannot be read
 */
export async function readCaptionFiles(folder: string): Promise<DatasetListing> {
  let appleDoubles = 0;
  const { files, loops } = await walkFolder(folder, (name) => {
    const isSkipped = isAppleDouble(name);
    if (isSkipped) appleDoubles++;
    return isSkipped;
  });
  const texts = textsByStem(files);
  const stems = new Set<string>();
  const rows: DatasetRow[] = [];
  for (const picture of files.filter(({ path }) => isPicture(path))) {
    stems.add(commonStem(picture.path));
    const found = captionFileOf(picture.path, texts);
    for (const row of await rowsOf(picture, found, relative(folder, picture.path))) rows.push(row);
  }
  const unused = [...texts].filter(([stem]) => !stems.has(stem)).flatMap(([, found]) => found);
  return createListing(rows, [
    ...noteOf(loops, 'links to a folder above are passed over'),
    ...noteOf(
      unused.map(({ path }) => relative(folder, path)),
      '.txt files have no picture of their name beside them and are passed over',
    ),
    ...(appleDoubles > 0
      ? [`${appleDoubles} files or folders of macOS (._*, __MACOSX) are passed over`]
      : []),
  ]);
}

function noteOf(paths: readonly string[], what: string): string[] {
  if (paths.length === 0) return [];
  const shown = paths.slice(0, SHOWN).join(', ');
  return [`${paths.length} ${what}: ${shown}${paths.length > SHOWN ? ', ...' : ''}`];
}

/** Texts by what they and their picture have in common, whatever the Unicode form. */
function textsByStem(files: readonly FoundFile[]): Map<string, FoundFile[]> {
  const texts = new Map<string, FoundFile[]>();
  for (const file of files.filter(({ path }) => extname(path).toLowerCase() === '.txt')) {
    const stem = commonStem(file.path);
    texts.set(stem, [...(texts.get(stem) ?? []), file]);
  }
  return texts;
}

function commonStem(path: string): string {
  return stemOf(path).normalize('NFC');
}

function stemOf(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}

/** The text of the picture's very name, else of its name in another Unicode form; or why there is no single one. */
function captionFileOf(path: string, texts: ReadonlyMap<string, FoundFile[]>): FoundFile | string {
  const stem = stemOf(path);
  const alike = texts.get(commonStem(path)) ?? [];
  const exact = alike.filter((file) => stemOf(file.path) === stem);
  const fitting = exact.length > 0 ? exact : alike;
  if (fitting.length === 1) return fitting[0];
  if (fitting.length === 0) return `no ${basename(stem)}.txt beside it`;
  return `${fitting.map((file) => basename(file.path)).join(' and ')} are beside it: leave one`;
}

async function rowsOf(
  { path, problem }: FoundFile,
  text: FoundFile | string,
  where: string,
): Promise<DatasetRow[]> {
  const skip = (reason: string): DatasetRow[] => [{ where, reason, image: where }];
  if (problem !== null) return skip(problem);
  if (typeof text === 'string') return skip(text);
  if (text.problem !== null) return skip(`${basename(text.path)}: ${text.problem}`);
  const captions = await readCaptions(text.path);
  if (typeof captions === 'string') return skip(captions);
  if (captions.length === 0) return skip(`${basename(text.path)} is empty`);
  const image = imageFile(path);
  return captions.map((caption) => ({ image, imageName: where, caption, where }));
}

/** One a line, or why there are none. */
async function readCaptions(path: string): Promise<readonly string[] | string> {
  try {
    const lines = splitLines(await readText(path)).map((line) => line.trim());
    return lines.filter((line) => line !== '');
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
