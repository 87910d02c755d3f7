import { UserError } from '../cli/user-error.ts';
import { type TarMember, tarMembers } from '../../src/dataset/tar-members.ts';
import { FileRefusedError, MAX_PICTURE_BYTES } from '../files/regular-file.ts';
import { reasonOf } from '../files/file-access.ts';
import { type TarBytes, openTarBytes } from './tar-bytes.ts';

interface TarIndex {
  readonly bytes: TarBytes;
  /** Plain files in the order of the archive. */
  readonly members: readonly TarMember[];
}

/**
 * Index a tar in one pass: memory for names and the contents asked for, never for the pictures.
 * @param wantsContent members whose bytes are kept
 * @throws UserError when the file is missing, cut off or no tar
 */
export async function indexTar(path: string, wantsContent: (name: string) => boolean): Promise<TarIndex> {
  const members: TarMember[] = [];
  try {
    const bytes = await openTarBytes(path);
    for await (const member of tarMembers(bytes.stream(), wantsContent)) members.push(member);
    return { bytes, members };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(
      `${path} cannot be read as a tar: ${reasonOf(cause)}. Expected members KEY.jpg (or .png, .webp) with KEY.txt or KEY.json.`,
      { cause },
    );
  }
}

/** The bytes of a member, by one ranged read. @throws FileRefusedError for more than any picture has */
export async function readTarMember(bytes: TarBytes, { offset, size }: TarMember): Promise<Uint8Array> {
  if (size <= MAX_PICTURE_BYTES) return bytes.read(offset, size);
  throw new FileRefusedError(`it has ${size} bytes, more than the ${MAX_PICTURE_BYTES} that are read`);
}
