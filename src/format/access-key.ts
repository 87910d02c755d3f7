import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { crc32 } from './crc32.ts';

/** Of the id, which is public. */
const ID_BYTES = 8;
/** 256 random bits: no guess and no dictionary reaches them, so that one round of SHA-256 keeps them safe. */
const SECRET_BYTES = 32;
const PREFIX = 'alignql_';
const SHAPE = /^alignql_([0-9a-f]{16})_[0-9a-f]{64}([0-9a-f]{8})$/;
const ID = /^[0-9a-f]{16}$/;

/** A key as its holder has it. */
export interface AccessKey {
  /** 16 hexadecimal digits; found in the key, in lists and in logs. */
  readonly id: string;
  /** `alignql_<id>_<64 digits of the secret><8 digits of CRC-32 over all before it>`. */
  readonly text: string;
}

/** @param randomBytes cryptographically strong ones, as many as it is asked for */
export function makeAccessKey(randomBytes: (count: number) => Uint8Array): AccessKey {
  const id = bytesToHex(randomBytes(ID_BYTES));
  const body = `${PREFIX}${id}_${bytesToHex(randomBytes(SECRET_BYTES))}`;
  return { id, text: body + checksumOf(body) };
}

/** The id in a key that may be one; otherwise what is wrong with it. The checksum tells typing errors from unknown keys. */
export function readAccessKey(text: string): { readonly id: string } | { readonly problem: string } {
  const match = SHAPE.exec(text);
  if (match === null) {
    return { problem: 'Expected a key that begins with "alignql_", 97 characters in all.' };
  }
  if (checksumOf(text.slice(0, -8)) !== match[2]) {
    return { problem: 'The key is mistyped: its last 8 characters do not fit the others.' };
  }
  return { id: match[1] };
}

/** Whether the text can be the id of a key. */
export function isAccessKeyId(text: string): boolean {
  return ID.test(text);
}

/** What is stored of a key: SHA-256 of its text, 32 bytes. */
export function hashAccessKey(text: string): Uint8Array {
  return sha256(utf8ToBytes(text));
}

export function hashToHex(hash: Uint8Array): string {
  return bytesToHex(hash);
}

/** @param hex 64 digits */
export function hashOfHex(hex: string): Uint8Array {
  return hexToBytes(hex);
}

/** Compares every byte, wherever the first difference is: the time tells nothing of the stored one. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

function checksumOf(body: string): string {
  return crc32(utf8ToBytes(body)).toString(16).padStart(8, '0');
}
