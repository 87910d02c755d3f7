import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * What this project does around a model's files; a change of any changes vectors and so the fingerprint. Raise the version when
 * resampling, tokenizing or the like moves the embeddings of ordinary inputs by more than rounding: every selection must be made anew
 * then. Where only some files are read differently, PICTURE_READING in src/format/cached-embedding.ts is enough.
 */
const PROCESSING = { preprocessing: 1, pooling: 'projection', normalisation: 'l2' } as const;

/**
 * The fingerprint of a model whose bytes we hold: lower-case hex SHA-256 over the sorted file hashes and PROCESSING.
 * @param files path inside the model's folder -> lower-case hex SHA-256 of its bytes
 */
export function fingerprintOf(files: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify({ files: sorted, ...PROCESSING }))));
}
