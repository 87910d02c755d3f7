import { basename, dirname, join } from 'node:path';
import { shorten } from '../../src/errors.ts';
import { type JsonObject, excerpt, isObject, parseAnnotationFile } from './annotation-file.ts';
import { readText } from '../files/file-access.ts';
import { FLICKR_PICTURE_FOLDERS } from './flickr-captions.ts';
import { createPictureFinder } from './named-picture.ts';
import { type DatasetListing, type DatasetRow, createListing } from './pair-source.ts';
import { findPictureFolder, requirePictureFolder } from './picture-folder.ts';

/** Of Karpathy and Fei-Fei's splits: dataset_coco.json, dataset_flickr8k.json, dataset_flickr30k.json, each dataset.json once. */
export const KARPATHY_FILE = /^dataset(_\w+)?\.json$/i;

const EXPECTED =
  'the splits of Karpathy, {"images": [{"filename", "filepath" of COCO, "sentences": [{"raw"}], "split"}]}';

/** Whether a JSON text has captions inside its images rather than in a list of their own. */
export function isKarpathy(text: string): boolean {
  return /"sentences"\s*:/.test(text) && !/"annotations"\s*:/.test(text);
}

/**
 * Pairs of all splits, in file order, the split as a column. Pictures lie in the folder that `filepath` names, in the folders
 * of COCO and Flickr, or beside.
 * @throws UserError when the file is of another form (the entry is named) or its pictures are missing
 */
export async function readKarpathyCaptions(path: string): Promise<DatasetListing> {
  const file = parseAnnotationFile(await readText(path), path, EXPECTED);
  const images = file.list('images').map((image, index) => {
    const { filename, filepath, sentences } = image;
    if (typeof filename !== 'string' || filename === '' || !Array.isArray(sentences)) {
      throw file.misfit(`images[${index}]`, `expected a filename and sentences, got ${excerpt(image)}`);
    }
    const captions = sentences.map((sentence: unknown, nth) => {
      if (isObject(sentence) && typeof sentence.raw === 'string') return sentence.raw.trim();
      throw file.misfit(
        `images[${index}].sentences[${nth}]`,
        `expected the caption as raw, got ${excerpt(sentence)}`,
      );
    });
    const deep = typeof filepath === 'string' && filepath !== '' ? `${filepath}/${filename}` : filename;
    return { filename, deep, captions, image };
  });
  if (images.length === 0) return createListing([]);
  const folders = pictureFolders(path);
  const deepFolder = findPictureFolder(
    folders,
    images.map(({ deep }) => deep),
  );
  const names = images.map(({ filename }) => filename);
  const pictureOf = createPictureFinder(deepFolder ?? requirePictureFolder(path, folders, names));
  return createListing(
    images.flatMap(({ filename, deep, captions, image }, index) =>
      captions.map((caption, nth): DatasetRow => {
        const name = deepFolder === null ? filename : deep;
        const where = `${basename(path)} images[${index}].sentences[${nth}]`;
        if (caption === '') return { where, reason: `no caption for ${shorten(name)}`, image: name };
        return { image: pictureOf(name), imageName: name, caption, where, ...splitOf(image) };
      }),
    ),
  );
}

function splitOf({ split }: JsonObject): { readonly columns?: Readonly<Record<string, unknown>> } {
  return typeof split === 'string' ? { columns: { split } } : {};
}

function pictureFolders(path: string): string[] {
  const here = dirname(path);
  return [here, dirname(here)].flatMap((root) => [
    root,
    ...FLICKR_PICTURE_FOLDERS.map((name) => join(root, name)),
    ...['train2014', 'val2014', 'train2017', 'val2017'].map((name) => join(root, name)),
  ]);
}
