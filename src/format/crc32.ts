/** Made with the first checksum, so that no cold start pays for it. */
let table: Uint32Array | null = null;

function buildTable(): Uint32Array {
  const built = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    built[byte] = value;
  }
  return built;
}

/**
 * CRC-32 as in zlib and PNG (reflected polynomial 0xEDB88320), an unsigned 32-bit integer. Finds every flipped bit and
 * every burst of up to 32 bits; it guards against damage, not against forgery (the content hash in the key does).
 * Source: ISO 3309, RFC 1952 section 8.
 */
export function crc32(bytes: Uint8Array): number {
  const ofByte = (table ??= buildTable());
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = ofByte[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
