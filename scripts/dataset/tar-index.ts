import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream/promises';
import { type Header, extract } from 'tar-stream';
import * as v from 'valibot';
import { UserError } from '../cli/user-error.ts';
import { FileRefusedError, MAX_PICTURE_BYTES } from '../files/regular-file.ts';
import { reasonOf } from '../files/file-access.ts';
import { type TarBytes, openTarBytes } from './tar-bytes.ts';

/** Where the bytes of one member of a tar lie. */
export interface TarMember {
  /** Where the archive's bytes are no UTF-8, those are written as \\xE9. */
  readonly name: string;
  readonly isNameText: boolean;
  readonly offset: number;
  readonly size: number;
  /** The bytes themselves, of members that were asked for while indexing. */
  readonly content: Uint8Array | null;
}

interface TarIndex {
  readonly bytes: TarBytes;
  /** Plain files in the order of the archive. */
  readonly members: readonly TarMember[];
}

const HEADER_BYTES = 512;
/** Names byte for byte, to tell those that are no UTF-8; tar-stream's types leave this option out. */
const NAMES_AS_BYTES: Parameters<typeof extract>[0] & { readonly filenameEncoding: 'latin1' } = {
  filenameEncoding: 'latin1',
};
const paxSchema = v.object({ path: v.string() });
/** More than any caption or metadata of one picture. */
const MAX_CONTENT_BYTES = 16 * 1024 * 1024;

/**
 * Index a tar in one pass: memory for names and the contents asked for, never for the pictures.
 * @param wantsContent members whose bytes are kept
 * @throws UserError when the file is missing, cut off or no tar
 */
export async function indexTar(path: string, wantsContent: (name: string) => boolean): Promise<TarIndex> {
  const members: TarMember[] = [];
  const archive = extract(NAMES_AS_BYTES);
  archive.on('entry', (header, stream, next) => {
    // It has no bytes, but may have a size (POSIX: the room that it allots), and tar-stream 3.2.2 never ends the stream of such a one.
    if (header.type === 'directory') {
      next();
      return;
    }
    const isFile = header.type === 'file' || header.type === 'contiguous-file';
    const { size } = header;
    const { name, isNameText } = readName(header);
    const keep = isFile && size <= MAX_CONTENT_BYTES && wantsContent(name);
    const chunks: Uint8Array[] = [];
    stream.on('data', (chunk) => {
      if (keep && chunk instanceof Uint8Array) chunks.push(chunk);
    });
    stream.on('error', next);
    stream.on('end', () => {
      const content = keep ? Buffer.concat(chunks) : null;
      if (isFile) members.push({ name, isNameText, offset: stream.offset + HEADER_BYTES, size, content });
      next();
    });
  });
  try {
    const bytes = await openTarBytes(path);
    await pipeline(bytes.stream(), archive);
    return { bytes, members };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(
      `${path} cannot be read as a tar: ${reasonOf(cause)}. Expected members KEY.jpg (or .png, .webp) with KEY.txt or KEY.json.`,
      { cause },
    );
  }
}

function readName(header: Header): Pick<TarMember, 'name' | 'isNameText'> {
  // tar-stream has decoded pax headers as the UTF-8 that they are by definition.
  const pax = v.safeParse(paxSchema, header.pax);
  if (pax.success) return { name: pax.output.path, isNameText: !pax.output.path.includes('\uFFFD') };
  const bytes = Buffer.from(header.name, 'latin1');
  if (isUtf8(bytes)) return { name: bytes.toString(), isNameText: true };
  const escape = (char: string): string => `\\x${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return { name: header.name.replace(/[\u0080-\u00ff]/g, escape), isNameText: false };
}

/** The bytes of a member, by one ranged read. @throws FileRefusedError for more than any picture has */
export async function readTarMember(bytes: TarBytes, { offset, size }: TarMember): Promise<Uint8Array> {
  if (size <= MAX_PICTURE_BYTES) return bytes.read(offset, size);
  throw new FileRefusedError(`it has ${size} bytes, more than the ${MAX_PICTURE_BYTES} that are read`);
}
