import { basename, dirname, join } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { imageFile, readText } from './file-access.ts';
import { type DatasetListing, type ImageSource, createListing } from './pair-source.ts';
import { requirePictureFolder } from './picture-folder.ts';

const EXPECTED = [
  'a.jpg#0<TAB>caption on every line (Flickr8k.token.txt)',
  'a header line image,caption (captions.txt)',
  'or a header line image_name| comment_number| comment (results.csv)',
].join(', ');

const PICTURE_FOLDERS = [
  'Images',
  'images',
  'Flicker8k_Dataset',
  'Flickr8k_Dataset',
  'flickr30k_images',
  'flickr30k-images',
];

interface Line {
  readonly line: number;
  readonly image: string;
  readonly caption: string;
}

/** How a file of captions is written, seen from its first line; null when it is of none of these forms. */
type CaptionSyntax = 'token' | 'comma' | 'pipe';

/**
 * - `token`: `a.jpg#0<TAB>caption` without a header (Flickr8k.token.txt, results_20130124.token).
 * - `comma`: header `image,caption` or `image_name,comment_number,comment`; the caption is the rest of the line, commas
 *   included, whether quoted or not (Kaggle's captions.txt quotes some only).
 * - `pipe`: header `image_name| comment_number| comment` (Kaggle's results.csv of Flickr30k).
 */
export function captionSyntax(text: string): CaptionSyntax | null {
  const first = text
    .replace(/^\uFEFF/, '')
    .split('\n', 1)[0]
    .trim();
  if (/^\S.*#\d+\t/.test(first)) return 'token';
  const match = /^image(_name)?\s*([,|])(\s*comment_number\s*\2)?\s*(caption|comment)$/i.exec(first);
  if (match === null) return null;
  return match[2] === '|' ? 'pipe' : 'comma';
}

/**
 * Pairs of Flickr8k or Flickr30k, in file order; pictures lie in Images/, Flicker8k_Dataset/, flickr30k_images/, or beside.
 * @throws UserError for a file of another form, a line that does not fit (named), or when the pictures are missing
 */
export async function readFlickrCaptions(path: string): Promise<DatasetListing> {
  const text = await readText(path);
  const syntax = captionSyntax(text);
  if (syntax === null) {
    throw new UserError(`${path} line 1: ${JSON.stringify(text.slice(0, 60))}; expected ${EXPECTED}.`);
  }
  const lines = parseLines(text.replace(/^\uFEFF/, ''), syntax, path);
  if (lines.length === 0) return createListing([]);
  const folder = requirePictureFolder(
    path,
    pictureFolders(dirname(path)),
    lines.map(({ image }) => image),
  );
  const images = new Map<string, ImageSource>();
  return createListing(
    lines.map(({ line, image: name, caption }) => {
      const image = images.get(name) ?? imageFile(join(folder, name));
      images.set(name, image);
      const where = `${basename(path)} line ${line}`;
      return caption === ''
        ? { where, reason: `no caption for ${name}`, image: name }
        : { image, imageName: name, caption, where };
    }),
  );
}

function pictureFolders(here: string): string[] {
  // Flickr8k unpacks into a folder of texts and a folder of pictures beside it, each at times inside its own twin.
  return [here, dirname(here)].flatMap((root) => [
    ...PICTURE_FOLDERS.map((name) => join(root, name)),
    ...PICTURE_FOLDERS.map((name) => join(root, name, name)),
    join(root, 'Flickr8k_Dataset', 'Flicker8k_Dataset'),
    root,
  ]);
}

function parseLines(text: string, syntax: CaptionSyntax, path: string): Line[] {
  const all = text.split('\n');
  const columns = all[0].split(syntax === 'pipe' ? '|' : ',').length;
  const pattern = linePattern(syntax, columns);
  const lines: Line[] = [];
  for (const [index, content] of all.entries()) {
    if (content.trim() === '' || (index === 0 && syntax !== 'token')) continue;
    const match = pattern.exec(content.trim());
    if (match === null) {
      throw new UserError(
        `${path} line ${index + 1}: ${JSON.stringify(content.slice(0, 60))}; expected ${exampleOf(syntax, columns)}.`,
      );
    }
    lines.push({ line: index + 1, image: match[1].trim(), caption: unquote(match[2].trim()) });
  }
  return lines;
}

function linePattern(syntax: CaptionSyntax, columns: number): RegExp {
  if (syntax === 'token') return /^(.+?)#\d+\t(.*)$/;
  // One line of Flickr30k's results.csv lacks its second bar: "2199200615.jpg| 4   A dog runs across the grass .".
  if (syntax === 'pipe') return columns === 2 ? /^([^|]+)\|(.*)$/ : /^([^|]+)\|\s*\d+\s*\|?(.*)$/;
  return columns === 2 ? /^([^,]+),(.*)$/ : /^([^,]+),\s*\d+\s*,(.*)$/;
}

function exampleOf(syntax: CaptionSyntax, columns: number): string {
  if (syntax === 'token') return 'a.jpg#0<TAB>caption';
  const separator = syntax === 'pipe' ? '| ' : ',';
  return (columns === 2 ? ['a.jpg', 'caption'] : ['a.jpg', '0', 'caption']).join(separator);
}

/** A caption quoted as CSV does; quotes that merely begin and end a caption stay. */
function unquote(caption: string): string {
  return /^"(?:[^"]|"")*"$/.test(caption) ? caption.slice(1, -1).replaceAll('""', '"').trim() : caption;
}
