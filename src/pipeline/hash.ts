import { sha256Hex } from '../clip/content-hash.ts';

/** Enough of SHA-256 that no two things of one bucket share it. */
const HEX_DIGITS = 32;

/** The first 32 hex digits of a text's SHA-256. */
export function hashText(text: string): Promise<string> {
  return hashBytes(new TextEncoder().encode(text));
}

export async function hashBytes(bytes: Uint8Array): Promise<string> {
  return (await sha256Hex(bytes)).slice(0, HEX_DIGITS);
}
