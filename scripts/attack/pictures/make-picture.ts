import type { CaseRandom } from '../case-random.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { changeAvif } from './avif.ts';
import { changeGif } from './gif.ts';
import { changeJpeg } from './jpeg.ts';
import { changePng } from './png.ts';
import { type PictureKind, seedPictures } from './seed-pictures.ts';
import { changeWebp } from './webp.ts';

const KINDS = ['jpg', 'jpg', 'png', 'png', 'gif', 'webp', 'avif', 'svg'] as const;
const CHANGES: Readonly<Record<PictureKind, (bytes: Uint8Array, random: CaseRandom) => Uint8Array>> = {
  jpg: changeJpeg,
  png: changePng,
  gif: changeGif,
  webp: changeWebp,
  avif: changeAvif,
  svg: mutateBytes,
};

/** More would be refused before it is looked at. */
const MAX_BYTES = 8 * 1024 * 1024;

/** A picture of any kind that was changed by its structure, by its bytes or by both; once in fifty times one that was not. */
export function makePicture(random: CaseRandom): Uint8Array {
  const kind = random.pick(KINDS);
  const { bytes } = random.pick(seedPictures().get(kind) ?? []);
  const byStructure = random.chance(0.65) ? CHANGES[kind](bytes, random) : bytes;
  const changed = byStructure === bytes || random.chance(0.1) ? maybe(byStructure, random) : byStructure;
  return changed.subarray(0, MAX_BYTES);
}

function maybe(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  return random.chance(0.02) ? bytes : mutateBytes(bytes, random);
}
