import type { GraphQLError } from 'graphql';
import { buildSchema, getOperationAST, executeSync, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { MAX_MESSAGE_CHARACTERS, variableErrors } from '../../src/graphql/plugins/variable-errors.ts';

const schema = buildSchema(`
  enum Kind { DRAWING PHOTOGRAPH }
  input Size { width: Int!, height: Float }
  input Picture @oneOf { url: String, kind: Kind, sizes: [[Size!]!] }
  type Query { look(pictures: [Picture!]!, kind: Kind, size: Size, name: String! = "a"): Int }
`);

function errorsOf(definitions: string, variables: Record<string, unknown>): readonly GraphQLError[] {
  const operation = getOperationAST(parse(`query (${definitions}) { look(pictures: []) }`), null);
  if (!operation) throw new Error('no operation');
  return variableErrors(schema, operation, variables);
}

const LONG = 'ж'.repeat(5_000);

describe('variableErrors', () => {
  it.each([
    { definitions: '$kind: Kind', variables: { kind: 'DRAWNG' } },
    { definitions: '$size: Size', variables: { size: { widht: 1 } } },
    {
      definitions: '$pictures: [Picture!]!',
      variables: { pictures: [{ url: 'a', kind: 'DRAWING' }, { url: null }] },
    },
    {
      definitions: '$pictures: [Picture!]!',
      variables: { pictures: [{ sizes: [[{ width: 1.5, height: 'x' }]] }] },
    },
    { definitions: '$pictures: [Picture!]!', variables: {} },
    { definitions: '$pictures: [Picture!]!', variables: { pictures: null } },
    { definitions: '$size: Size', variables: { size: [[1, [2, [3, { a: [4] }]]]] } },
  ])('words what GraphQL words, where that is short: $variables', ({ definitions, variables }) => {
    const document = parse(`query (${definitions}) { look(pictures: []) }`);
    const { errors } = executeSync({ schema, document, variableValues: variables });
    expect(errorsOf(definitions, variables).map(({ message }) => message)).toEqual(
      errors?.map(({ message }) => message),
    );
  });

  it('gives none where the variables fit, long texts and all', () => {
    expect(errorsOf('$pictures: [Picture!]!', { pictures: [{ url: LONG }], other: 1 })).toEqual([]);
  });

  it.each([
    { definitions: '$kind: Kind', variables: { kind: LONG } },
    { definitions: '$size: Size', variables: { size: { width: LONG, height: [LONG], [LONG]: LONG } } },
    { definitions: '$size: Size', variables: { size: { width: { toJSON: LONG, a: { b: { c: LONG } } } } } },
    {
      definitions: '$pictures: [Picture!]!',
      variables: { pictures: Array(600).fill({ kind: LONG, url: LONG }) },
    },
    { definitions: '$pictures: [Picture!]!', variables: { pictures: [{ sizes: [[{ width: LONG }]] }] } },
    {
      definitions: '$size: Size',
      variables: { size: Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`f${i}`, LONG])) },
    },
  ])('builds no long message: $definitions', ({ definitions, variables }) => {
    const errors = errorsOf(definitions, variables);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(6);
    for (const { message } of errors) expect(message.length).toBeLessThan(100 * MAX_MESSAGE_CHARACTERS);
  });

  it('stands lists within lists without end', () => {
    let nested: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) nested = [nested];
    const [error] = errorsOf('$size: Size', { size: nested });
    expect(error.message).toBe(
      'Variable "$size" got invalid value [[[Array]]]; Expected type "Size" to be an object.',
    );
  });
});
