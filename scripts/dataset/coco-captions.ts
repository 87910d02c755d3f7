import { basename, dirname, join } from 'node:path';
import { shorten } from '../../src/errors.ts';
import { type JsonObject, excerpt, parseAnnotationFile } from './annotation-file.ts';
import { readText } from '../files/file-access.ts';
import { createPictureFinder } from './named-picture.ts';
import { type DatasetListing, type DatasetRow, createListing } from './pair-source.ts';
import { findPictureFolder, requirePictureFolder } from './picture-folder.ts';

/** The names COCO gives its caption files: captions_val2017.json. */
export const COCO_FILE = /^captions_.*\.json$/i;

const EXPECTED = 'COCO captions, {"images": [{"id", "file_name"}], "annotations": [{"image_id", "caption"}]}';

/** Exact: whole numbers beyond 2^53 are bigint. */
type Id = string | number | bigint;

interface CocoFile {
  readonly path: string;
  readonly nameById: ReadonlyMap<Id, string>;
  readonly annotations: readonly { readonly imageId: Id; readonly caption: string }[];
}

/**
 * Pairs of COCO caption files, in the order of their annotations. Pictures lie in val2017/ and the like, in images/, beside,
 * or where an absolute file_name says; of several files those without any picture are passed over with a note (annotations
 * come for all splits at once).
 * @throws UserError when a file is of another form or has two pictures of one id (the entry is named), or the pictures of
 *   all are missing
 */
export async function readCocoCaptions(paths: readonly string[]): Promise<DatasetListing> {
  const rows: DatasetRow[] = [];
  const notes: string[] = [];
  for (const path of paths) {
    const file = parseCocoFile(await readText(path), path);
    const folders = pictureFolders(path);
    const names = file.nameById.values();
    const isLastHope = rows.length === 0 && path === paths.at(-1);
    const folder = isLastHope
      ? requirePictureFolder(path, folders, [...names])
      : findPictureFolder(folders, names);
    if (folder === null) {
      notes.push(`${path} is passed over: none of its pictures is here`);
      continue;
    }
    for (const row of rowsOf(file, folder)) rows.push(row);
  }
  return createListing(rows, notes);
}

function* rowsOf({ path, nameById, annotations }: CocoFile, folder: string): Generator<DatasetRow> {
  const pictureOf = createPictureFinder(folder);
  for (const [index, { imageId, caption }] of annotations.entries()) {
    const where = `${basename(path)} annotations[${index}]`;
    const name = nameById.get(imageId);
    if (name === undefined) {
      yield { where, reason: `no image of id ${excerpt(imageId)} in "images"`, caption };
    } else if (caption === '') yield { where, reason: `no caption for ${shorten(name)}`, image: name };
    else yield { image: pictureOf(name), imageName: name, caption, where };
  }
}

function pictureFolders(path: string): string[] {
  const here = dirname(path);
  const split = basename(path)
    .replace(/^captions_/i, '')
    .replace(/\.json$/i, '');
  const roots = basename(here) === 'annotations' ? [dirname(here), here] : [here, dirname(here)];
  return roots.flatMap((root) => [
    join(root, split),
    join(root, 'images', split),
    join(root, 'images'),
    root,
  ]);
}

function parseCocoFile(text: string, path: string): CocoFile {
  const file = parseAnnotationFile(text, path, EXPECTED);
  const nameById = new Map<Id, string>();
  for (const [index, image] of file.list('images').entries()) {
    const { file_name: name } = image;
    const id = idOf(image, 'id');
    const entry = `images[${index}]`;
    if (id === null || typeof name !== 'string' || name === '') {
      throw file.misfit(entry, `expected an id and a file_name, got ${excerpt(image)}`);
    }
    const known = nameById.get(id) ?? name;
    // COCO's own API keeps the last of them, and gives it the captions of both.
    if (known !== name) {
      throw file.misfit(
        entry,
        `the id ${excerpt(id)} of ${shorten(name)} is that of ${known}, too: make ids unique`,
      );
    }
    nameById.set(id, name);
  }
  const annotations = file.list('annotations').map((annotation, index) => {
    const { caption } = annotation;
    const imageId = idOf(annotation, 'image_id');
    if (imageId === null || typeof caption !== 'string') {
      throw file.misfit(
        `annotations[${index}]`,
        `expected an image_id and a caption, got ${excerpt(annotation)}`,
      );
    }
    // Captions of COCO end in line breaks at places.
    return { imageId, caption: caption.trim() };
  });
  return { path, nameById, annotations };
}

/** Null unless it is a text or a whole number that is known to the last digit. */
function idOf(entry: JsonObject, name: string): Id | null {
  const id = entry[name];
  if (typeof id === 'string' || typeof id === 'bigint') return id;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : null;
}
