import type { FieldColumn } from '../format/corpus-fields.ts';
import type { CorpusItem } from '../format/corpus-items.ts';
import { parseJsonExactly, writeJsonExactly } from '../dataset/parse-json.ts';

/** Longer values are descriptions, not something to filter by; a field that has one is metadata only. */
export const MAX_VALUE_LENGTH = 128;

type Scalar = string | number | bigint | boolean;

/** Whether filters may know a field that has such a value: a number, a boolean, or a text of at most 128 characters. */
export function isFilterable(value: unknown): value is Scalar {
  return isScalar(value) && textOf(value).length <= MAX_VALUE_LENGTH;
}

/** @param fields as `filterableFields` gave them for these items and others */
export function fieldColumns(items: readonly CorpusItem[], fields: readonly string[]): FieldColumn[] {
  const parsed = items.map(({ metadata }) => parseMetadata(metadata));
  return fields.map((name) => {
    const codeOf = new Map<string, number>();
    const codes = Uint32Array.from(parsed, (metadata) => {
      const value = metadata[name];
      if (value === undefined || !isScalar(value)) return 0;
      const text = textOf(value);
      const code = codeOf.get(text) ?? codeOf.size + 1;
      codeOf.set(text, code);
      return code;
    });
    return { name, values: [...codeOf.keys()], codes };
  });
}

export function parseMetadata(metadata: string | null): Record<string, unknown> {
  return metadata === null ? {} : (parseJsonExactly(metadata) as Record<string, unknown>);
}

export function isScalar(value: unknown): value is Scalar {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

/** As the API compares it. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : writeJsonExactly(value);
}
