import { existsSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import { FileRefusedError } from '../files/regular-file.ts';
import { imageFile } from './image-file.ts';
import type { ImageSource } from './pair-source.ts';

/**
 * The pictures that a dataset names by path, from `folder` or absolute. Where no file has the very name, one that has it in
 * another Unicode form, or with slashes for backslashes, is taken if it is the only one.
 * @returns equal sources for equal names
 */
export function createPictureFinder(folder: string): (name: string) => ImageSource {
  const known = new Map<string, ImageSource>();
  return (name) => {
    const picture = known.get(name) ?? namedPicture(folder, name);
    known.set(name, picture);
    return picture;
  };
}

function namedPicture(folder: string, name: string): ImageSource {
  const path = exactPath(folder, name);
  return {
    name: path,
    read: () => {
      const [first = path, ...others] = pathsOf(folder, name);
      if (others.length === 0) return imageFile(first).read();
      const fitting = [first, ...others].join(', ');
      return Promise.reject(new FileRefusedError(`${fitting} have names like it: expected one file`));
    },
  };
}

/** Whether there is a file that the name may mean. */
export function hasPicture(folder: string, name: string): boolean {
  return pathsOf(folder, name).length > 0;
}

/** An absolute path that is not there may be meant from the folder, as "/val2017/a.jpg" is. */
function exactPath(folder: string, name: string): string {
  const inside = join(folder, name);
  return isAbsolute(name) && (existsSync(name) || !existsSync(inside)) ? name : inside;
}

/** The file of the very name, else all those of names like it. */
function pathsOf(folder: string, name: string): string[] {
  const exact = exactPath(folder, name);
  if (existsSync(exact)) return [exact];
  const slashed = name.replaceAll('\\', '/');
  const written = slashed === name ? [name] : [name, slashed];
  return [...new Set(written.flatMap((spelling) => alike(folder, spelling)))];
}

/** The files whose names are the same text in whatever Unicode form, folders on the way included. */
function alike(folder: string, name: string): string[] {
  let found = [isAbsolute(name) ? sep : folder];
  for (const part of name.split('/').filter((each) => each !== '' && each !== '.')) {
    const forms = [...new Set([part, part.normalize('NFC'), part.normalize('NFD')])];
    found = found.flatMap((above) => forms.map((form) => join(above, form)).filter(existsSync));
  }
  return found;
}
