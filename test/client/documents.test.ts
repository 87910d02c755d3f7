import { readFile } from 'node:fs/promises';
import {
  type GraphQLNamedType,
  TypeInfo,
  buildSchema,
  getNamedType,
  isObjectType,
  parse,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../packages/client/src/batch-limits.ts';
import { FIELDS, type FieldName, toRequest } from '../../packages/client/src/fields.ts';

const schema = buildSchema(await readFile('schema.graphql', 'utf8'));
/** Fields that the client's own result types leave out, or are of a type that they do not have. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  AlignmentMatrix: ['cosines', 'scores', 'probabilities'],
  SearchConnection: ['corpus'],
};
/** Of the last, the client asks what it keeps within. */
const NO_RESULTS = new Set(['Query', 'Limits']);

/** Every type that a document asks fields of, with the fields it asks. */
function fieldsAsked(document: string): ReadonlyMap<GraphQLNamedType, ReadonlySet<string>> {
  const asked = new Map<GraphQLNamedType, Set<string>>();
  const info = new TypeInfo(schema);
  visit(
    parse(document),
    visitWithTypeInfo(info, {
      Field({ name }) {
        const parent = getNamedType(info.getParentType());
        if (parent) asked.set(parent, (asked.get(parent) ?? new Set()).add(name.value));
      },
    }),
  );
  return asked;
}

const NAMES = Object.keys(FIELDS) as FieldName[];
const toQuery = (...names: FieldName[]): string =>
  toRequest(names.map((name) => ({ name, values: {} }))).query;
const QUERIES = [
  ...NAMES.map((name) => [name, toQuery(name)]),
  ['batch', toQuery('align', 'rankTexts', 'rankImages', 'embedTexts', 'embedImages')],
  ['limits', LIMITS.query],
];

describe.each(QUERIES)('the query %s', (_, document) => {
  it('is one that the schema accepts', () => {
    expect(validate(schema, parse(document)).map(({ message }) => message)).toEqual([]);
  });

  it('asks every field that its result type promises', () => {
    for (const [type, asked] of fieldsAsked(document)) {
      if (!isObjectType(type) || NO_RESULTS.has(type.name)) continue;
      const promised = Object.keys(type.getFields()).filter((field) => !LEFT_OUT[type.name]?.includes(field));
      expect([...asked].sort(), type.name).toEqual(promised.sort());
    }
  });

  it('is sent as small as it is needed', () => {
    expect(document).not.toMatch(/\s{2}|\n/);
  });
});
