/** The parts one behind the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A copy of the list with others put in. */
export function splice<T>(list: readonly T[], at: number, more: readonly T[]): T[] {
  return [...list.slice(0, at), ...more, ...list.slice(at)];
}

export function uint32(value: number, isLittleEndian = false): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, isLittleEndian);
  return new Uint8Array(view.buffer);
}

export function ascii(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}
