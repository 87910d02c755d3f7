import type { PendingQuery, Row } from 'postgres';
import type { FieldFilter } from '../core/search/field-filter.ts';
import type { Statements } from './connect.ts';
import { storedText } from './tables.ts';

type Fragment = PendingQuery<Row[]>;

/**
 * `AND …` for each condition, with the meaning of `allowedVectors`. Names and values are parameters, never text of the statement.
 * Ranges compare the number that was stored beside the text: what a text is as a number is JavaScript's to say.
 */
export function filterSql(sql: Statements, filters: readonly FieldFilter[]): Fragment {
  return filters
    .flatMap((filter) => conditions(sql, filter))
    .reduce((all, condition) => sql`${all} AND ${condition}`, sql``);
}

function conditions(sql: Statements, { field, eq, in: any, min, max }: FieldFilter): Fragment[] {
  const name = storedText(field);
  const text = sql`fields->>${name}::text`;
  const number = sql`(numbers->>${name}::text)::double precision`;
  const all: Fragment[] = [];
  if (eq !== undefined) all.push(sql`${text} = ${storedText(eq)}::text`);
  if (any !== undefined) {
    const values = JSON.stringify(any.map(storedText));
    all.push(sql`${text} = ANY(ARRAY(SELECT jsonb_array_elements_text(${values}::text::jsonb)))`);
  }
  if (min !== undefined) all.push(sql`${number} >= ${String(min)}::text::double precision`);
  if (max !== undefined) all.push(sql`${number} <= ${String(max)}::text::double precision`);
  return all;
}
