/**
 * Unpack a zlib stream piece by piece, its check sum verified at the end.
 * @param maxBytes after which unpacking stops
 * @throws RangeError when there is more, TypeError (or what the platform throws) for a damaged or incomplete stream
 */
export async function* inflate(
  parts: readonly Uint8Array[],
  maxBytes: number,
): AsyncGenerator<Uint8Array, undefined> {
  // Copies: a Blob takes no view into shared memory.
  const packed = new Blob(parts.map((part) => new Uint8Array(part)));
  const reader = packed.stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      length += value.length;
      if (length > maxBytes) throw new RangeError(`The stream unpacks to more than ${maxBytes} bytes`);
      yield value;
    }
  } finally {
    // Frees what is not read; a stream that failed has nothing left to cancel.
    await reader.cancel().catch(() => undefined);
  }
}
