import {
  GraphQLError,
  GraphQLScalarType,
  buildSchema,
  graphql,
  introspectionFromSchema,
  printSchema,
} from 'graphql';
import { createSchema } from 'graphql-yoga';
import { describe, expect, it } from 'vitest';
import sdl from '../../schema.graphql';
import introspection from '../../src/graphql/generated/introspection.txt';
import { buildExecutableSchema } from '../../src/graphql/schema.ts';

const SDL = `
"A day."
scalar Day
type Query { "Tomorrow." next(day: Day!): Day! days: [Day!]! pair: Pair! fallback: Day }
type Pair { a: Int! b: Int! }
`;

const Day = new GraphQLScalarType<number, string>({
  name: 'Day',
  serialize: (value) => `day ${String(value)}`,
  parseValue: (value) => {
    if (typeof value === 'string') return Number(value.slice(4));
    throw new GraphQLError('Day must be a string.');
  },
});

const INTROSPECTION = JSON.stringify(introspectionFromSchema(buildSchema(SDL)));

const resolvers = {
  Day,
  Query: {
    next: (_: unknown, { day }: { readonly day: number }) => day + 1,
    days: () => [1, 2],
    pair: () => ({ a: 1 }),
  },
  Pair: { b: (pair: { readonly a: number }) => pair.a + 1 },
};

const QUERY = 'query ($day: Day!) { next(day: $day) literal: next(day: "day 7") days pair { a b } fallback }';

describe('buildExecutableSchema', () => {
  it('answers as createSchema does, scalars and plain properties among it', async () => {
    const ask = (schema: ReturnType<typeof buildExecutableSchema>, day: unknown) =>
      graphql({ schema, source: QUERY, variableValues: { day }, rootValue: { fallback: 9 } });
    const ours = buildExecutableSchema(INTROSPECTION, resolvers);
    const theirs = createSchema({ typeDefs: SDL, resolvers });
    for (const day of ['day 3', 3]) {
      expect(JSON.stringify(await ask(ours, day))).toBe(JSON.stringify(await ask(theirs, day)));
    }
    expect((await ask(ours, 'day 3')).data).toEqual({
      next: 'day 4',
      literal: 'day 8',
      days: ['day 1', 'day 2'],
      pair: { a: 1, b: 2 },
      fallback: 'day 9',
    });
  });

  it('keeps descriptions, those of scalars too', () => {
    expect(printSchema(buildExecutableSchema(INTROSPECTION, resolvers))).toBe(printSchema(buildSchema(SDL)));
  });

  it.each([
    ['a type that is not there', { Nobody: {} }, 'Resolvers of Nobody'],
    ['a field that is not there', { Query: { nothing: () => 1 } }, 'Resolver Query.nothing'],
    [
      'a field that only Object.prototype has',
      { Query: { toString: (): string => '' } },
      'Resolver Query.toString',
    ],
    ['what is no function', { Query: { days: [1] } }, 'Resolver Query.days'],
    ['functions for a scalar', { Day: { serialize: () => 1 } }, 'Resolvers of Day'],
  ])('refuses resolvers of %s', (_, wrong, message) => {
    expect(() => buildExecutableSchema(INTROSPECTION, wrong)).toThrow(message);
  });

  it('builds what schema.graphql says, as a client is told it', () => {
    const built = buildExecutableSchema(introspection, {});
    const written = buildSchema(sdl);
    expect(printSchema(built)).toBe(printSchema(written));
    expect(introspectionFromSchema(built)).toEqual(introspectionFromSchema(written));
  });
});
