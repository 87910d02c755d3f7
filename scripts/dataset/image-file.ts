import { MAX_PICTURE_BYTES, readRegularFile } from '../files/regular-file.ts';
import type { ImageSource } from './pair-source.ts';

/** The picture in a file of its own. */
export function imageFile(path: string): ImageSource {
  return { name: path, read: () => readRegularFile(path, MAX_PICTURE_BYTES) };
}
