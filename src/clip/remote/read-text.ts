/** More than 1,024 vectors of 8,192 numbers do not need as much: what is longer is no answer, and an isolate has 128 MB. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/**
 * A body as text.
 * @param givenUp ends the reading: nobody waits any more
 * @throws RangeError when it is too long, or what the stream failed with
 */
export async function readText(stream: ReadableStream<unknown>, givenUp: AbortSignal): Promise<string> {
  const reader = stream.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined); // it may have failed already
  if (givenUp.aborted) cancel();
  else givenUp.addEventListener('abort', cancel);
  const decoder = new TextDecoder();
  let text = '';
  let byteCount = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (!(part.value instanceof Uint8Array)) throw new TypeError('a stream of something other than bytes');
    byteCount += part.value.length;
    if (byteCount > MAX_ANSWER_BYTES)
      throw new RangeError(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}
