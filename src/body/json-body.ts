import { badRequest } from './bad-request.ts';
import { type ValueCount, assertFewValues } from './request-structure.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws BadRequest when the body is not UTF-8: a caption with replacement characters in it would be scored as another one */
export async function readText(request: Request): Promise<string> {
  return decodeText(await request.arrayBuffer());
}

function decodeText(bytes: ArrayBuffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw badRequest('The body is not UTF-8.');
  }
}

/**
 * @param what it is, as a sentence begins
 * @param earlier of a request with several texts of JSON, as `assertFewValues`
 * @throws BadRequest for what is not JSON, or holds too many values
 */
export function parseJson(text: string, what: string, earlier: ValueCount | null = null): unknown {
  assertFewValues(text, earlier);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`${what} is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** @throws BadRequest as `readText` and `parseJson`, and for an empty body */
export async function readJsonBody(request: Request): Promise<unknown> {
  const text = decodeText(await request.arrayBuffer());
  if (text === '') throw badRequest('Expected a JSON object in the body, got an empty body.');
  return parseJson(text, 'The body');
}
