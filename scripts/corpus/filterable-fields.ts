import { MAX_FIELDS } from '../../src/format/corpus-fields.ts';
import type { CorpusItem } from '../../src/format/corpus-items.ts';
import { isNumberText } from '../../src/search/vectorize/metadata-properties.ts';
import { UserError } from '../cli/user-error.ts';
import { findColumn } from '../dataset/column-names.ts';
import {
  MAX_VALUE_LENGTH,
  isFilterable,
  isScalar,
  parseMetadata,
  textOf,
} from '../../src/packing/field-columns.ts';

/**
 * Which metadata fields filters can know: those whose values are all texts of at most 128 characters, numbers or booleans.
 * @param wanted the fields that the user named; null: as many as there are
 * @throws UserError for a named field that no item has or that cannot be filtered by, and beyond 32 fields
 */
export function filterableFields(items: readonly CorpusItem[], wanted: readonly string[] | null): string[] {
  const usable = new Map<string, boolean>();
  for (const { metadata } of items) {
    for (const [name, value] of Object.entries(parseMetadata(metadata))) {
      if (value === null) continue;
      usable.set(name, (usable.get(name) ?? true) && isFilterable(value));
    }
  }
  const named = wanted?.map((name) => (usable.has(name) ? name : foldedIn([...usable.keys()], name)));
  const unknown = named?.find((name) => usable.get(name) !== true);
  if (unknown !== undefined) {
    const reason = usable.has(unknown)
      ? `has values that are no number, no boolean and no text of at most ${MAX_VALUE_LENGTH} characters`
      : `is in no item's metadata, which has ${[...usable.keys()].join(', ') || 'no fields'}`;
    throw new UserError(`--fields ${unknown}: the field ${reason}`);
  }
  const fields = named ?? [...usable.keys()].filter((name) => usable.get(name)).sort();
  if (fields.length <= MAX_FIELDS) return [...fields];
  throw new UserError(
    `filters know at most ${MAX_FIELDS} fields, the metadata has ${fields.length}: choose with --fields`,
  );
}

/** The field that is meant when case is left aside, as in other names of columns; the name itself when none is. */
function foldedIn(fields: readonly string[], name: string): string {
  return findColumn(fields, [name], '--fields') ?? name;
}

/** Which of the fields have a value that a range compares. @param fields as `filterableFields` gave them for these items */
export function numericFields(items: readonly CorpusItem[], fields: readonly string[]): string[] {
  const found = new Set<string>();
  for (const { metadata } of items) {
    if (found.size === fields.length) break;
    const parsed = parseMetadata(metadata);
    for (const name of fields) {
      const value = parsed[name];
      if (value !== undefined && isScalar(value) && isNumberText(textOf(value))) found.add(name);
    }
  }
  return fields.filter((name) => found.has(name));
}
