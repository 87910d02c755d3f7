import { stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { readCaptionFiles } from './caption-files.ts';
import { COCO_FILE, readCocoCaptions } from './coco-captions.ts';
import { namesIn, readText, reasonOf } from '../files/file-access.ts';
import { type CaptionSyntax, captionSyntax, readFlickrCaptions } from './flickr-captions.ts';
import { KARPATHY_FILE, isKarpathy, readKarpathyCaptions } from './karpathy-captions.ts';
import { withKinds } from './kinds.ts';
import { LISTING_EXTENSIONS, isPairTable, readListingFile, readParquetParts } from './listing-file.ts';
import { type DatasetListing, DATASET_FORMS, type NamedColumns } from './pair-source.ts';
import { isAppleDouble } from '../../src/dataset/picture-names.ts';
import { TAR_FILE, readTarShards } from './tar-shards.ts';

const LISTING_FILES = ['captions', 'metadata'].flatMap((stem) =>
  LISTING_EXTENSIONS.map((extension) => `${stem}${extension}`),
);
/** Flickr8k.token.txt, results_20130124.token, captions.txt, results.csv. */
const FLICKR_FILE = /(\.token(\.txt)?|^captions\.txt|^results\.csv)$/i;

const TABLE_ONLY = '--image-column and --caption-column name columns of a table';

/**
 * List the image-caption pairs of a dataset in a fixed order (file order; folders by path). No picture is opened; tar
 * shards are read through once, for where each picture lies and for the captions.
 * @param path a file or a folder of one of DATASET_FORMS, embeddings excepted
 * @param columns of a table, in place of the names that are known; and that of kinds, which each pair then carries
 * @throws UserError when the path is missing, of another form, no table where columns are named, malformed (file and line named) or
 *   holds no pair, and for kinds that are missing or too many
 */
export async function readDataset(path: string, columns?: NamedColumns): Promise<DatasetListing> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new UserError(
      `Dataset ${path} cannot be read: ${reasonOf(cause)}. Accepted forms:\n${DATASET_FORMS}`,
      { cause },
    );
  });
  const listing = info.isDirectory() ? await readFolder(path, columns) : await readFileOfPairs(path, columns);
  if (listing.pairs.length > 0) {
    return columns?.kind === undefined ? listing : withKinds(listing, columns.kind, path);
  }
  const skipped = listing.skipped.slice(0, 3).map(({ where, reason }) => `  ${where}: ${reason}`);
  throw new UserError(
    [`Dataset ${path} holds no image-caption pair.`, ...skipped, 'Accepted forms:', DATASET_FORMS].join('\n'),
  );
}

async function readFileOfPairs(path: string, columns?: NamedColumns): Promise<DatasetListing> {
  const extension = extname(path).toLowerCase();
  // A table is of no other form once it is told by its columns.
  if (columns !== undefined && [...LISTING_EXTENSIONS, '.txt'].includes(extension)) {
    return readListingFile(path, columns);
  }
  if (namesPairs(columns)) {
    throw new UserError(`${TABLE_ONLY} (${LISTING_EXTENSIONS.join(', ')}, .txt); ${path} is none.`);
  }
  if (TAR_FILE.test(path)) return readTarShards([path], columns);
  switch (extension) {
    case '.json':
      return isKarpathy(await readText(path)) ? readKarpathyCaptions(path) : readCocoCaptions([path]);
    case '.txt':
    case '.token':
      return readFlickrCaptions(path);
    case '.csv':
      return isFlickrTable(path, captionSyntax(await readText(path)))
        ? readFlickrCaptions(path)
        : readListingFile(path);
    case '.tsv':
    case '.jsonl':
    case '.ndjson':
    case '.parquet':
      return readListingFile(path);
    case '.npy':
      throw new UserError(
        `Dataset ${path} is one matrix of embeddings. Give two, with --image-embeddings, --text-embeddings and --encoder-id.`,
      );
    default:
      throw new UserError(
        `Dataset ${path} has the extension ${extension || '(none)'}, which is of no known form. Accepted forms:\n${DATASET_FORMS}`,
      );
  }
}

