import { createSchema, createYoga } from 'graphql-yoga';
import typeDefs from '../../../schema.graphql';
import { constants } from './constants.ts';

/** The harder rival: yoga with the options of ours, which leave the body alone, and no limit, code or context of ours. */
const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: { Query: constants } }),
  graphiql: false,
  landingPage: false,
  maxRequestBodySize: false,
  multipart: false,
  batching: false,
});

export default { fetch: (request: Request): Response | Promise<Response> => yoga.fetch(request) };
