import { type GraphQLError, buildSchema, graphql } from 'graphql';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { maskError } from '../../src/graphql/errors.ts';

const schema = buildSchema(`
  type Query { number: Float! text: String! named(name: String! = "a"): Int }
`);

/** The one error that the query meets, as it leaves. */
async function masked(source: string, rootValue: unknown, variableValues = {}): Promise<GraphQLError> {
  const { errors = [] } = await graphql({ schema, source, rootValue, variableValues });
  expect(errors).toHaveLength(1);
  return maskError(errors[0]);
}

describe('maskError', () => {
  it.each([
    ['NaN in a Float', '{ number }', { number: NaN }],
    ['null in the place of a value', '{ text }', { text: null }],
    [
      'an error of a resolver',
      '{ number }',
      {
        number: () => {
          throw new TypeError('secret');
        },
      },
    ],
    [
      'an internal AppError',
      '{ number }',
      {
        number: () => {
          throw new AppError('INTERNAL', 'secret');
        },
      },
    ],
  ])('tells nothing of a bug: %s', async (_, source, rootValue) => {
    const error = await masked(source, rootValue);
    expect(error).toMatchObject({ message: 'Unexpected error.', extensions: { code: 'INTERNAL' } });
    expect(error.path).toEqual([source.slice(2, -2)]);
  });

  it.each([
    ['an unknown field', '{ nothing }', {}, /^Cannot query field "nothing"/],
    [
      'null for an argument with a default',
      'query ($n: String) { named(name: $n) }',
      { n: null },
      /must not be null/,
    ],
    [
      'a variable of another type',
      'query ($n: String!) { named(name: $n) }',
      { n: 1 },
      /got invalid value 1/,
    ],
  ])("tells the caller's mistake as it stands: %s", async (_, source, variables, message) => {
    expect((await masked(source, {}, variables)).message).toMatch(message);
  });

  it('tells an expected failure with its code', async () => {
    const number = (): never => {
      throw new AppError('STORAGE_FAILED', 'Try again');
    };
    expect(await masked('{ number }', { number })).toMatchObject({
      message: 'Try again',
      extensions: { code: 'STORAGE_FAILED', retryable: true },
    });
  });
});
