import { existsSync, readFileSync } from 'node:fs';
import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
  buildSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isUnionType,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
} from 'graphql';
import { describe, expect, it } from 'vitest';

const CONTRACT = '../shared/contract.graphql';

/** What the contract has and this API has not yet. What comes leaves this list. */
const NOT_YET: string[] = [];

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

describe('schema.graphql', () => {
  it('has the shape of the snapshot', async () => {
    await expect(print(withoutDescriptions(schema))).toMatchFileSnapshot('schema.snapshot');
  });

  it('describes every field and every enum value', () => {
    const bare: string[] = [];
    for (const type of Object.values(schema.getTypeMap())) {
      if (type.name.startsWith('__') || ['String', 'Int', 'Float', 'Boolean', 'ID'].includes(type.name))
        continue;
      if (isEnumType(type))
        for (const value of type.getValues()) if (!value.description) bare.push(`${type.name}.${value.name}`);
      if (isObjectType(type)) {
        for (const field of Object.values(type.getFields()))
          if (!field.description) bare.push(`${type.name}.${field.name}`);
      }
    }
    expect(bare).toEqual([]);
  });

  it.skipIf(!existsSync(CONTRACT))(
    'holds the contract: nothing renamed, narrowed or left out but what is to come',
    () => {
      const contract = buildSchema(readFileSync(CONTRACT, 'utf8'));
      expect(differences(contract, schema)).toEqual(NOT_YET);
    },
  );
});

function withoutDescriptions(full: GraphQLSchema): DocumentNode {
  const document = parse(printSchema(lexicographicSortSchema(full)));
  return visit(document, {
    enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined),
  });
}

/** What the contract has and the schema has not, or has in another shape. More than the contract is fine. */
function differences(contract: GraphQLSchema, actual: GraphQLSchema): string[] {
  const found: string[] = [];
  for (const expected of Object.values(contract.getTypeMap())) {
    if (expected.name.startsWith('__')) continue;
    const type = actual.getType(expected.name);
    if (type?.constructor !== expected.constructor) {
      found.push(`type ${expected.name}`);
    } else if (isObjectType(expected) && isObjectType(type)) {
      for (const field of Object.values(expected.getFields())) {
        const path = `${expected.name}.${field.name}`;
        found.push(...fieldDifferences(path, field, type.getFields()[field.name]));
      }
    } else if (isInputObjectType(expected) && isInputObjectType(type)) {
      if (expected.isOneOf !== type.isOneOf) found.push(`@oneOf of ${expected.name}`);
      // A new input field would be fine only if optional, and @oneOf inputs may not have a required one.
      for (const field of Object.values(expected.getFields())) {
        found.push(
          ...inputDifferences(`${expected.name}.${field.name}`, field, type.getFields()[field.name]),
        );
      }
    } else if (isUnionType(expected) && isUnionType(type)) {
      const names = type.getTypes().map((member) => member.name);
      for (const member of expected.getTypes())
        if (!names.includes(member.name)) found.push(`${expected.name} | ${member.name}`);
      if (names.length !== expected.getTypes().length) found.push(`more members of ${expected.name}`);
    } else if (isEnumType(expected) && isEnumType(type)) {
      for (const { name } of expected.getValues())
        if (!type.getValue(name)) found.push(`${expected.name}.${name}`);
    }
  }
  return found;
}

function fieldDifferences(
  path: string,
  expected: GraphQLField<unknown, unknown>,
  actual: GraphQLField<unknown, unknown> | undefined,
): string[] {
  if (String(expected.type) !== String(actual?.type)) return [`${path}: ${String(actual?.type)}`];
  return expected.args.flatMap((argument) =>
    inputDifferences(
      `${path}(${argument.name})`,
      argument,
      actual?.args.find((candidate) => candidate.name === argument.name),
    ),
  );
}

function inputDifferences(
  path: string,
  expected: GraphQLArgument | GraphQLInputField,
  actual: GraphQLArgument | GraphQLInputField | undefined,
): string[] {
  const isSame =
    String(expected.type) === String(actual?.type) && expected.defaultValue === actual?.defaultValue;
  return isSame ? [] : [`${path}: ${String(actual?.type)}`];
}
