const POLYNOMIAL = 0xedb88320;
/** Bytes a step of the main loop. */
const STEP = 16;
/** Made with the first checksum: a Worker that reads no record has none to make. */
let tables: readonly Uint32Array[] | null = null;

/** Table t holds, for every byte, what it adds to the checksum when t bytes follow it. */
function buildTables(): readonly Uint32Array[] {
  const made = [new Uint32Array(256)];
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    made[0][byte] = value;
  }
  for (let t = 1; t < STEP; t++) {
    made.push(made[t - 1].map((value) => made[0][value & 0xff] ^ (value >>> 8)));
  }
  return made;
}

/**
 * CRC-32 as in zlib and PNG (reflected polynomial 0xEDB88320), an unsigned 32-bit integer. Finds every flipped bit and
 * every burst of up to 32 bits; it guards against damage, not against forgery (the content hash in the key does).
 * @param before the checksum of the bytes that come before these; 0 when there are none
 * O(length), 16 bytes a step. Source: ISO 3309, RFC 1952 section 8; steps: Kounavis and Berry 2005, "slicing".
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15] = (tables ??= buildTables());
  const { length } = bytes;
  let crc = before ^ 0xffffffff;
  let i = 0;
  for (const end = length - (length % STEP); i < end; i += STEP) {
    crc =
      t15[(crc ^ bytes[i]) & 0xff] ^
      t14[((crc >>> 8) ^ bytes[i + 1]) & 0xff] ^
      t13[((crc >>> 16) ^ bytes[i + 2]) & 0xff] ^
      t12[(crc >>> 24) ^ bytes[i + 3]] ^
      t11[bytes[i + 4]] ^
      t10[bytes[i + 5]] ^
      t9[bytes[i + 6]] ^
      t8[bytes[i + 7]] ^
      t7[bytes[i + 8]] ^
      t6[bytes[i + 9]] ^
      t5[bytes[i + 10]] ^
      t4[bytes[i + 11]] ^
      t3[bytes[i + 12]] ^
      t2[bytes[i + 13]] ^
      t1[bytes[i + 14]] ^
      t0[bytes[i + 15]];
  }
  for (; i < length; i++) crc = t0[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
