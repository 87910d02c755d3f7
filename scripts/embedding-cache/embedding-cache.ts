import { createHash, randomUUID } from 'node:crypto';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../cli/user-error.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { explainWrite } from '../files/file-access.ts';
import { makeFolder } from '../kv/writable-folder.ts';
import { PICTURE_READING } from '../../src/format/cached-embedding.ts';
import { crc32 } from '../../src/format/crc32.ts';

/**
 * Embeddings on disk, so that a second run encodes nothing. A folder for each encoder fingerprint holds segments, each
 * written once: two runs at the same time do not meet, and a run cut short loses its last batch at most.
 *
 * A segment is a sequence of entries, little-endian: SHA-256 of the content (32 bytes), dim float32, CRC-32 of both.
 */
export interface EmbeddingCache {
  /** The embedding under a key of `contentKey`, or null. */
  readonly get: (key: string) => Float32Array | null;
  /**
   * Keep embeddings: one new segment, written beside its place and then renamed into it.
   * @throws UserError when it cannot be written
   */
  readonly put: (entries: ReadonlyMap<string, Float32Array>) => Promise<void>;
  /** Entries that were damaged and are ignored; they are encoded again. */
  readonly damagedCount: number;
}

const KEY_BYTES = 32;
const CRC_BYTES = 4;
const SEGMENT_SUFFIX = '.embeddings';

/** Images and texts of equal bytes stay apart by `kind`, images also by how they are read. The key is hexadecimal SHA-256. */
export function contentKey(kind: 'image' | 'text', content: Uint8Array | string): string {
  const prefix = kind === 'image' ? `image-${PICTURE_READING}` : kind;
  return createHash('sha256').update(`${prefix}\0`).update(content).digest('hex');
}

/**
 * Open (or begin) the cache of one encoder.
 * @param fingerprint the encoder's; another fingerprint sees another cache
 * @throws UserError when the folder can be neither made nor read
 */
export async function openEmbeddingCache(
  folder: string,
  { fingerprint, dim }: { readonly fingerprint: string; readonly dim: number },
): Promise<EmbeddingCache> {
  // Hashed: a fingerprint may hold characters that a file name may not.
  const home = join(folder, createHash('sha256').update(`${fingerprint}\0${dim}`).digest('hex').slice(0, 32));
  const names = await makeAndList(home);
  const known = new Map<string, Float32Array>();
  let damagedCount = 0;
  for (const name of names.filter((candidate) => candidate.endsWith(SEGMENT_SUFFIX)).sort()) {
    damagedCount += readSegment(await readRegularFile(join(home, name)), dim, known);
  }
  return {
    damagedCount,
    get: (key) => known.get(key) ?? null,
    put: async (entries) => {
      if (entries.size === 0) return;
      for (const [key, embedding] of entries) known.set(key, embedding);
      const segment = encodeSegment(entries, dim);
      await explainWrite(
        `the embedding cache ${home}`,
        'Make room, or choose another with --cache DIR.',
        () => writeAtomically(join(home, `${randomUUID()}${SEGMENT_SUFFIX}`), segment),
      );
    },
  };
}

async function makeAndList(home: string): Promise<string[]> {
  try {
    await makeFolder(home);
    return await readdir(home);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      `The embedding cache ${home} cannot be used: ${reason}. Choose another with --cache DIR.`,
      {
        cause,
      },
    );
  }
}

function encodeSegment(entries: ReadonlyMap<string, Float32Array>, dim: number): Uint8Array {
  const entryBytes = KEY_BYTES + 4 * dim + CRC_BYTES;
  const bytes = new Uint8Array(entries.size * entryBytes);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const [key, embedding] of entries) {
    if (embedding.length !== dim)
      throw new RangeError(`expected an embedding of ${dim} numbers, got ${embedding.length}`);
    bytes.set(Buffer.from(key, 'hex'), offset);
    for (let d = 0; d < dim; d++) view.setFloat32(offset + KEY_BYTES + 4 * d, embedding[d], true);
    const end = offset + entryBytes - CRC_BYTES;
    view.setUint32(end, crc32(bytes.subarray(offset, end)), true);
    offset += entryBytes;
  }
  return bytes;
}

/** Add the sound entries of a segment to `known`; returns how many were not. A torn tail counts as one. */
function readSegment(bytes: Uint8Array, dim: number, known: Map<string, Float32Array>): number {
  const entryBytes = KEY_BYTES + 4 * dim + CRC_BYTES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let damaged = bytes.byteLength % entryBytes === 0 ? 0 : 1;
  for (let offset = 0; offset + entryBytes <= bytes.byteLength; offset += entryBytes) {
    const end = offset + entryBytes - CRC_BYTES;
    if (view.getUint32(end, true) !== crc32(bytes.subarray(offset, end))) {
      damaged++;
      continue;
    }
    const embedding = new Float32Array(dim);
    for (let d = 0; d < dim; d++) embedding[d] = view.getFloat32(offset + KEY_BYTES + 4 * d, true);
    known.set(Buffer.from(bytes.subarray(offset, offset + KEY_BYTES)).toString('hex'), embedding);
  }
  return damaged;
}

async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
}
