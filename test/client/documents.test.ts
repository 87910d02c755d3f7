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
import { toDocument } from '../../packages/client/src/batch-fields.ts';
import * as documents from '../../packages/client/src/documents.ts';

const schema = buildSchema(await readFile('schema.graphql', 'utf8'));
/** Fields that the client's own result types leave out, or are of a type that they do not have. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  AlignmentMatrix: ['cosines', 'scores', 'probabilities'],
  SearchConnection: ['corpus'],
};
const OWN_TYPES = new Set(['Query']);

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

const BATCH = toDocument(
  (['align', 'rankTexts', 'rankImages', 'embedTexts', 'embedImages'] as const).map((name) => ({
    name,
    questions: [{}],
  })),
);
/** Those that are whole; the others are parts of a batch's. */
const QUERIES = Object.entries({ ...documents, BATCH }).filter(([, text]) => text.startsWith('query'));

describe.each(QUERIES)('the query %s', (_, document) => {
  it('is one that the schema accepts', () => {
    expect(validate(schema, parse(document)).map(({ message }) => message)).toEqual([]);
  });

  it('asks every field that its result type promises', () => {
    for (const [type, asked] of fieldsAsked(document)) {
      if (!isObjectType(type) || OWN_TYPES.has(type.name)) continue;
      const promised = Object.keys(type.getFields()).filter((field) => !LEFT_OUT[type.name]?.includes(field));
      expect([...asked].sort(), type.name).toEqual(promised.sort());
    }
  });

  it('is sent as small as it is needed', () => {
    expect(document).not.toMatch(/\s{2}|\n/);
  });
});
