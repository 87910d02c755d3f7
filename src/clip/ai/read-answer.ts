/** More than 1,024 vectors of 8,192 numbers do not need as much: what is longer is no answer, and an isolate has 128 MB. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/**
 * What a call of the binding gave, as a value. The binding gives parsed JSON only for exactly `application/json`, otherwise the body:
 * a stream, which may break off or never end, or a text.
 * @param givenUp ends the reading: nobody waits any more
 * @throws SyntaxError when the body is no JSON, RangeError when it is too long, or what the stream failed with
 */
export async function readAnswer(answer: unknown, givenUp: AbortSignal): Promise<unknown> {
  if (answer instanceof ReadableStream) return JSON.parse(await readText(answer, givenUp));
  if (answer instanceof Response) return readAnswer(answer.body ?? '', givenUp);
  return typeof answer === 'string' ? JSON.parse(answer) : answer;
}

async function readText(stream: ReadableStream<unknown>, givenUp: AbortSignal): Promise<string> {
  const reader = stream.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined); // it may have failed already
  givenUp.addEventListener('abort', cancel);
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
