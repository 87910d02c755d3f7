export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** @returns base64 of little-endian float32, a `Vector` of the API */
export function packVector(numbers: ArrayLike<number>): string {
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  for (let i = 0; i < numbers.length; i++) view.setFloat32(4 * i, numbers[i], true);
  return toBase64(new Uint8Array(view.buffer));
}

/** @param packed base64 of little-endian float32 */
export function unpackVector(packed: string): Float32Array {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
