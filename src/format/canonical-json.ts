/** JSON data: what survives JSON.parse(JSON.stringify(value)) unchanged. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type JsonObject = { readonly [key: string]: JsonValue };

/** Deeper data is refused, so that neither writing nor checking can exhaust the stack. */
const MAX_DEPTH = 32;

/**
 * JSON text with sorted keys (by UTF-16 code unit) and no white space: equal data gives equal text, whatever order its
 * keys were set in. Source: RFC 8785, sections 3.2.1 to 3.2.3.
 * @throws RangeError on NaN, Infinity, undefined, functions, other non-JSON values, or nesting over 32 levels
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new RangeError(`JSON nests deeper than ${MAX_DEPTH} levels`);
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`JSON holds no ${value}; use null`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  if (!isPlainObject(value)) throw new RangeError(`JSON holds no ${describe(value)}`);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${write(value[key], depth + 1)}`);
  return `{${fields.join(',')}}`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
}
