import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { type DatasetListing, type PairSource, type Skipped, DATASET_FORMS } from './pair-source.ts';
import { parseCsvRows, parseJsonLines, type Row } from './parse-rows.ts';

const LISTING_FILES = ['captions.csv', 'captions.jsonl', 'metadata.csv', 'metadata.jsonl'];
const PICTURE_EXTENSIONS = new Set([
  '.jpg',
  '.jpeg',
  '.png',
  '.webp',
  '.gif',
  '.avif',
  '.bmp',
  '.tif',
  '.tiff',
  '.svg',
]);
const IMAGE_COLUMNS = ['image', 'file_name'];
const CAPTION_COLUMNS = ['caption', 'text'];

/**
 * List the image-caption pairs of a dataset in a fixed order (file order; folders by path). No picture is opened.
 * @param path a .csv or .jsonl file, or a folder (DATASET_FORMS)
 * @throws UserError when the path is missing, of another form, malformed (file and line named) or holds no pair
 */
export async function readDataset(path: string): Promise<DatasetListing> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new UserError(
      `Dataset ${path} cannot be read: ${reasonOf(cause)}. Accepted forms:\n${DATASET_FORMS}`,
      {
        cause,
      },
    );
  });
  const listing = info.isDirectory() ? await readFolder(path) : await readListingFile(path);
  if (listing.pairs.length > 0) return listing;
  const skipped = listing.skipped.slice(0, 3).map(({ where, reason }) => `  ${where}: ${reason}`);
  throw new UserError(
    [`Dataset ${path} holds no image-caption pair.`, ...skipped, 'Accepted forms:', DATASET_FORMS].join('\n'),
  );
}

async function readListingFile(path: string): Promise<DatasetListing> {
  const extension = extname(path).toLowerCase();
  if (extension !== '.csv' && extension !== '.jsonl') {
    throw new UserError(
      `Dataset ${path} is neither .csv nor .jsonl nor a folder. Accepted forms:\n${DATASET_FORMS}`,
    );
  }
  const text = await readText(path);
  const rows = extension === '.csv' ? parseCsvRows(text, path) : parseJsonLines(text, path);
  const pairs: PairSource[] = [];
  const skipped: Skipped[] = [];
  for (const row of rows) {
    const where = `${basename(path)} line ${row.line}`;
    const image = cell(row, IMAGE_COLUMNS, path);
    const caption = cell(row, CAPTION_COLUMNS, path).trim();
    if (image === '') skipped.push({ where, reason: 'no picture named' });
    else if (caption === '') skipped.push({ where, reason: `no caption for ${image}` });
    else if (/^https?:\/\//.test(image))
      skipped.push({ where, reason: `${image} is a URL; download it first, this command reads files` });
    else pairs.push({ imagePath: resolve(dirname(path), image), caption, where });
  }
  return { pairs, skipped };
}

async function readFolder(folder: string): Promise<DatasetListing> {
  const names = await readdir(folder);
  const listing = LISTING_FILES.find((name) => names.includes(name));
  return listing === undefined ? readCaptionFiles(folder) : readListingFile(join(folder, listing));
}

async function readCaptionFiles(folder: string): Promise<DatasetListing> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const known = new Set(paths);
  const pairs: PairSource[] = [];
  const skipped: Skipped[] = [];
  // Sorted by code unit: the order of a directory differs between file systems, the order of the result must not.
  for (const imagePath of paths.filter(isPicture).sort()) {
    const captionPath = `${imagePath.slice(0, -extname(imagePath).length)}.txt`;
    const where = relative(folder, imagePath);
    if (!known.has(captionPath)) {
      skipped.push({ where, reason: `no ${basename(captionPath)} beside it` });
      continue;
    }
    const captions = (await readText(captionPath)).split('\n').map((line) => line.trim());
    const filled = captions.filter((caption) => caption !== '');
    if (filled.length === 0) skipped.push({ where, reason: `${basename(captionPath)} is empty` });
    for (const caption of filled) pairs.push({ imagePath, caption, where });
  }
  return { pairs, skipped };
}

function isPicture(path: string): boolean {
  return PICTURE_EXTENSIONS.has(extname(path).toLowerCase());
}

function cell(row: Row, names: readonly string[], path: string): string {
  const name = names.find((candidate) => Object.hasOwn(row.cells, candidate));
  if (name === undefined) {
    const found = Object.keys(row.cells).join(', ') || 'none';
    throw new UserError(`${path} line ${row.line}: expected ${names.join(' or ')}, found ${found}.`);
  }
  const value = row.cells[name];
  if (typeof value !== 'string') {
    throw new UserError(
      `${path} line ${row.line}: expected ${name} to be text, got ${JSON.stringify(value)}.`,
    );
  }
  return value;
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new UserError(`${path} cannot be read: ${reasonOf(cause)}.`, { cause });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError(`${path} is not UTF-8 text. Convert it first, for example with iconv.`, { cause });
  }
}

/** The system's own word for what failed: ENOENT becomes "no such file or directory". */
export function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return /^[A-Z]+: ([^,]+),/.exec(message)?.[1] ?? message;
}
