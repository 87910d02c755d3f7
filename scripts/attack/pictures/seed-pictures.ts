import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../kv/project.ts';

/** Pictures of every kind and feature that is read, and some that are refused; README there says which. */
const FOLDER = join(PROJECT_ROOT, 'test/fixtures/images');
const KINDS = ['jpg', 'png', 'gif', 'webp', 'avif', 'svg'] as const;

export type PictureKind = (typeof KINDS)[number];

export interface SeedPicture {
  readonly name: string;
  readonly kind: PictureKind;
  readonly bytes: Uint8Array;
}

let pictures: Map<PictureKind, SeedPicture[]> | undefined;

/** By kind, in the order of their names. */
export function seedPictures(): ReadonlyMap<PictureKind, readonly SeedPicture[]> {
  pictures ??= new Map(KINDS.map((kind) => [kind, read(kind)]));
  return pictures;
}

function read(kind: PictureKind): SeedPicture[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(`.${kind}`));
  return names
    .sort()
    .map((name) => ({ name, kind, bytes: new Uint8Array(readFileSync(join(FOLDER, name))) }));
}
