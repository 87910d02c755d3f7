const MAX_CODES = 4096;

/**
 * Whether a GIF's image data tells every pixel: libnsgif, made for pages that are still loading, shows what there is.
 * @param bytes of the file
 * @param at where the code size stands, with the data sub-blocks behind it
 * @param pixels of the frame
 * O(data), unpacks lengths only. Source: GIF89a, appendix F.
 */
export function isGifDataWhole(bytes: Uint8Array, at: number, pixels: number): boolean {
  const codeSize = bytes[at];
  if (!(codeSize >= 1 && codeSize <= 11)) return false;
  const clear = 1 << codeSize;
  const lengths = new Uint16Array(MAX_CODES).fill(1);
  let told = 0;
  let next = clear + 2;
  let before = -1;
  let bits = codeSize + 1;
  let held = 0;
  let heldBits = 0;
  for (const byte of dataBytes(bytes, at + 1)) {
    held |= byte << heldBits;
    heldBits += 8;
    while (heldBits >= bits) {
      const code = held & ((1 << bits) - 1);
      held >>= bits;
      heldBits -= bits;
      if (code === clear) {
        next = clear + 2;
        bits = codeSize + 1;
        before = -1;
        continue;
      }
      if (code === clear + 1 || code > next || (code === next && before < 0)) return false;
      if (before >= 0 && next < MAX_CODES) {
        lengths[next++] = lengths[before] + 1;
        if (next === 1 << bits && bits < 12) bits++;
      }
      told += lengths[code];
      if (told >= pixels) return true;
      before = code;
    }
  }
  return false;
}

/** The bytes of data sub-blocks, up to the empty one or the end of the file. */
function* dataBytes(bytes: Uint8Array, from: number): Generator<number, undefined> {
  for (let at = from; bytes[at] > 0; at += bytes[at] + 1) {
    const end = Math.min(at + bytes[at], bytes.length - 1);
    for (let i = at + 1; i <= end; i++) yield bytes[i];
  }
}
