/** A text in quotes, or what Python's json writes for a number that JSON has no word for. */
const QUOTED_OR_BEYOND_JSON = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;
const VALUES: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/** No dataset nests so deep; JSON.stringify and revivers, which call themselves, end their stack some levels further down. */
const MAX_DEPTH = 500;

/**
 * The value of a JSON text, in which NaN, Infinity and -Infinity may stand for numbers as Python and pandas write them.
 * @throws SyntaxError for any other text that is not JSON, and for one that nests deeper than 500 levels
 */
export function parseJson(text: string): unknown {
  assertShallow(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return parseWithNumbersBeyondJson(text);
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** ECMAScript 2026 shows a reviver the text of each value; TypeScript's library does not say so yet. */
const parseWith = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** As `parseJson`, but whole numbers beyond 2^53 are bigint, to the last digit. @throws SyntaxError likewise */
export function parseJsonExactly(text: string): unknown {
  // A reviver is called for every value, which takes several times as long.
  if (!/\d{16}/.test(text)) return parseJson(text);
  assertShallow(text);
  const exact: Reviver = (_, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
      ? BigInt(source ?? '')
      : value;
  try {
    return parseWith(text, exact);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return parseWithNumbersBeyondJson(text, exact);
  }
}

/** Reads no more of the text than its brackets and quotation marks: what else is wrong is for JSON.parse to say. */
function assertShallow(text: string): void {
  if (text.length <= 2 * MAX_DEPTH) return;
  let depth = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        isQuoted = !isQuoted;
        break;
      case 0x5c: // a backslash: what follows it in a text ends nothing
        i++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (!isQuoted && ++depth > MAX_DEPTH)
          throw new SyntaxError(`it nests deeper than ${MAX_DEPTH} levels`);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        if (!isQuoted) depth--;
    }
  }
}

function parseWithNumbersBeyondJson(text: string, revive: Reviver = (_, value) => value): unknown {
  // Each stands for the while as a text that the file does not hold.
  let mark = 'number ';
  while (text.includes(mark)) mark += ' ';
  const quoted = text.replace(QUOTED_OR_BEYOND_JSON, (found) =>
    found.startsWith('"') ? found : JSON.stringify(mark + found),
  );
  return parseWith(quoted, (key, value, context) =>
    typeof value === 'string' && value.startsWith(mark)
      ? (VALUES[value.slice(mark.length)] ?? value)
      : revive(key, value, context),
  );
}

/** ECMAScript 2026 again: digits that are written as they are. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (digits: string) => unknown };

/** The JSON text of a value that `parseJsonExactly` gave: a bigint as its digits. NaN and the infinities become null. */
export function writeJsonExactly(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? rawJSON(String(inner)) : inner,
  );
}
