/** Bytes as base64 with padding. Native where the runtime has `Uint8Array.prototype.toBase64`. */
export function toBase64(bytes: Uint8Array): string {
  const native = (bytes as { toBase64?: () => string }).toBase64;
  if (typeof native === 'function') return native.call(bytes);
  const CHUNK = 0x8000;
  let binary = '';
  for (let from = 0; from < bytes.length; from += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(from, from + CHUNK));
  return btoa(binary);
}

/** Later than the TypeScript that reads this; Node before 25 has none. */
const { fromBase64: nativeFromBase64 } = Uint8Array as {
  fromBase64?: (text: string) => Uint8Array<ArrayBuffer>;
};

/**
 * Native where the runtime has `Uint8Array.fromBase64`, as workerd does.
 * @returns the bytes, or null when the text is no base64 (standard or URL-safe alphabet; white space is skipped)
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (nativeFromBase64 === undefined) return decodePlainly(text);
  try {
    return nativeFromBase64.call(Uint8Array, text);
  } catch {
    // It reads the standard alphabet and ASCII's white space; the rest is rare, or no base64.
    return decodePlainly(text);
  }
}

/**
 * Decode into memory that is there already, by the runtime's `Uint8Array.prototype.setFromBase64`.
 * @returns whether the text, in the standard alphabet, filled `bytes` exactly; if not, or where the runtime has no such method,
 *   `bytes` may hold anything
 */
export function decodeBase64Into(bytes: Uint8Array, text: string): boolean {
  const { setFromBase64 } = bytes as { setFromBase64?: (text: string) => { read: number; written: number } };
  if (setFromBase64 === undefined) return false;
  try {
    const { read, written } = setFromBase64.call(bytes, text);
    return written === bytes.length && read === text.length;
  } catch {
    return false;
  }
}

function decodePlainly(text: string): Uint8Array<ArrayBuffer> | null {
  const plain = text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');
  let binary: string;
  try {
    binary = atob(plain);
  } catch {
    return null;
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
