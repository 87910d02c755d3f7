import { LIMITS } from '../use-cases/limits.ts';
import { type BadRequest, badRequest } from './bad-request.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/** The values of one request whose JSON comes in several texts, counted on from one to the next. */
export interface ValueCount {
  values: number;
}

/**
 * Refuse JSON of too many values before it is parsed: millions of small ones fit a body, and to parse them takes seconds. Values are
 * counted by the commas and opening brackets outside of texts, which are skipped by the engine's own search.
 * @param earlier the values of the request's texts before this one, to which its own are added; null where it is the only one
 * @throws BadRequest LIMIT_EXCEEDED
 */
export function assertFewValues(json: string, earlier: ValueCount | null = null): void {
  // A value is a character at least, and so is what parts it from the next.
  if (earlier === null && json.length < 2 * LIMITS.bodyValues) return;
  let count = 1 + (earlier?.values ?? 0);
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) at = endOfText(json, at);
    else if (unit === COMMA || unit === OPEN_LIST || unit === OPEN_OBJECT) count++;
    if (count > LIMITS.bodyValues) throw tooMany(LIMITS.bodyValues, 'values');
  }
  if (earlier !== null) earlier.values = count;
}

/** Where the text that begins at `start` ends; the end of all where it does not, which the parser words. */
function endOfText(json: string, start: number): number {
  let end = start;
  do {
    end = json.indexOf('"', end + 1);
    if (end < 0) return json.length;
  } while (isEscaped(json, end));
  return end;
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0;
  while (json.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

/** Refuse a text that has `separator` more than `most` times. @throws BadRequest LIMIT_EXCEEDED */
export function assertFew(text: string, separator: string, most: number, what: string): void {
  if (countOf(text, separator, most + 1) > most) throw tooMany(most, what);
}

/** How often `part` stands in a text; not looked for further once it is `enough`. */
export function countOf(text: string, part: string, enough: number): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0 && count < enough; at = text.indexOf(part, at + part.length)) {
    count++;
  }
  return count;
}

export function tooMany(most: number, what: string): BadRequest {
  return badRequest(`Expected a request of at most ${most} ${what}, got more.`, { code: 'LIMIT_EXCEEDED' });
}
