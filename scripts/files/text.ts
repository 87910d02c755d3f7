import { isUtf8 } from 'node:buffer';
import { UserError } from '../cli/user-error.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** UTF-16 of a table shows within its first line: every name of a column has ASCII letters. */
const PROBE_BYTES = 1024;

/** By its byte order mark. A UTF-32 mark begins as that of UTF-16 does, so it comes first. */
const MARKS: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ['utf-32le', [0xff, 0xfe, 0, 0]],
  ['utf-32be', [0, 0, 0xfe, 0xff]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * The text in a file, without its byte order mark. One rule for every text that a command reads: UTF-8, or UTF-16 where a
 * byte order mark says so.
 * @param where names the file in messages
 * @throws UserError for any other bytes, with the first line that is not UTF-8
 */
export function decodeText(bytes: Uint8Array, where: string): string {
  const encoding = MARKS.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte))?.[0] ?? 'utf-8';
  const problem = problemOf(bytes, encoding);
  if (problem !== null) throw new UserError(`${where} ${problem}`);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    if (encoding === 'utf-8') throw cause;
    throw new UserError(
      `${where} is not UTF-8 text but damaged ${encoding.toUpperCase()}. Write it anew as UTF-8.`,
      { cause },
    );
  }
}

function problemOf(bytes: Uint8Array, encoding: string): string | null {
  if (encoding.startsWith('utf-32')) {
    return `is not UTF-8 text but ${encoding.toUpperCase()}. ${convertFrom('UTF-32')}`;
  }
  return encoding === 'utf-8' ? utf8Problem(bytes) : null;
}

function utf8Problem(bytes: Uint8Array): string | null {
  const nul = bytes.subarray(0, PROBE_BYTES).indexOf(0);
  // ASCII in UTF-16 is sound UTF-8, full of NULs. Written out, they would garble a terminal.
  if (nul >= 0) {
    const encoding = nul % 2 === 0 ? 'UTF-16BE' : 'UTF-16LE';
    return `is not UTF-8 text: it has NUL bytes, as UTF-16 without a byte order mark does. ${convertFrom(encoding)}`;
  }
  if (isUtf8(bytes)) return null;
  return `is not UTF-8 text: line ${firstBadLine(bytes)} has other bytes. ${convertFrom('LATIN1')}`;
}

function convertFrom(encoding: string): string {
  return `Convert it first, for example with iconv -f ${encoding} -t UTF-8.`;
}

/** Of bytes that are not UTF-8. A line break is never part of a longer character, so that each line stands for itself. */
function firstBadLine(bytes: Uint8Array): number {
  for (let start = 0; ;) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return 1 + countLineEnds(bytes, 0, start);
    start = end + 1;
  }
}

/**
 * The lines of a text as an editor and Python number them: LF, CRLF and a bare CR each end one. What follows the last end is a
 * line too, perhaps an empty one.
 */
export function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** How many lines, as `splitLines` has them, end in the bytes of a UTF-8 text from `start` up to `end`. */
export function countLineEnds(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte === LINE_FEED || (byte === CARRIAGE_RETURN && bytes[i + 1] !== LINE_FEED)) count++;
  }
  return count;
}
