import { bytesToHex } from '@noble/hashes/utils.js';

/** Lower-case hex SHA-256, by which equal files are told. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  return bytesToHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)));
}