/** Whether pictures or captions are told by their column, which only a table has. */
function namesPairs(columns?: NamedColumns): boolean {
  return columns?.image !== undefined || columns?.caption !== undefined;
}

/** Whether a .csv is of Flickr30k as Kaggle has it, whose pictures lie in a folder of their own. */
function isFlickrTable(path: string, syntax: CaptionSyntax | null): boolean {
  if (syntax?.kind !== 'table') return false;
  return syntax.isNumbered || syntax.imageColumn === 'image_name' || /^results\.csv$/i.test(basename(path));
}

async function readFolder(folder: string, columns?: NamedColumns): Promise<DatasetListing> {
  const names = (await namesIn(folder)).filter((name) => !isAppleDouble(name));
  const listing = LISTING_FILES.flatMap((wanted) => names.filter((name) => name.toLowerCase() === wanted)).at(
    0,
  );
  if (listing !== undefined) return readListingFile(join(folder, listing), columns);
  const shards = names.filter((name) => TAR_FILE.test(name));
  const parts = shards.length > 0 ? [] : await findParquetParts(folder, names, columns);
  if (parts.length > 0) return readParquetParts(parts, columns);
  if (namesPairs(columns)) {
    throw new UserError(
      `${TABLE_ONLY}; ${folder} holds none of ${LISTING_FILES.join(', ')}. Give the path of the table.`,
    );
  }
  if (shards.length > 0) {
    return readTarShards(
      shards.map((name) => join(folder, name)),
      columns,
    );
  }
  const coco = await findCocoFiles(folder, names);
  if (coco.length > 0) return readCocoCaptions(coco);
  const karpathy = await findKarpathyFile(folder, names);
  if (karpathy !== null) return readKarpathyCaptions(karpathy);
  const flickr = await findFlickrFile(folder, names);
  return flickr === null ? readCaptionFiles(folder) : readFlickrCaptions(flickr);
}

async function findCocoFiles(folder: string, names: readonly string[]): Promise<string[]> {
  const annotations = join(folder, 'annotations');
  const inside = (await namesIn(annotations)).filter((name) => COCO_FILE.test(name));
  if (inside.length > 0) return inside.map((name) => join(annotations, name));
  return names.filter((name) => COCO_FILE.test(name)).map((name) => join(folder, name));
}

/**
 * Parquet files of pairs in a folder, or in its folder `data` as Hugging Face lays them out. Those that only list what lies
 * in a folder or a tar of their name (img2dataset) are no parts of a table.
 */
async function findParquetParts(
  folder: string,
  names: readonly string[],
  columns?: NamedColumns,
): Promise<string[]> {
  const isPart = (name: string): boolean => /^[^._].*\.parquet$/i.test(name);
  const here = names.filter((name) => isPart(name) && !names.includes(name.slice(0, -'.parquet'.length)));
  const data = join(folder, 'data');
  const inside = here.length > 0 ? [] : (await namesIn(data)).filter(isPart);
  const paths = [...here.map((name) => join(folder, name)), ...inside.map((name) => join(data, name))];
  return paths.length > 0 && (await isPairTable(paths[0], columns)) ? paths : [];
}

/** A dataset.json may be of any kind: what is in it tells. */
async function findKarpathyFile(folder: string, names: readonly string[]): Promise<string | null> {
  for (const name of names.filter((candidate) => KARPATHY_FILE.test(candidate))) {
    const path = join(folder, name);
    if (isKarpathy(await readText(path))) return path;
  }
  return null;
}

/** A captions.txt may also be the caption of a captions.jpg: the first line tells. */
async function findFlickrFile(folder: string, names: readonly string[]): Promise<string | null> {
  const inside = (await namesIn(join(folder, 'Flickr8k_text'))).filter((name) => !isAppleDouble(name));
  const texts = inside.map((name) => join('Flickr8k_text', name));
  for (const name of [...names, ...texts].filter((candidate) => FLICKR_FILE.test(candidate))) {
    const path = join(folder, name);
    if (captionSyntax(await readText(path)) !== null) return path;
  }
  return null;
}
