import { createSchema, createYoga } from 'graphql-yoga';

const yoga = createYoga<{ env: unknown; ctx: unknown }>({
  schema: createSchema({
    typeDefs: 'type Query { hello: String! }',
    resolvers: { Query: { hello: () => 'world' } },
  }),
});

export default { fetch: (request: Request, env: unknown, ctx: unknown) => yoga.fetch(request, { env, ctx }) };
