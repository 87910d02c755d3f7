import { basename, dirname, join } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { readText } from '../files/file-access.ts';
import { imageFile } from './image-file.ts';
import { type DatasetListing, type DatasetRow, createListing } from './pair-source.ts';
import { findPictureFolder, requirePictureFolder } from './picture-folder.ts';

/** The names COCO gives its caption files: captions_val2017.json. */
export const COCO_FILE = /^captions_.*\.json$/;

const EXPECTED =
  'expected COCO captions, {"images": [{"id", "file_name"}], "annotations": [{"image_id", "caption"}]}';

interface CocoFile {
  readonly path: string;
  readonly nameById: ReadonlyMap<unknown, string>;
  readonly annotations: readonly { readonly imageId: unknown; readonly caption: string }[];
}

/**
 * Pairs of COCO caption files, in the order of their annotations. Pictures lie in val2017/ and the like, in images/, or
 * beside; of several files those without any picture are passed over with a note (annotations come for all splits at once).
 * @throws UserError when a file is of another form (the entry is named) or the pictures of all are missing
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
  const images = new Map(
    [...nameById].map(([id, name]) => [id, { name, image: imageFile(join(folder, name)) }]),
  );
  for (const [index, { imageId, caption }] of annotations.entries()) {
    const where = `${basename(path)} annotations[${index}]`;
    const listed = images.get(imageId);
    if (listed === undefined) {
      yield { where, reason: `no image of id ${JSON.stringify(imageId)} in "images"`, caption };
      continue;
    }
    const { name, image } = listed;
    if (caption === '') yield { where, reason: `no caption for ${name}`, image: name };
    else yield { image, imageName: name, caption, where };
  }
}

function pictureFolders(path: string): string[] {
  const here = dirname(path);
  const split = basename(path)
    .replace(/^captions_/, '')
    .replace(/\.json$/, '');
  const roots = basename(here) === 'annotations' ? [dirname(here), here] : [here, dirname(here)];
  return roots.flatMap((root) => [
    join(root, split),
    join(root, 'images', split),
    join(root, 'images'),
    root,
  ]);
}

function parseCocoFile(text: string, path: string): CocoFile {
  const root = parseObject(text, path);
  const nameById = new Map<unknown, string>();
  for (const [index, image] of listOf(root, 'images', path).entries()) {
    const { id, file_name: name } = image;
    if (id === undefined || typeof name !== 'string' || name === '') {
      throw new UserError(
        `${path} images[${index}]: expected an id and a file_name, got ${excerpt(image)}; ${EXPECTED}.`,
      );
    }
    nameById.set(id, name);
  }
  const annotations = listOf(root, 'annotations', path).map((annotation, index) => {
    const { image_id: imageId, caption } = annotation;
    if (imageId === undefined || typeof caption !== 'string') {
      throw new UserError(
        `${path} annotations[${index}]: expected an image_id and a caption, got ${excerpt(annotation)}; ${EXPECTED}.`,
      );
    }
    // Captions of COCO end in line breaks at places.
    return { imageId, caption: caption.trim() };
  });
  return { path, nameById, annotations };
}

function parseObject(text: string, path: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${path} is not JSON: ${reason}; ${EXPECTED}.`, { cause });
  }
  if (isObject(value)) return value;
  throw new UserError(`${path}: got ${excerpt(value)}; ${EXPECTED}.`);
}

function listOf(
  root: Readonly<Record<string, unknown>>,
  name: string,
  path: string,
): Readonly<Record<string, unknown>>[] {
  const list = root[name];
  if (!Array.isArray(list)) {
    throw new UserError(`${path} has no list "${name}" but ${Object.keys(root).join(', ')}; ${EXPECTED}.`);
  }
  return list.map((item: unknown, index) => {
    if (isObject(item)) return item;
    throw new UserError(`${path} ${name}[${index}]: got ${excerpt(item)}; ${EXPECTED}.`);
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function excerpt(value: unknown): string {
  return JSON.stringify(value).slice(0, 80);
}
