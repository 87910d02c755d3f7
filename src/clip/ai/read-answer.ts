import { readText } from '../remote/read-text.ts';

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
