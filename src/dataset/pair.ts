/** A picture that is opened when its turn comes: a file, or an entry of a tar. Equal names mean the same picture. */
export interface ImageSource {
  readonly name: string;
  /** @throws what the file system throws; the picture is then skipped with that reason */
  readonly read: () => Promise<Uint8Array>;
}

/** 1: the caption belongs to the picture. 0: a person has marked that it does not. */
export type Label = 0 | 1;

/** A row or picture left out, with the reason a person can act on. */
export interface Skipped {
  readonly where: string;
  readonly reason: string;
}
