import { Console } from 'node:console';
import { Writable } from 'node:stream';

/**
 * What a terminal obeys or hides instead of showing: C0 and C1 controls, DEL, line and paragraph separators, and the marks that
 * turn the direction of writing (Unicode's Bidi_Control).
 */
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** Of those, what `JSON.stringify` leaves as it is. */
const LEFT_BY_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * The text with control characters written as JSON writes them, such as \u001b: a file name, a caption or a URL that is quoted
 * to a person must not move the cursor, colour the terminal or turn the direction of the line.
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => SHORT[character] ?? unicodeEscape(character));
}

/** The same for a text of several lines. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeControls).join('\n');
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** One line for a person, on stderr. */
export function tell(line: string): void {
  process.stderr.write(`${escapeControls(line)}\n`);
}

/** Several lines for a person, on stderr. */
export function tellLines(text: string): void {
  process.stderr.write(`${escapeLines(text)}\n`);
}

/**
 * The result of a command, on stdout.
 * @param indent of nested values; 0: all on one line
 */
export function printJson(value: unknown, indent = 0): void {
  process.stdout.write(`${JSON.stringify(value, null, indent).replace(LEFT_BY_JSON, unicodeEscape)}\n`);
}

/** From now on what a library logs goes to stderr, escaped: stdout is for results. */
export function redirectConsole(): void {
  const stderr = new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _encoding, done) {
      process.stderr.write(escapeLines(chunk.toString()));
      done();
    },
  });
  globalThis.console = new Console({ stdout: stderr, stderr });
}
