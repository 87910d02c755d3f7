/** A text in quotes, or what Python's json writes for a number that JSON has no word for. */
const QUOTED_OR_BEYOND_JSON = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;
const VALUES: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/**
 * The value of a JSON text, in which NaN, Infinity and -Infinity may stand for numbers as Python and pandas write them.
 * @throws SyntaxError for any other text that is no JSON
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return parseWithNumbersBeyondJson(text);
  }
}

function parseWithNumbersBeyondJson(text: string): unknown {
  // Each stands for the while as a text that the file does not hold.
  let mark = 'number ';
  while (text.includes(mark)) mark += ' ';
  const quoted = text.replace(QUOTED_OR_BEYOND_JSON, (found) =>
    found.startsWith('"') ? found : JSON.stringify(mark + found),
  );
  return JSON.parse(quoted, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? (VALUES[value.slice(mark.length)] ?? value) : value,
  );
}
