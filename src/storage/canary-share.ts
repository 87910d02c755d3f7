import { crc32 } from '../format/crc32.ts';
import type { NamePointer } from '../format/name-pointer.ts';

/** The record that a caller is given. `isCanary`: null when no canary runs. */
interface Given {
  readonly id: string;
  readonly publishedAt: string;
  readonly isCanary: boolean | null;
}

/**
 * Which record a caller is given: always the same one while the canary runs; more callers are given its record when its share grows,
 * and none of those before any other.
 * @param caller the caller's key or address; without, the current record
 * O(length of the caller)
 */
export function recordFor({ id, publishedAt, canary }: NamePointer, caller?: string): Given {
  if (canary === null) return { id, publishedAt, isCanary: null };
  if (caller === undefined || !isInShare(`${canary.id}\n${caller}`, canary.share)) {
    return { id, publishedAt, isCanary: false };
  }
  return { id: canary.id, publishedAt: canary.publishedAt, isCanary: true };
}

const UNSIGNED = 2 ** 32;

function isInShare(text: string, share: number): boolean {
  return (mixed(crc32(new TextEncoder().encode(text))) / UNSIGNED) * 100 < share;
}

/** CRC-32 is linear: addresses in a row would lie in a row. The finalizer of MurmurHash3 (Appleby 2011, public domain) spreads them. */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
