/**
 * The numbers of a `Vector`, on a machine of either byte order.
 * @param packed base64 of little-endian float32
 */
export function unpackNumbers(packed: string): Float32Array {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
