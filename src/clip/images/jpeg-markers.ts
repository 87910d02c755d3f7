/** Start-of-frame markers C0..CF, less the tables and the reserved code among them: DHT (C4), JPG (C8) and DAC (CC). */
const NO_FRAME: ReadonlySet<number> = new Set([0xc4, 0xc8, 0xcc]);
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;

/**
 * Width and height in a JPEG's first frame header, found by walking the markers just as the decoder does: what is checked here
 * against a limit is what will be decoded. Between segments it skips stray and fill bytes, as the decoder does.
 * @returns pixels, or null when no frame header comes before the first scan. O(bytes), no allocation
 * Source: ITU T.81, B.1.1.2 and B.2.2.
 */
export function readJpegSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  for (;;) {
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    if (marker === 0) continue;
    // A segment tells its length next, which counts itself.
    if (marker === START_OF_SCAN || marker === END_OF_IMAGE || at + 2 > bytes.length) return null;
    const length = view.getUint16(at);
    if (isFrame(marker)) {
      return length >= 8 && at + 7 <= bytes.length
        ? { height: view.getUint16(at + 3), width: view.getUint16(at + 5) }
        : null;
    }
    if (hasNoLength(marker) || length < 2) return null;
    at += length;
  }
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && !NO_FRAME.has(marker);
}

/** TEM, the restart markers and a second start of image: the decoder refuses them here. */
function hasNoLength(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}
