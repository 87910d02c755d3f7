import { shorten } from '../../src/errors.ts';
import { UserError } from '../cli/user-error.ts';
import { parseJsonExactly } from '../../src/dataset/parse-json.ts';

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The lists of a JSON file of annotations. Whole numbers are exact: beyond 2^53 they are bigint.
 * @param expected the form, for messages
 */
export interface AnnotationFile {
  readonly path: string;
  readonly expected: string;
  /** @throws UserError naming the first entry that is not an object, or the lists that there are */
  readonly list: (name: string) => JsonObject[];
  /** The error for an entry that does not fit. */
  readonly misfit: (entry: string, problem: string) => UserError;
}

/** @throws UserError when the text is no JSON object */
export function parseAnnotationFile(text: string, path: string, expected: string): AnnotationFile {
  const misfit = (entry: string, problem: string): UserError =>
    new UserError(`${path}${entry === '' ? '' : ` ${entry}`}: ${problem}; expected ${expected}.`);
  const root = parseRoot(text, path, expected);
  if (!isObject(root)) throw misfit('', `got ${excerpt(root)}`);
  return {
    path,
    expected,
    misfit,
    list: (name) => {
      const list = root[name];
      if (!Array.isArray(list)) {
        const found = shorten(Object.keys(root).join(', '));
        throw new UserError(`${path} has no list "${name}" but ${found}; expected ${expected}.`);
      }
      return list.map((item: unknown, index) => {
        if (isObject(item)) return item;
        throw misfit(`${name}[${index}]`, `got ${excerpt(item)}`);
      });
    },
  };
}

function parseRoot(text: string, path: string, expected: string): unknown {
  try {
    return parseJsonExactly(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${path} is not JSON: ${reason}; expected ${expected}.`, { cause });
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The beginning of a value, for messages. */
export function excerpt(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? inner.toString() : inner,
  );
  return shorten(text ?? 'nothing', 80);
}
