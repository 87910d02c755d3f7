import { basename, dirname, join } from 'node:path';
import { shorten } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { splitLines } from '../files/text.ts';
import { DELIMITERS, MalformedRowError, forEachRow, headerUnder } from './delimited-text.ts';
import { readText } from '../files/file-access.ts';
import { createPictureFinder } from './named-picture.ts';
import { type DatasetListing, createListing } from './pair-source.ts';
import { requirePictureFolder } from './picture-folder.ts';

const EXPECTED = [
  'a.jpg#0<TAB>caption on every line (Flickr8k.token.txt)',
  'a header line image,caption (captions.txt)',
  'or a header line image_name| comment_number| comment (results.csv)',
].join(', ');

/** Where pictures of Flickr8k and Flickr30k usually lie. */
export const FLICKR_PICTURE_FOLDERS = [
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

/** How a file of captions is written: `a.jpg#0<TAB>caption` without a header, or a table. */
export type CaptionSyntax = { readonly kind: 'token' } | ({ readonly kind: 'table' } & TableSyntax);

interface TableSyntax {
  /** The header's first name: image, image_name. */
  readonly imageColumn: string;
  readonly delimiter: string;
  /** Whether a comment_number stands between picture and caption. */
  readonly isNumbered: boolean;
}

/**
 * How a file of captions is written, seen from its first line that is not blank; null when it is of none of these forms.
 * - `token`: `a.jpg#0<TAB>caption` (Flickr8k.token.txt, results_20130124.token).
 * - `table`: header `image,caption` (Kaggle's captions.txt) or `image_name| comment_number| comment` (Kaggle's results.csv of
 *   Flickr30k), in any of the delimiters.
 */
export function captionSyntax(text: string): CaptionSyntax | null {
  const first = /\S[^\r\n]*/.exec(text)?.[0] ?? '';
  // The caption of the first line may be empty, and an editor may have cut the tab before it.
  if (/^\S.*#\d+"?(\t|(?<=\.\w+#\d+"?)$)/.test(first)) return { kind: 'token' };
  for (const delimiter of DELIMITERS) {
    const [imageColumn, ...others] = headerUnder(first, delimiter);
    const isNumbered = others[0] === 'comment_number';
    const captions = isNumbered ? others.slice(1) : others;
    if (!['image', 'image_name'].includes(imageColumn) || captions.length !== 1) continue;
    if (['caption', 'comment'].includes(captions[0])) {
      return { kind: 'table', imageColumn, delimiter, isNumbered };
    }
  }
  return null;
}

/**
 * Pairs of Flickr8k or Flickr30k, in file order; pictures lie in Images/, Flicker8k_Dataset/, flickr30k_images/, or beside.
 * @throws UserError for a file of another form, a line that does not fit (named), or when the pictures are missing
 */
export async function readFlickrCaptions(path: string): Promise<DatasetListing> {
  const text = await readText(path);
  const syntax = captionSyntax(text);
  if (syntax === null) {
    throw new UserError(`${path} line 1: ${JSON.stringify(shorten(text, 60))}; expected ${EXPECTED}.`);
  }
  const lines = syntax.kind === 'token' ? tokenLines(text, path) : tableLines(text, syntax, path);
  if (lines.length === 0) return createListing([]);
  const folder = requirePictureFolder(
    path,
    pictureFolders(dirname(path)),
    lines.map(({ image }) => image),
  );
  const pictureOf = createPictureFinder(folder);
  return createListing(
    lines.map(({ line, image: name, caption }) => {
      const where = `${basename(path)} line ${line}`;
      return caption === ''
        ? { where, reason: `no caption for ${shorten(name)}`, image: name }
        : { image: pictureOf(name), imageName: name, caption, where };
    }),
  );
}

function pictureFolders(here: string): string[] {
  // Flickr8k unpacks into a folder of texts and a folder of pictures beside it, each at times inside its own twin.
  return [here, dirname(here)].flatMap((root) => [
    ...FLICKR_PICTURE_FOLDERS.map((name) => join(root, name)),
    ...FLICKR_PICTURE_FOLDERS.map((name) => join(root, name, name)),
    join(root, 'Flickr8k_Dataset', 'Flicker8k_Dataset'),
    root,
  ]);
}

function tokenLines(text: string, path: string): Line[] {
  return splitLines(text).flatMap((content, index): Line[] => {
    if (content.trim() === '') return [];
    const match = /^\s*(?:"(.+?)#\d+"|(.+?)#\d+)(?:\t(.*))?$/.exec(content);
    if (match === null) throw misfit(path, index + 1, content, 'a.jpg#0<TAB>caption');
    const [, quotedName, name = quotedName, caption = ''] = match;
    return [{ line: index + 1, image: name.trim(), caption: unquote(caption.trim()) }];
  });
}

/**
 * As CSV where all of the file is sound CSV. Otherwise captions hold delimiters or quotes as they are (Kaggle quotes some
 * captions only): a line is then a row, and its caption the rest of the line.
 */
function tableLines(text: string, syntax: TableSyntax, path: string): Line[] {
  return soundLines(text, syntax) ?? looseLines(text, syntax, path);
}

function soundLines(text: string, { delimiter, isNumbered }: TableSyntax): Line[] | null {
  const width = isNumbered ? 3 : 2;
  const lines: Line[] = [];
  try {
    forEachRow(text, { delimiter, quote: '"' }, (cells, line) => {
      const isSound =
        cells.length === width && (lines.length === 0 || !isNumbered || /^\s*\d+\s*$/.test(cells[1]));
      if (!isSound) throw new MalformedRowError(`${cells.length} cells on line ${line}`);
      lines.push({ line, image: cells[0].trim(), caption: unquote(cells[width - 1].trim()) });
    });
  } catch (error) {
    if (error instanceof MalformedRowError) return null;
    throw error;
  }
  return lines.slice(1);
}

function looseLines(text: string, syntax: TableSyntax, path: string): Line[] {
  const pattern = linePattern(syntax);
  const filled = splitLines(text)
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim() !== '');
  return filled.slice(1).map(({ content, line }) => {
    const match = pattern.exec(content);
    const [, image = '', caption = ''] = match ?? [];
    // A cell that goes on behind a line break, or a quote without its other half: which of the two cannot be told.
    const isOpen = caption.startsWith('"') && (caption.match(/"/g)?.length ?? 0) % 2 === 1;
    if (match === null || isOpen) throw misfit(path, line, content, exampleOf(syntax));
    return { line, image: unquote(image.trim()), caption: unquote(caption.trim()) };
  });
}

/** Of picture and caption. */
function linePattern({ delimiter, isNumbered }: TableSyntax): RegExp {
  const bar = delimiter === '|' ? '\\|' : delimiter;
  const name = `\\s*("(?:[^"]|"")*"\\s*|[^${bar}]+)${bar}`;
  if (!isNumbered) return new RegExp(`^${name}(.*)$`);
  // One line of Flickr30k's results.csv lacks its second bar: "2199200615.jpg| 4   A dog runs across the grass .".
  const second = delimiter === '|' ? `${bar}?` : bar;
  return new RegExp(`^${name}\\s*"?\\d+"?\\s*${second}(.*)$`);
}

function misfit(path: string, line: number, content: string, expected: string): UserError {
  return new UserError(
    `${path} line ${line}: ${JSON.stringify(shorten(content, 60))}; expected ${expected}.`,
  );
}

function exampleOf({ delimiter, isNumbered }: TableSyntax): string {
  const cells = isNumbered ? ['a.jpg', '0', 'caption'] : ['a.jpg', 'caption'];
  return cells.join(delimiter === '|' ? '| ' : delimiter);
}

/** A cell quoted as CSV does; quotes that merely begin and end a caption stay. */
function unquote(cell: string): string {
  return /^"(?:[^"]|"")*"$/.test(cell) ? cell.slice(1, -1).replaceAll('""', '"').trim() : cell;
}
